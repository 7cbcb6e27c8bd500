"""The worked examples of working time: every line of them, through the calendar in the database (rules W1 to W5, S6)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.worktime.calendars_of import ALWAYS, SQ, calendar

pytestmark = pytest.mark.django_db

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def wall(said, fold=0):
    return datetime.strptime(said, "%Y-%m-%d %H:%M").replace(tzinfo=STOCKHOLM, fold=fold)


@pytest.mark.parametrize(
    ("reported", "hours", "due"),
    [
        ("2026-11-23 15:00", 8, "2026-11-24 14:00"),  # the source's own example
        ("2026-11-23 15:00", 2, "2026-11-23 17:00"),  # exactly at closing stays there
        ("2026-11-23 07:00", 1, "2026-11-23 09:00"),  # before opening
        ("2026-11-27 15:00", 8, "2026-11-30 14:00"),  # weekend
        ("2026-12-23 15:00", 8, "2026-12-28 08:30"),  # 2 + 5.5 (Christmas Eve is an eve) + 0.5
        ("2026-12-24 13:30", 1, "2026-12-28 08:30"),  # the eve closes at 14:00
        ("2026-10-29 15:00", 8, "2026-11-02 08:30"),  # the Friday before All Saints is short
        ("2027-03-24 15:00", 8, "2027-03-30 08:30"),  # Easter and a clock change
    ],
)
def test_w3_working_time_is_added(reported, hours, due):
    found = calendar(SQ)

    reached = found.add(wall(reported), timedelta(hours=hours))

    assert reached.astimezone(STOCKHOLM) == wall(due)
    counted = found.explain(wall(reported), timedelta(hours=hours))
    assert sum((interval.amount for interval in counted), timedelta()) == timedelta(hours=hours)
    assert counted[-1].ends_at == reached


@pytest.mark.parametrize(
    ("since", "until", "hours"), [("2026-10-25 00:00", "2026-10-26 00:00", 25), ("2027-03-28 00:00", "2027-03-29 00:00", 23)]
)
def test_w5_a_day_with_a_clock_change_is_as_long_as_it_lasts(since, until, hours):
    assert calendar(ALWAYS).between(wall(since), wall(until)) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("reported", "due"),
    [("2027-03-28 00:30", "2027-03-28 05:30+02:00"), ("2026-10-25 00:30", "2026-10-25 03:30+01:00")],
)
def test_w5_an_always_open_calendar_counts_what_passes_when_clocks_change(reported, due):
    assert calendar(ALWAYS).add(wall(reported), timedelta(hours=4)) == datetime.fromisoformat(due)


@pytest.mark.parametrize(
    ("opened", "hours", "waiting", "resumed", "due"),
    [
        ("2026-11-23 09:00", 8, "2026-11-23 11:00", "2026-11-24 10:00", "2026-11-24 16:00"),
        ("2026-11-27 15:00", 4, "2026-11-27 16:00", "2026-11-30 09:00", "2026-11-30 12:00"),
    ],
)
def test_s6_a_pause_is_not_counted(opened, hours, waiting, resumed, due):
    found = calendar(SQ)

    used = found.between(wall(opened), wall(waiting))

    assert found.add(wall(resumed), timedelta(hours=hours) - used) == wall(due).astimezone(UTC)
