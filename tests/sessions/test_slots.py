"""Open slots, by arithmetic alone (rules R2, W5)."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from sessions.slots import Fit, Opening, Roster, Schedule, Slot, instant, longest_opening, open_slots
from tests.cast import STOCKHOLM, at_stockholm

OFFICE = [Opening(weekday, time(8), time(17)) for weekday in range(5)]
MONDAY = date(2026, 11, 23)


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


def a_roster(technician=1, *, zone=STOCKHOLM, openings=OFFICE, busy=()):
    return Roster(technician=technician, schedule=Schedule(zone=zone, weekly=openings), busy=busy)


def a_fit(duration=60, *, step=30, before=0, after=0, needed=1, zone=STOCKHOLM):
    return Fit(
        duration=minutes(duration),
        step=minutes(step),
        zone=zone,
        buffer_before=minutes(before),
        buffer_after=minutes(after),
        needed=needed,
    )


def starts(slots, zone=STOCKHOLM):
    return [slot.starts_at.astimezone(zone).strftime("%H:%M") for slot in slots]


def of_day(rosters, fit, day=MONDAY, zone=STOCKHOLM):
    earliest, latest = instant(day, time(0), zone), instant(day + timedelta(days=1), time(0), zone)
    return open_slots(rosters=rosters, fit=fit, earliest=earliest, latest=latest)


def test_r2_a_free_day_is_open_from_opening_to_closing():
    slots = of_day([a_roster()], a_fit(duration=240, step=60))

    assert slots == [Slot(at_stockholm(2026, 11, 23, hour), at_stockholm(2026, 11, 23, hour + 4), (1,)) for hour in (8, 9, 10, 11, 12, 13)]


def test_r2_a_weekend_is_closed():
    assert of_day([a_roster()], a_fit(), day=date(2026, 11, 28)) == []


def test_r2_a_booking_leaves_what_is_before_and_after_it():
    busy = [(at_stockholm(2026, 11, 23, 10), at_stockholm(2026, 11, 23, 15))]

    assert starts(of_day([a_roster(busy=busy)], a_fit())) == ["08:00", "08:30", "09:00", "15:00", "15:30", "16:00"]


def test_r2_a_gap_exactly_as_long_as_the_session_is_open():
    busy = [
        (at_stockholm(2026, 11, 23, 8), at_stockholm(2026, 11, 23, 10)),
        (at_stockholm(2026, 11, 23, 11), at_stockholm(2026, 11, 23, 17)),
    ]

    assert starts(of_day([a_roster(busy=busy)], a_fit())) == ["10:00"]


def test_r2_buffers_keep_sessions_apart_and_may_reach_outside_the_hours():
    busy = [(at_stockholm(2026, 11, 23, 10), at_stockholm(2026, 11, 23, 15))]

    assert starts(of_day([a_roster(busy=busy)], a_fit(before=15, after=15))) == ["08:00", "08:30", "15:30", "16:00"]


def test_r2_each_slot_names_who_is_free_for_it():
    busy = [(at_stockholm(2026, 11, 23, 8), at_stockholm(2026, 11, 23, 12))]
    rosters = [a_roster(2), a_roster(1, busy=busy)]

    slots = of_day(rosters, a_fit(duration=240, step=120))

    assert [(starts([slot]), slot.technicians) for slot in slots] == [(["08:00"], (2,)), (["10:00"], (2,)), (["12:00"], (1, 2))]


def test_r2_two_technicians_are_needed_at_once():
    busy = [(at_stockholm(2026, 11, 23, 8), at_stockholm(2026, 11, 23, 15))]

    assert starts(of_day([a_roster(1), a_roster(2, busy=busy)], a_fit(needed=2))) == ["15:00", "15:30", "16:00"]


def test_r2_nothing_starts_before_the_earliest_or_at_the_latest_instant():
    found = open_slots(
        rosters=[a_roster()], fit=a_fit(), earliest=at_stockholm(2026, 11, 23, 10, 1), latest=at_stockholm(2026, 11, 23, 11, 30)
    )

    assert starts(found) == ["10:30", "11:00"]


def test_r2_hours_that_touch_are_one_also_over_midnight():
    openings = [Opening(0, time(20), time(0)), Opening(1, time(0), time(2)), Opening(1, time(2), time(4))]

    assert starts(of_day([a_roster(openings=openings)], a_fit(duration=420, step=60))) == ["20:00", "21:00"]


def test_r2_hours_that_overlap_count_once():
    openings = [Opening(0, time(8), time(12)), Opening(0, time(9), time(10)), Opening(0, time(11), time(13))]

    assert starts(of_day([a_roster(openings=openings)], a_fit(duration=300, step=30))) == ["08:00"]


def test_w5_closing_at_midnight_is_the_next_midnight():
    slots = of_day([a_roster(openings=[Opening(0, time(22), time(0))])], a_fit(duration=120))

    assert slots == [Slot(at_stockholm(2026, 11, 23, 22), at_stockholm(2026, 11, 24), (1,))]


def test_w5_openings_never_move_when_the_clocks_do():
    sunday = [Opening(6, time(9), time(10))]

    before, after = (of_day([a_roster(openings=sunday)], a_fit(), day=day) for day in (date(2026, 10, 18), date(2026, 10, 25)))

    assert starts(before) == starts(after) == ["09:00"]
    assert [slots[0].starts_at.hour for slots in (before, after)] == [7, 8]


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 10, 25), 25), (date(2027, 3, 28), 23), (MONDAY, 24)])
def test_w5_a_day_with_a_clock_change_has_an_hour_more_or_less(day, hours):
    always = [Opening(weekday, time(0), time(0)) for weekday in range(7)]

    slots = of_day([a_roster(openings=always)], a_fit(step=60), day=day)

    assert len(slots) == hours
    assert {later.starts_at - earlier.starts_at for earlier, later in pairwise(slots)} == {minutes(60)}


def test_w5_a_session_over_the_spring_gap_takes_the_time_it_takes():
    night = [Opening(6, time(1), time(5))]

    slots = of_day([a_roster(openings=night)], a_fit(duration=180, step=30), day=date(2027, 3, 28))

    assert slots == [Slot(datetime(2027, 3, 28, 0, tzinfo=UTC), datetime(2027, 3, 28, 3, tzinfo=UTC), (1,))]


@pytest.mark.parametrize(
    ("clock", "skipped_to"),
    [(time(2), "03:00"), (time(2, 30), "03:00"), (time(2, 59), "03:00"), (time(3), "03:00"), (time(1, 59), "01:59")],
)
def test_w5_a_clock_time_that_is_skipped_begins_with_the_first_instant_after_it(clock, skipped_to):
    assert instant(date(2027, 3, 28), clock, STOCKHOLM).astimezone(STOCKHOLM).strftime("%H:%M") == skipped_to


def test_w5_of_a_clock_time_that_exists_twice_the_first_is_meant():
    assert instant(date(2026, 10, 25), time(2, 30), STOCKHOLM) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_w5_a_day_that_begins_at_one_because_midnight_is_skipped():
    assert instant(date(2026, 4, 24), time(0), ZoneInfo("Africa/Cairo")) == datetime(2026, 4, 23, 22, tzinfo=UTC)


def test_w5_a_whole_day_that_a_zone_skipped_has_no_slot():
    always = [Opening(weekday, time(0), time(0)) for weekday in range(7)]
    apia = ZoneInfo("Pacific/Apia")

    assert of_day([a_roster(zone=apia, openings=always)], a_fit(zone=apia), day=date(2011, 12, 30), zone=apia) == []


def test_r2_both_times_of_a_repeated_hour_are_on_the_grid():
    always = [Opening(6, time(0), time(0))]

    slots = of_day([a_roster(openings=always)], a_fit(step=30), day=date(2026, 10, 25))

    assert starts(slots)[3:10] == ["01:30", "02:00", "02:30", "02:00", "02:30", "03:00", "03:30"]


def test_r2_the_grid_is_by_the_wall_clock_of_one_zone_for_all():
    kathmandu = ZoneInfo("Asia/Kathmandu")  # UTC+5:45
    office = [Opening(0, time(9), time(12))]

    slots = of_day([a_roster(zone=kathmandu, openings=office)], a_fit(step=30))

    assert starts(slots) == ["04:30", "05:00", "05:30", "06:00"]


def test_r2_a_step_that_does_not_divide_the_day_begins_anew_at_midnight():
    always = [Opening(weekday, time(0), time(0)) for weekday in range(7)]

    found = open_slots(
        rosters=[a_roster(openings=always)],
        fit=a_fit(step=500),
        earliest=at_stockholm(2026, 11, 23),
        latest=at_stockholm(2026, 11, 25),
    )

    assert starts(found) == ["00:00", "08:20", "16:40"] * 2


def test_r2_the_longest_time_without_a_break_joins_what_touches():
    openings = [Opening(0, time(8), time(12)), Opening(0, time(12), time(14)), Opening(0, time(15), time(17))]

    longest = longest_opening(rosters=[a_roster(openings=openings)], earliest=at_stockholm(2026, 11, 23), latest=at_stockholm(2026, 11, 29))

    assert longest == timedelta(hours=6)


def test_r2_nobody_works_is_no_time_at_all():
    assert longest_opening(rosters=[], earliest=at_stockholm(2026, 11, 23), latest=at_stockholm(2026, 11, 29)) == timedelta(0)
