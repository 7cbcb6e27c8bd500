"""On which dates a series comes, and when the clocks say so: against plain counting (rules R2, W5)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions import recurrence
from sessions.recurrence import LAST, Rule
from sessions.slots import instant
from tests.cast import STOCKHOLM

A_DAY = timedelta(days=1)
RULES = st.builds(
    Rule,
    ordinal=st.sampled_from([1, 2, 3, 4, LAST]),
    weekday=st.integers(0, 6),
    every_months=st.integers(1, 12),
    first_on=st.dates(date(1999, 1, 1), date(2099, 1, 1)),
    last_on=st.none(),
)
ZONES = st.sampled_from(
    ["Europe/Stockholm", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "Africa/Casablanca", "UTC"]
)
SOME_YEARS = 2200
"""In days."""


def days(first, number):
    return [first + number_ * A_DAY for number_ in range(number)]


def by_counting(rule, until):
    """Every day is looked at: is it that weekday, which one of its month is it, and is its month one that counts?"""
    found: list[date] = []
    for day in days(rule.first_on, max(0, (until - rule.first_on).days + 1)):
        is_last = (day + 7 * A_DAY).month != day.month
        if day.weekday() != rule.weekday or not (is_last if rule.ordinal == LAST else (day.day - 1) // 7 + 1 == rule.ordinal):
            continue
        months = (day.year - found[0].year) * 12 + day.month - found[0].month if found else 0
        if months % rule.every_months == 0:
            found.append(day)
    return found


@given(rule=RULES, length=st.integers(-40, SOME_YEARS))
def test_r2_the_dates_of_a_rule_are_those_one_finds_by_counting(rule, length):
    until = rule.first_on + length * A_DAY

    assert list(recurrence.dates(rule, until=until)) == by_counting(rule, until)


@given(rule=RULES, last=st.integers(0, 800), since=st.integers(-100, 900), length=st.integers(0, 900))
def test_r2_a_stretch_of_a_rule_that_ends_is_cut_out_of_the_whole(rule, last, since, length):
    ends = Rule(**vars(rule) | {"last_on": rule.first_on + last * A_DAY})
    begin, until = rule.first_on + since * A_DAY, rule.first_on + length * A_DAY

    found = list(recurrence.dates(ends, since=begin, until=until))

    assert found == [day for day in by_counting(rule, until) if begin <= day <= ends.last_on]
    assert recurrence.first(ends) == next(iter(by_counting(rule, ends.last_on)), None)


def test_r2_the_first_tuesday_of_each_month():
    rule = Rule(ordinal=1, weekday=1, first_on=date(2026, 11, 18))

    assert list(recurrence.dates(rule, until=date(2027, 3, 2))) == [
        date(2026, 12, 1),
        date(2027, 1, 5),
        date(2027, 2, 2),
        date(2027, 3, 2),
    ]


def test_r2_months_are_counted_from_that_of_the_first_date():
    rule = Rule(ordinal=1, weekday=1, every_months=3, first_on=date(2026, 11, 18))

    assert list(recurrence.dates(rule, until=date(2027, 12, 31))) == [
        date(2026, 12, 1),
        date(2027, 3, 2),
        date(2027, 6, 1),
        date(2027, 9, 7),
        date(2027, 12, 7),
    ]


def test_r2_the_last_friday_is_the_fourth_or_the_fifth():
    rule = Rule(ordinal=LAST, weekday=4, first_on=date(2027, 1, 1))

    assert list(recurrence.dates(rule, until=date(2027, 4, 30))) == [
        date(2027, 1, 29),
        date(2027, 2, 26),
        date(2027, 3, 26),
        date(2027, 4, 30),
    ]


@pytest.mark.parametrize("every", [1, 7, 12])
def test_r2_a_rule_ends_where_dates_do(every):
    rule = Rule(ordinal=LAST, weekday=4, every_months=every, first_on=date(9999, 12, 31))

    assert list(recurrence.dates(rule, until=date.max)) == [date(9999, 12, 31)]
    assert recurrence.first(Rule(**vars(rule) | {"ordinal": 1})) is None


@given(day=st.dates(date(1990, 1, 1), date(2060, 1, 1)), minute=st.integers(0, 24 * 60 - 1), zone=ZONES)
def test_w5_a_clock_that_is_skipped_is_one_that_no_minute_of_the_day_shows(day, minute, zone):
    clock, place = time(*divmod(minute, 60)), ZoneInfo(zone)
    noon = datetime.combine(day, time(12), tzinfo=UTC)
    wanted = datetime.combine(day, clock)
    shown = {(noon + timedelta(minutes=each)).astimezone(place).replace(tzinfo=None) for each in range(-40 * 60, 40 * 60)}

    assert recurrence.is_skipped(day, clock, place) == (wanted not in shown)


def test_w5_a_skipped_time_begins_with_the_first_instant_after_it_and_one_that_exists_twice_with_its_first():
    half_past_two = time(2, 30)

    skipped, twice = instant(date(2027, 3, 28), half_past_two, STOCKHOLM), instant(date(2026, 10, 25), half_past_two, STOCKHOLM)

    assert skipped.astimezone(STOCKHOLM).time() == time(3)
    assert twice == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert recurrence.is_skipped(date(2027, 3, 28), half_past_two, STOCKHOLM)
    assert not recurrence.is_skipped(date(2026, 10, 25), half_past_two, STOCKHOLM)


@pytest.mark.parametrize(
    ("clock", "zone", "on_grid"),
    [
        ("09:00", "Europe/Stockholm", True),
        ("09:10", "Europe/Stockholm", False),
        ("09:00", "Asia/Kathmandu", False),
        ("09:15", "Asia/Kathmandu", True),
    ],
)
def test_r2_the_grid_is_that_of_the_providers_clock(clock, zone, on_grid):
    starts_at = instant(date(2026, 12, 1), time.fromisoformat(clock), ZoneInfo(zone))

    assert recurrence.is_on_grid(starts_at, step=timedelta(minutes=30), zone=STOCKHOLM) is on_grid
