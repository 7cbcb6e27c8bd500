"""Whether a change came in time (rule C10)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions.notice import free_until, is_late, undo_until
from tests.cast import at_stockholm

STOCKHOLM = ZoneInfo("Europe/Stockholm")
DAY = timedelta(hours=24)
AWARE = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.sampled_from([UTC, STOCKHOLM, ZoneInfo("America/New_York")]))


@pytest.mark.parametrize(
    ("asked", "session", "late"),
    [
        (datetime(2026, 11, 23, 9, 0, 0, tzinfo=STOCKHOLM), datetime(2026, 11, 24, 9, tzinfo=STOCKHOLM), False),
        (datetime(2026, 11, 23, 9, 0, 1, tzinfo=STOCKHOLM), datetime(2026, 11, 24, 9, tzinfo=STOCKHOLM), True),
        (datetime(2026, 11, 23, 9, 1, 0, tzinfo=STOCKHOLM), datetime(2026, 11, 24, 9, tzinfo=STOCKHOLM), True),
        (datetime(2026, 10, 24, 10, 30, tzinfo=STOCKHOLM), datetime(2026, 10, 25, 10, tzinfo=STOCKHOLM), False),
        (datetime(2027, 3, 27, 9, 30, tzinfo=STOCKHOLM), datetime(2027, 3, 28, 10, tzinfo=STOCKHOLM), True),
    ],
)
def test_c10_the_worked_examples_of_late_changes(asked, session, late):
    assert is_late(starts_at=session, received_at=asked, notice=DAY) is late


def test_c10_a_microsecond_after_the_cut_off_is_late():
    start = at_stockholm(2026, 11, 24, 9)

    assert is_late(starts_at=start, received_at=start - DAY + timedelta(microseconds=1), notice=DAY)


def test_c10_the_hours_are_elapsed_not_wall_clock_in_spring_and_autumn():
    spring = free_until(starts_at=datetime(2027, 3, 28, 10, tzinfo=STOCKHOLM), notice=DAY)
    autumn = free_until(starts_at=datetime(2026, 10, 25, 10, tzinfo=STOCKHOLM), notice=DAY)

    assert [instant.astimezone(STOCKHOLM).strftime("%a %H:%M") for instant in (spring, autumn)] == ["Sat 09:00", "Sat 11:00"]


def test_c10_the_second_of_two_equal_clock_times_is_an_hour_later():
    first = datetime(2026, 10, 25, 2, 30, tzinfo=STOCKHOLM)

    assert free_until(starts_at=first.replace(fold=1), notice=DAY) - free_until(starts_at=first, notice=DAY) == timedelta(hours=1)


def test_c10_the_cut_off_is_given_in_utc():
    assert free_until(starts_at=datetime(2026, 11, 24, 9, tzinfo=STOCKHOLM), notice=DAY) == datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.mark.parametrize("naive", ["starts_at", "received_at"])
def test_c10_an_instant_without_a_zone_is_refused(naive):
    instants = {"starts_at": at_stockholm(2026, 11, 24, 9), "received_at": at_stockholm(2026, 11, 23, 9)}
    instants[naive] = instants[naive].replace(tzinfo=None)

    with pytest.raises(ValueError, match="no time zone"):
        is_late(**instants, notice=DAY)


def test_c10_a_booking_inside_the_notice_can_be_undone_for_a_while():
    start, booked = at_stockholm(2026, 11, 24, 9), at_stockholm(2026, 11, 24, 7)

    assert undo_until(starts_at=start, booked_at=booked, notice=DAY, undo=timedelta(minutes=30)) == at_stockholm(2026, 11, 24, 7, 30)


def test_c10_a_booking_made_in_time_has_its_notice_and_no_undo():
    start, booked = at_stockholm(2026, 11, 24, 9), at_stockholm(2026, 11, 23, 9)

    assert undo_until(starts_at=start, booked_at=booked, notice=DAY, undo=timedelta(minutes=30)) is None


@given(start=AWARE, received=AWARE, notice=st.integers(0, 60 * 24 * 30).map(lambda minutes: timedelta(minutes=minutes)))
def test_c10_late_is_exactly_what_comes_after_the_cut_off_in_any_zone(start, received, notice):
    elapsed = start.astimezone(UTC) - received.astimezone(UTC)

    assert is_late(starts_at=start, received_at=received, notice=notice) is (elapsed < notice)
    assert not is_late(starts_at=start, received_at=free_until(starts_at=start, notice=notice), notice=notice)
