from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients import provider
from clients.models import Provider
from clients.working_days import WorkingDays
from tests.cast import NOON, STOCKHOLM, at_stockholm
from worktime import holiday_dates, holiday_years
from worktime.models import Holiday

ZONES = st.sampled_from(["Europe/Stockholm", "America/New_York", "Asia/Gaza", "Australia/Lord_Howe", "UTC"]).map(ZoneInfo)
CHRISTMAS = {date(2026, 12, 25), date(2026, 12, 26), date(2027, 1, 1), date(2027, 1, 6)}
SWEDISH = WorkingDays(STOCKHOLM, lambda year: {day for day in CHRISTMAS if day.year == year})
COUNTRIES = st.sampled_from(["SE", "DE", "US", "JP", "XX"])
INSTANTS = st.datetimes(min_value=datetime(2024, 1, 1), max_value=datetime(2030, 1, 1), timezones=st.just(UTC))


def plain(zone):
    """The working days of a place without holidays."""
    return WorkingDays(zone, lambda _year: ())


def holidays_of(country):
    return lambda year: {day.on for day in holiday_dates.computed(country, "", year) if day.is_public}


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (at_stockholm(2026, 11, 18, 12), 0, at_stockholm(2026, 11, 18, 12)),
        (at_stockholm(2026, 11, 18, 12), 1, at_stockholm(2026, 11, 19, 12)),
        (at_stockholm(2026, 11, 18, 12), 3, at_stockholm(2026, 11, 23, 12)),
        (at_stockholm(2026, 11, 20, 15, 30), 1, at_stockholm(2026, 11, 23, 15, 30)),
        (at_stockholm(2026, 11, 18, 12), 5, at_stockholm(2026, 11, 25, 12)),
        (at_stockholm(2026, 11, 20, 23, 59), 10, at_stockholm(2026, 12, 4, 23, 59)),
    ],
)
def test_c8_working_days_pass_over_weekends_and_keep_the_time_of_day(start, days, end):
    assert SWEDISH.add(start, days) == end


@pytest.mark.parametrize("start", [at_stockholm(2026, 11, 21, 15), at_stockholm(2026, 11, 22, 9), at_stockholm(2026, 11, 23)])
def test_c8_what_begins_at_a_weekend_begins_with_monday(start):
    assert SWEDISH.add(start, 1) == at_stockholm(2026, 11, 24)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (at_stockholm(2026, 10, 23, 12), datetime(2026, 10, 26, 11, tzinfo=UTC)),
        (at_stockholm(2027, 3, 26, 12), datetime(2027, 3, 29, 10, tzinfo=UTC)),
    ],
)
def test_c8_a_clock_change_at_the_weekend_moves_no_deadline_on_the_clock(start, end):
    assert SWEDISH.add(start, 1) == end


def test_c8_a_time_of_day_that_exists_twice_is_the_later_one():
    gaza = ZoneInfo("Asia/Gaza")  # Friday 2012-09-21: the clock went back from 01:00 to 00:00

    result = plain(gaza).add(datetime(2012, 9, 20, 0, 30, tzinfo=gaza), 1)

    assert result == datetime(2012, 9, 20, 22, 30, tzinfo=UTC)
    assert result.astimezone(gaza).fold == 1


def test_c8_a_time_of_day_that_is_skipped_is_the_later_one():
    gaza = ZoneInfo("Asia/Gaza")  # Friday 2012-03-30: the clock went from 00:00 to 01:00

    result = plain(gaza).add(datetime(2012, 3, 29, 0, 30, tzinfo=gaza), 1)

    assert result.astimezone(gaza) == datetime(2012, 3, 30, 1, 30, tzinfo=gaza)


def test_c8_negative_days_are_refused():
    with pytest.raises(ValueError, match="cannot add -1 working days"):
        SWEDISH.add(at_stockholm(2026, 11, 18), -1)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (at_stockholm(2026, 12, 23, 12), 2, at_stockholm(2026, 12, 28, 12)),
        (at_stockholm(2026, 12, 24, 12), 5, at_stockholm(2027, 1, 4, 12)),
        (at_stockholm(2027, 1, 5, 16), 1, at_stockholm(2027, 1, 7, 16)),
        (at_stockholm(2026, 12, 30, 9), 10, at_stockholm(2027, 1, 15, 9)),
        (at_stockholm(2026, 12, 25, 15), 1, at_stockholm(2026, 12, 29)),
        (at_stockholm(2027, 1, 6, 8), 1, at_stockholm(2027, 1, 8)),
    ],
)
def test_c8_public_holidays_are_no_working_days_and_what_begins_on_one_begins_with_the_next(start, days, end):
    assert SWEDISH.add(start, days) == end


@pytest.mark.parametrize(
    ("on", "first"),
    [
        (date(2026, 12, 24), date(2026, 12, 24)),
        (date(2026, 12, 25), date(2026, 12, 28)),
        (date(2027, 1, 1), date(2027, 1, 4)),
        (date(2027, 1, 6), date(2027, 1, 7)),
        (date(2027, 1, 9), date(2027, 1, 11)),
    ],
)
def test_i5_the_first_working_day_from_a_day_on(on, first):
    assert SWEDISH.first_from(on) == first


@given(start=INSTANTS, days=st.integers(1, 60), zone=ZONES, country=COUNTRIES)
def test_c8_a_deadline_never_falls_on_a_weekend_or_a_holiday(start, days, zone, country):
    end = WorkingDays(zone, holidays_of(country)).add(start, days).astimezone(zone)

    assert end.weekday() < 5
    assert end.date() not in holidays_of(country)(end.year)


@given(start=INSTANTS, later=st.integers(0, 20_000), days=st.integers(0, 60), zone=ZONES, country=COUNTRIES)
def test_c8_who_starts_later_is_due_no_earlier_but_for_a_doubtful_hour(start, later, days, zone, country):
    working = WorkingDays(zone, holidays_of(country))

    assert working.add(start, days) <= working.add(start + timedelta(minutes=later), days) + timedelta(hours=1)


@given(start=INSTANTS, first=st.integers(0, 30), second=st.integers(0, 30), country=COUNTRIES)
def test_c8_working_days_add_up(start, first, second, country):
    working = WorkingDays(ZoneInfo("UTC"), holidays_of(country))

    assert working.add(working.add(start, first), second) == working.add(start, first + second)


@pytest.mark.django_db
def test_c8_the_holidays_of_the_provider_are_the_approved_ones_of_its_country(cast, django_assert_num_queries):
    Provider.objects.update(country="SE")
    new_year = at_stockholm(2026, 12, 31, 12)
    assert provider.working_days().add(new_year, 1) == at_stockholm(2027, 1, 4, 12)
    with django_assert_num_queries(3):  # the provider, and each of two years once
        working = provider.working_days()
        assert {working.add(new_year, days).year for days in range(10)} == {2026, 2027}

    holiday_years.approve(country="SE", subdivision="", year=2027, by=cast.ada, at=NOON)
    Holiday.objects.filter(on=date(2027, 1, 6)).delete()
    assert provider.working_days().add(at_stockholm(2027, 1, 5, 12), 1) == at_stockholm(2027, 1, 6, 12)

    Provider.objects.update(country="IR")
    assert provider.working_days().first_from(date(2027, 1, 1)) == date(2027, 1, 1)
