"""Deadlines as arithmetic: the worked examples, and what must be true of every clock (rules S5, S6)."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.clocks import Measure, lowered, raised
from tests.cast import at_stockholm
from worktime.arithmetic import Timetable, WorkingHours
from worktime.holiday_dates import computed

STOCKHOLM = ZoneInfo("Europe/Stockholm")
HOUR = timedelta(hours=1)


def _swedish(year):
    return frozenset(holiday.on for holiday in computed("SE", "", year) if holiday.is_public)


DAY = ((time(8), time(17)),)
SQ = Timetable(WorkingHours(zone=STOCKHOLM, weekly=(DAY,) * 5 + ((),) * 2, eve=((time(8, 30), time(14)),), holidays=_swedish))
ALWAYS = Timetable(WorkingHours(zone=STOCKHOLM, always_open=True))
MINUTES = st.integers(min_value=0, max_value=60 * 24 * 20).map(lambda minutes: timedelta(minutes=minutes))


@st.composite
def measures(draw):
    """A clock with pauses in order, none of which goes on."""
    at = datetime(2026, 10, 20, 6, tzinfo=UTC) + draw(MINUTES)
    start, pauses = at, []
    for _ in range(draw(st.integers(min_value=0, max_value=4))):
        begins = at + draw(MINUTES)
        at = begins + draw(MINUTES)
        pauses.append((begins, at))
    return Measure(timedelta(minutes=draw(st.integers(min_value=1, max_value=6000))), start, tuple(pauses))


hours = st.sampled_from([SQ, ALWAYS])


@pytest.mark.parametrize(
    ("opened", "target", "begins", "ends", "due"),
    [
        ((2026, 11, 23, 9), 8, (2026, 11, 23, 11), (2026, 11, 24, 10), (2026, 11, 24, 16)),
        ((2026, 11, 27, 15), 4, (2026, 11, 27, 16), (2026, 11, 30, 9), (2026, 11, 30, 12)),
    ],
)
def test_s6_the_worked_examples_of_pauses(opened, target, begins, ends, due):
    measure = Measure(target * HOUR, at_stockholm(*opened)).paused(at_stockholm(*begins))
    assert measure.due_at(SQ) is None

    assert measure.resumed(at_stockholm(*ends)).due_at(SQ) == at_stockholm(*due)


def test_s6_a_pause_over_closed_hours_takes_nothing_from_either_side():
    measure = Measure(4 * HOUR, at_stockholm(2026, 11, 23, 15))

    over_night = measure.paused(at_stockholm(2026, 11, 23, 18)).resumed(at_stockholm(2026, 11, 24, 7))
    into_the_day = measure.paused(at_stockholm(2026, 11, 23, 20)).resumed(at_stockholm(2026, 11, 24, 9))

    assert over_night.due_at(SQ) == measure.due_at(SQ) == at_stockholm(2026, 11, 24, 10)
    assert into_the_day.due_at(SQ) == at_stockholm(2026, 11, 24, 11)


def test_s6_a_question_at_the_very_last_instant_is_in_time_and_runs_on_with_the_answer():
    measure = Measure(2 * HOUR, at_stockholm(2026, 11, 23, 15)).paused(at_stockholm(2026, 11, 23, 17))

    assert measure.resumed(at_stockholm(2026, 11, 24, 10)).due_at(SQ) == at_stockholm(2026, 11, 24, 10)


def test_s6_on_an_always_open_calendar_a_clock_change_counts_what_passes():
    spring = Measure(4 * HOUR, at_stockholm(2027, 3, 28, 0, 30))
    autumn = Measure(4 * HOUR, at_stockholm(2026, 10, 25, 0, 30))

    assert spring.due_at(ALWAYS) == at_stockholm(2027, 3, 28, 5, 30)
    assert autumn.due_at(ALWAYS) == datetime(2026, 10, 25, 2, 30, tzinfo=UTC)
    assert spring.paused(at_stockholm(2027, 3, 28, 1)).resumed(at_stockholm(2027, 3, 28, 4)).left(
        ALWAYS, at=at_stockholm(2027, 3, 28, 5)
    ) == timedelta(hours=2, minutes=30)


def test_s7_three_quarters_of_the_time_are_counted_without_the_pauses():
    measure = Measure(8 * HOUR, at_stockholm(2026, 11, 23, 9)).paused(at_stockholm(2026, 11, 23, 11))
    assert measure.share_at(SQ, 75) is None
    assert measure.share_at(SQ, 10) == at_stockholm(2026, 11, 23, 9, 48)

    assert measure.resumed(at_stockholm(2026, 11, 24, 10)).share_at(SQ, 75) == at_stockholm(2026, 11, 24, 14)


def test_s6_pausing_and_resuming_twice_are_once():
    measure = Measure(8 * HOUR, at_stockholm(2026, 11, 23, 9)).paused(at_stockholm(2026, 11, 23, 11))

    assert measure.paused(at_stockholm(2026, 11, 23, 12)) == measure
    running = measure.resumed(at_stockholm(2026, 11, 23, 13))
    assert running.resumed(at_stockholm(2026, 11, 23, 14)) == running


@given(measures(), hours)
def test_s6_the_deadline_is_when_the_amount_is_used(measure, calendar):
    assert measure.used(calendar, until=measure.due_at(calendar)) == measure.amount


@given(measures(), hours, MINUTES)
def test_s6_used_and_left_are_the_amount(measure, calendar, later):
    at = measure.started_at + later

    assert measure.used(calendar, until=at) + measure.left(calendar, at=at) == measure.amount


@given(measures(), hours, MINUTES, MINUTES)
def test_s6_a_pause_never_makes_a_deadline_earlier(measure, calendar, until_pause, length):
    begins = (measure.pauses[-1][1] if measure.pauses else measure.started_at) + until_pause
    before = measure.due_at(calendar)

    after = measure.paused(begins).resumed(begins + length).due_at(calendar)

    assert after >= before
    if begins > before:
        assert after == before


@given(measures(), hours, MINUTES, MINUTES)
def test_s6_due_is_what_is_left_from_when_it_runs_on(measure, calendar, until_pause, length):
    begins = (measure.pauses[-1][1] if measure.pauses else measure.started_at) + until_pause
    if begins > measure.due_at(calendar):
        return
    resumed = begins + length

    due = measure.paused(begins).resumed(resumed).due_at(calendar)

    assert due == calendar.add(resumed, measure.amount - measure.used(calendar, until=begins))


@given(measures(), hours, hours, st.integers(min_value=1, max_value=6000), MINUTES)
def test_s5_a_raise_is_never_later_and_a_lowering_never_earlier(measure, old_hours, new_hours, minutes, later):
    at, amount = measure.started_at + later, timedelta(minutes=minutes)
    old = measure.due_at(old_hours)

    up = raised(old, Measure(amount, at), new_hours, at=at)
    down = lowered(old, Measure(amount, measure.started_at, measure.pauses), new_hours, at=at)

    assert up is None or up.due_at(new_hours) < old
    assert up is None or up.due_at(new_hours) >= at
    assert down is None or down.due_at(new_hours) > old
