from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.working_days import add_working_days
from tests.cast import STOCKHOLM, at_stockholm

ZONES = st.sampled_from(["Europe/Stockholm", "America/New_York", "Asia/Gaza", "Australia/Lord_Howe", "UTC"]).map(ZoneInfo)
INSTANTS = st.datetimes(min_value=datetime(2024, 1, 1), max_value=datetime(2030, 1, 1), timezones=st.just(UTC))


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
    assert add_working_days(start, days, STOCKHOLM) == end


@pytest.mark.parametrize("start", [at_stockholm(2026, 11, 21, 15), at_stockholm(2026, 11, 22, 9), at_stockholm(2026, 11, 23)])
def test_c8_what_begins_at_a_weekend_begins_with_monday(start):
    assert add_working_days(start, 1, STOCKHOLM) == at_stockholm(2026, 11, 24)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (at_stockholm(2026, 10, 23, 12), datetime(2026, 10, 26, 11, tzinfo=UTC)),
        (at_stockholm(2027, 3, 26, 12), datetime(2027, 3, 29, 10, tzinfo=UTC)),
    ],
)
def test_c8_a_clock_change_at_the_weekend_moves_no_deadline_on_the_clock(start, end):
    assert add_working_days(start, 1, STOCKHOLM) == end


def test_c8_a_time_of_day_that_exists_twice_is_the_later_one():
    gaza = ZoneInfo("Asia/Gaza")  # Friday 2012-09-21: the clock went back from 01:00 to 00:00

    result = add_working_days(datetime(2012, 9, 20, 0, 30, tzinfo=gaza), 1, gaza)

    assert result == datetime(2012, 9, 20, 22, 30, tzinfo=UTC)
    assert result.astimezone(gaza).fold == 1


def test_c8_a_time_of_day_that_is_skipped_is_the_later_one():
    gaza = ZoneInfo("Asia/Gaza")  # Friday 2012-03-30: the clock went from 00:00 to 01:00

    result = add_working_days(datetime(2012, 3, 29, 0, 30, tzinfo=gaza), 1, gaza)

    assert result.astimezone(gaza) == datetime(2012, 3, 30, 1, 30, tzinfo=gaza)


def test_c8_negative_days_are_refused():
    with pytest.raises(ValueError, match="cannot add -1 working days"):
        add_working_days(at_stockholm(2026, 11, 18), -1, STOCKHOLM)


@given(start=INSTANTS, days=st.integers(1, 60), zone=ZONES)
def test_c8_a_deadline_never_falls_on_a_weekend(start, days, zone):
    assert add_working_days(start, days, zone).astimezone(zone).weekday() < 5


@given(start=INSTANTS, later=st.integers(0, 20_000), days=st.integers(0, 60), zone=ZONES)
def test_c8_who_starts_later_is_due_no_earlier_but_for_a_doubtful_hour(start, later, days, zone):
    assert add_working_days(start, days, zone) <= add_working_days(start + timedelta(minutes=later), days, zone) + timedelta(hours=1)


@given(start=INSTANTS, first=st.integers(0, 30), second=st.integers(0, 30))
def test_c8_working_days_add_up(start, first, second):
    zone = ZoneInfo("UTC")

    in_two_steps = add_working_days(add_working_days(start, first, zone), second, zone)

    assert in_two_steps == add_working_days(start, first + second, zone)
