"""Why a deadline is when it is: the intervals of working time that were counted, under which calendar (rule S6)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from cases import timing
from cases.models import Clock
from worktime.arithmetic import Counted, Timetable

A_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Line:
    """An interval that was counted, and what had been used when it ended. Whole minutes."""

    begins_at: datetime
    ends_at: datetime
    minutes: int
    total_minutes: int


@dataclass(frozen=True)
class Explanation:
    """A clock explained: what was promised, from when, what was counted, and when it stood still."""

    clock: Clock
    promised_minutes: int
    lines: tuple[Line, ...]
    pauses: tuple[tuple[datetime, datetime | None], ...]


def explained(clock: Clock) -> Explanation:
    """The explanation of `clock`, whose calendar is read with it."""
    measure, timetable = timing.measured(clock), clock.calendar.timetable
    lines, used = [], timedelta()
    for counted in _counted(clock, timetable):
        used += counted.amount
        lines.append(Line(counted.begins_at, counted.ends_at, _minutes(counted.amount), _minutes(used)))
    return Explanation(clock, _minutes(measure.amount), tuple(lines), measure.pauses)


def _counted(clock: Clock, timetable: Timetable) -> Iterator[Counted]:
    """What is counted before, between and after the pauses, until the target is used up."""
    measure = timing.measured(clock)
    begins, left = measure.started_at, measure.amount
    for stopped, resumed in measure.pauses:
        run = min(timetable.between(begins, stopped), left) if stopped > begins else timedelta()
        yield from timetable.explain(begins, run) if run else ()
        left -= run
        if resumed is None:
            return
        begins = max(begins, resumed)
    if left > timedelta():
        yield from timetable.explain(begins, left)


def _minutes(amount: timedelta) -> int:
    return round(amount / A_MINUTE)
