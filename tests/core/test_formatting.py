"""Hours, money and times as people read them."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation
from djmoney.money import Money

from core import formatting

TODAY = date(2026, 11, 18)


@pytest.fixture(autouse=True)
def _in_stockholm() -> Iterator[None]:
    with timezone.override(ZoneInfo("Europe/Stockholm")), translation.override("en"):
        yield


@pytest.fixture
def in_swedish() -> Iterator[None]:
    with translation.override("sv"):
        yield


@pytest.mark.parametrize(
    ("minutes", "written"),
    [
        (0, "0 h"),
        (1, "1 min"),
        (40, "40 min"),
        (60, "1 h"),
        (120, "2 h"),
        (200, "3 h 20 min"),
        (-40, "−40 min"),
        (-125, "−2 h 05 min"),
        (6000, "100 h"),
    ],
)
def test_hours_in_running_text(minutes: int, written: str) -> None:
    assert formatting.hours(minutes) == written


@pytest.mark.usefixtures("in_swedish")
@pytest.mark.parametrize(("minutes", "written"), [(0, "0 tim"), (40, "40 min"), (120, "2 tim"), (200, "3 tim 20 min"), (-60, "−1 tim")])
def test_p4_hours_in_swedish_text(minutes: int, written: str) -> None:
    assert formatting.hours(minutes) == written


@pytest.mark.parametrize(
    ("minutes", "written"),
    [(0, "0 h"), (5, "0 h 05"), (40, "0 h 40"), (120, "2 h 00"), (200, "3 h 20"), (-40, "−0 h 40"), (-120, "−2 h 00")],
)
@pytest.mark.parametrize("language", ["en", "sv"])
def test_p4_hours_in_tables_are_alike_in_both_languages(minutes: int, written: str, language: str) -> None:
    with translation.override(language):
        assert formatting.hours_short(minutes) == written


@pytest.mark.parametrize(
    ("minutes", "english", "swedish"),
    [
        ("0", "0 h 00", "0 h 00"),
        ("58.5", "0 h 58.5", "0 h 58,5"),
        ("59.99", "0 h 59.99", "0 h 59,99"),
        ("60.00", "1 h 00", "1 h 00"),
        ("64.50", "1 h 04.5", "1 h 04,5"),
        ("6001.05", "100 h 01.05", "100 h 01,05"),
    ],
)
def test_c17_minutes_on_the_way_to_a_rounding_are_exact_in_hundredths(minutes: str, english: str, swedish: str) -> None:
    assert formatting.hours_exact(Decimal(minutes)) == english
    with translation.override("sv"):
        assert formatting.hours_exact(Decimal(minutes)) == swedish


@pytest.mark.parametrize(("minutes", "written"), [(960, "+16 h 00"), (-40, "−0 h 40"), (0, "0 h")])
def test_a_change_of_hours_bears_its_sign(minutes: int, written: str) -> None:
    assert formatting.hours_signed(minutes) == written


@pytest.mark.parametrize(
    ("language", "amount", "currency", "written"),
    [
        ("en", "14400.00", "SEK", "SEK\u00a014,400.00"),
        ("sv", "14400.00", "SEK", "14\u00a0400,00\u00a0kr"),
        ("en", "-40.5", "SEK", "SEK\u00a0−40.50"),
        ("sv", "-40.5", "SEK", "−40,50\u00a0kr"),
        ("en", "0", "EUR", "EUR\u00a00.00"),
        ("sv", "1234.56", "EUR", "1\u00a0234,56\u00a0€"),
    ],
)
def test_p4_money_by_language(language: str, amount: str, currency: str, written: str) -> None:
    with translation.override(language):
        assert formatting.money(Money(Decimal(amount), currency)) == written


@pytest.mark.parametrize(
    ("language", "share", "written"),
    [("en", "25.00", "25%"), ("sv", "25.00", "25\u00a0%"), ("en", "12.50", "12.5%"), ("sv", "12.5", "12,5\u00a0%")],
)
def test_p4_percent_by_language(language: str, share: str, written: str) -> None:
    with translation.override(language):
        assert formatting.percent(Decimal(share)) == written


def test_a_date_this_year_has_no_year() -> None:
    assert formatting.day(date(2026, 11, 24), TODAY) == "Tue 24 Nov"


def test_a_date_of_another_year_has_its_year() -> None:
    assert formatting.day(date(2027, 1, 5), TODAY) == "Tue 5 Jan 2027"


@pytest.mark.usefixtures("in_swedish")
def test_p4_a_swedish_date_has_no_full_stop() -> None:
    written = [formatting.day(date(2026, month, 24), TODAY) for month in (1, 6, 9, 12)]

    assert written == ["lör 24 jan", "ons 24 juni", "tors 24 sep", "tors 24 dec"]


@pytest.mark.parametrize(
    ("write", "written"), [(formatting.long_day, "Tuesday 24 November"), (formatting.day_month, "24 Nov"), (formatting.day, "Tue 24 Nov")]
)
def test_dates_for_headings_and_tables(write: Callable[[date, date], str], written: str) -> None:
    assert write(date(2026, 11, 24), TODAY) == written


def test_the_short_weekday() -> None:
    assert formatting.weekday(date(2026, 11, 24)) == "Tue"


def test_p4_an_instant_is_written_in_the_readers_zone() -> None:
    instant = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)

    with timezone.override(ZoneInfo("America/New_York")):
        abroad = formatting.moment(instant, TODAY)

    assert (formatting.moment(instant, TODAY), abroad) == ("Tue 24 Nov 09:00", "Tue 24 Nov 03:00")


def test_p4_the_day_of_an_instant_is_the_readers() -> None:
    assert formatting.moment(datetime(2026, 11, 24, 23, 30, tzinfo=UTC), TODAY) == "Wed 25 Nov 00:30"


@pytest.mark.parametrize(("hour", "written"), [(23, "01:30"), (0, "02:30 (UTC+2)"), (1, "02:30 (UTC+1)"), (2, "03:30")])
def test_w5_a_clock_time_that_exists_twice_is_shown_with_its_offset(hour: int, written: str) -> None:
    instant = datetime(2026, 10, 24 if hour == 23 else 25, hour, 30, tzinfo=UTC)

    assert formatting.clock(instant) == written


def test_w5_no_offset_where_the_clock_goes_forward() -> None:
    written = [formatting.clock(datetime(2027, 3, 28, hour, 30, tzinfo=UTC)) for hour in (0, 1)]

    assert written == ["01:30", "03:30"]


def test_w5_offsets_of_half_hours_and_west_of_greenwich() -> None:
    with timezone.override(ZoneInfo("America/St_Johns")):
        assert formatting.clock(datetime(2026, 11, 1, 4, 0, tzinfo=UTC)) == "01:30 (UTC−2:30)"


def test_an_unknown_language_reads_english() -> None:
    with translation.override("de"):
        assert formatting.hours(200) == "3 h 20 min"


def test_no_active_language_reads_english() -> None:
    with translation.override(None):
        assert formatting.day(date(2026, 11, 24), TODAY) == "Tue 24 Nov"


@pytest.mark.parametrize(
    ("minutes", "english", "swedish"),
    [
        (0, "0 h", "0 tim"),
        (65, "1 h 05 min", "1 tim 05 min"),
        (24 * 60 - 1, "23 h 59 min", "23 tim 59 min"),
        (24 * 60 + 59, "1 day", "1 dag"),
        (51 * 60, "2 days 3 h", "2 dagar 3 tim"),
    ],
)
def test_how_far_off_something_is(minutes, english, swedish):
    with translation.override("en"):
        assert formatting.distance(minutes) == english
    with translation.override("sv"):
        assert formatting.distance(minutes) == swedish
