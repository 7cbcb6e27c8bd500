"""Working time as it is reckoned, against a counter of minutes and against itself (rules W1, W3, W4, W5, S2)."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.worktime.drawn_hours import MINUTE, cases, open_minutes
from worktime.arithmetic import BeyondTheYears, NeverOpens, Timetable, WorkingHours

STOCKHOLM = ZoneInfo("Europe/Stockholm")
OFFICE = ((time(8), time(17)),)
WEEK = WorkingHours(zone=STOCKHOLM, weekly=(OFFICE,) * 5 + ((), ()))
ALWAYS = WorkingHours(zone=STOCKHOLM, always_open=True)
HOUR = timedelta(hours=1)


def at(*fields):
    return datetime(*fields).replace(tzinfo=STOCKHOLM)


@given(case=cases(), amount=st.timedeltas(timedelta(), timedelta(hours=400)))
@settings(max_examples=150)
def test_w4_between_is_the_inverse_of_add_from_every_open_instant(case, amount):
    hours, start = case
    table = Timetable(hours)
    start = table.next_opening(start)

    assert table.between(start, table.add(start, amount)) == amount


@given(case=cases(), minutes=st.integers(1, 1500))
@settings(max_examples=40)
def test_w3_adding_agrees_with_a_counter_of_minutes(case, minutes):
    hours, start = case
    counted = list(islice(open_minutes(hours, start, start + timedelta(days=5)), minutes))
    assume(counted)

    table = Timetable(hours)

    assert table.next_opening(start) == counted[0]
    assert table.add(start, MINUTE * len(counted)) == counted[-1] + MINUTE


@given(case=cases(), length=st.integers(0, 4 * 24 * 60))
@settings(max_examples=40)
def test_w4_between_agrees_with_a_counter_of_minutes(case, length):
    hours, start = case
    end = start + MINUTE * length

    table = Timetable(hours)

    assert table.between(start, end) == MINUTE * sum(1 for _minute in open_minutes(hours, start, end))
    assert table.between(end, start) == -table.between(start, end)


@given(case=cases(), amount=st.timedeltas(timedelta(), timedelta(hours=100)))
@settings(max_examples=50)
def test_s6_what_is_counted_adds_up_and_ends_at_the_deadline(case, amount):
    hours, start = case
    table = Timetable(hours)

    counted = table.explain(start, amount)

    assert sum((interval.amount for interval in counted), timedelta()) == amount
    assert not amount or counted[-1].ends_at == table.add(start, amount)
    assert all(table.is_open(interval.begins_at) and interval.begins_at >= start for interval in counted)
    assert all(before.ends_at <= after.begins_at for before, after in pairwise(counted))


@given(
    start=st.datetimes(datetime(1950, 1, 1), datetime(2150, 1, 1), timezones=st.just(UTC)),
    amount=st.timedeltas(timedelta(), timedelta(days=999)),
)
def test_w3_an_always_open_calendar_counts_everything(start, amount):
    table = Timetable(ALWAYS)

    assert table.add(start, amount) == start + amount
    assert table.between(start, start + amount) == amount


@pytest.mark.parametrize("hours", [WEEK, ALWAYS])
def test_w5_an_instant_without_a_zone_is_refused(hours):
    table, naive = Timetable(hours), datetime(2026, 11, 23, 9)

    for ask in (
        lambda: table.add(naive, HOUR),
        lambda: table.add(naive, timedelta()),
        lambda: table.between(naive, at(2026, 11, 23)),
        lambda: table.between(at(2026, 11, 23), naive),
        lambda: table.is_open(naive),
        lambda: table.next_opening(naive),
        lambda: table.explain(naive, HOUR),
        lambda: table.close_of_next_working_day(naive),
    ):
        with pytest.raises(ValueError, match="no time zone"):
            ask()


@pytest.mark.parametrize("hours", [WEEK, ALWAYS])
@pytest.mark.parametrize("amount", [-HOUR, timedelta(microseconds=-1)])
def test_w3_negative_amounts_are_refused(hours, amount):
    with pytest.raises(ValueError, match="cannot add"):
        Timetable(hours).add(at(2026, 11, 23), amount)


def test_w3_a_calendar_that_never_opens_has_no_deadline():
    table = Timetable(WorkingHours(zone=STOCKHOLM))

    for ask in (table.next_opening, table.close_of_next_working_day, lambda start: table.add(start, HOUR)):
        with pytest.raises(NeverOpens):
            ask(at(2026, 11, 23))
    assert table.between(at(2026, 11, 23), at(2036, 11, 23)) == timedelta()


def test_w3_what_is_used_up_at_closing_falls_at_closing_and_the_next_moment_at_the_next_opening():
    table = Timetable(WEEK)

    assert table.add(at(2026, 11, 27, 15), 2 * HOUR) == at(2026, 11, 27, 17)
    assert table.add(at(2026, 11, 27, 15), 2 * HOUR + timedelta(microseconds=1)) == at(2026, 11, 30, 8, 0, 0, 1)
    assert table.add(at(2026, 11, 27, 17), timedelta()) == at(2026, 11, 30, 8)
    assert not table.is_open(at(2026, 11, 27, 17))
    assert table.is_open(at(2026, 11, 27, 8))


def test_w5_hours_until_midnight_go_on_into_the_next_day_and_year():
    night = WorkingHours(zone=STOCKHOLM, weekly=(((time(22), time()), (time(), time(6))),) * 7)

    table = Timetable(night)

    assert table.add(at(2026, 12, 31, 22), 2 * HOUR) == at(2027, 1, 1)
    assert table.add(at(2026, 12, 31, 22), 3 * HOUR) == at(2027, 1, 1, 1)
    assert table.between(at(2026, 12, 31), at(2028, 1, 1)) == timedelta(hours=8 * 366)


@pytest.mark.parametrize(
    ("overrides", "is_open"),
    [({}, False), ({date(2026, 12, 25): ((time(10), time(12)),)}, True)],
)
def test_w1_a_manual_override_beats_a_holiday(overrides, is_open):
    hours = replace(WEEK, holidays=lambda year: frozenset({date(year, 12, 25)}), overrides=overrides)

    assert Timetable(hours).is_open(at(2026, 12, 25, 11)) == is_open


def test_w1_a_holiday_beats_weekday_eve_and_ordinary_hours_and_the_friday_before_a_saturday_holiday_is_short():
    holidays = frozenset({date(2026, 11, 28), date(2026, 11, 26), date(2026, 11, 30)})
    hours = replace(WEEK, holidays=lambda _year: holidays, eve=((time(9), time(12)),))

    found = {day: hours.openings_on(date(2026, 11, day)) for day in range(25, 31)}

    assert found == {25: hours.eve, 26: (), 27: hours.eve, 28: (), 29: (), 30: ()}


@pytest.mark.parametrize(
    ("start", "closes"),
    [
        (at(2026, 11, 23, 9), at(2026, 11, 24, 17)),
        (at(2026, 11, 23, 23, 59), at(2026, 11, 24, 17)),
        (at(2026, 11, 27, 9), at(2026, 11, 30, 17)),
        (at(2026, 11, 28, 9), at(2026, 11, 30, 17)),
    ],
)
def test_s2_the_next_working_day_is_the_first_with_hours_after_the_local_date(start, closes):
    assert Timetable(WEEK).close_of_next_working_day(start) == closes
    assert Timetable(ALWAYS).close_of_next_working_day(at(2026, 11, 27, 9)) == at(2026, 11, 29)


@pytest.mark.parametrize("hours", [WEEK, ALWAYS])
def test_w5_what_leads_beyond_the_years_is_refused_clearly(hours):
    table, last = Timetable(hours), datetime(9998, 12, 31, 22, tzinfo=UTC)

    with pytest.raises(BeyondTheYears, match="beyond the years 2 to 9998"):
        table.add(last, timedelta(days=4000))
    assert table.add(datetime(9000, 1, 3, tzinfo=UTC), 200 * HOUR) > datetime(9000, 1, 3, tzinfo=UTC)


def test_w3_the_cost_does_not_grow_with_minutes():
    table, start = Timetable(WEEK), at(2026, 1, 1)
    table.add(start, timedelta(hours=2000))  # lays the year out

    table.hours = replace(WEEK, weekly=())  # whoever lays out a day now fails
    reached = [table.add(start, timedelta(minutes=minutes)) for minutes in (60, 6_000, 120_000)]

    assert reached == sorted(reached)
