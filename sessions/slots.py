"""Open slots: when enough technicians are free for a session (rules R2, W5).

A session lies wholly within a technician's working hours; its buffers keep it apart from other bookings, and may
reach outside the hours. Working hours are wall-clock in the technician's zone: a day with a clock change has an hour
more or less between the same times, and openings never move. A clock time that is skipped begins with the first
instant after it; of one that exists twice the first is meant. Hours that touch, also over midnight, are one.

Starts stand on a grid of `step` by the wall clock of one zone, counted from midnight. Intervals are half-open.

Pure: no Django, no clock, no I/O. All arithmetic is on UTC instants, in one pass over sorted intervals.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MIDNIGHT = time(0)
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Opening:
    """Working hours of one weekday (Monday is 0), wall-clock. `closes` 00:00 is the next midnight."""

    weekday: int
    opens: time
    closes: time


@dataclass(frozen=True, kw_only=True)
class Roster:
    """When one technician works, and what already takes their time (`busy`: instants, buffers inside)."""

    technician: int
    zone: ZoneInfo
    openings: Sequence[Opening]
    busy: Sequence[tuple[datetime, datetime]] = ()


@dataclass(frozen=True, kw_only=True)
class Fit:
    """What must fit: a session of `duration` for `needed` technicians at once, starting on the grid of `step` in `zone`."""

    duration: timedelta
    step: timedelta
    zone: ZoneInfo
    buffer_before: timedelta = timedelta(0)
    buffer_after: timedelta = timedelta(0)
    needed: int = 1


@dataclass(frozen=True)
class Slot:
    """A time at which a session could be, in UTC, and the technicians who are free for all of it, by id."""

    starts_at: datetime
    ends_at: datetime
    technicians: tuple[int, ...]


def open_slots(*, rosters: Sequence[Roster], fit: Fit, earliest: datetime, latest: datetime) -> list[Slot]:
    """Every slot that starts in [earliest, latest), in order of time (rule R2)."""
    windows = {
        roster.technician: deque(_start_windows(roster, fit, earliest, latest))
        for roster in sorted(rosters, key=lambda roster: roster.technician)
    }
    slots = []
    for starts_at in _grid(fit, earliest.astimezone(UTC), latest.astimezone(UTC)):
        free = tuple(technician for technician, ahead in windows.items() if _reaches(ahead, starts_at))
        if len(free) >= fit.needed:
            slots.append(Slot(starts_at, starts_at + fit.duration, free))
    return slots


def longest_opening(*, rosters: Iterable[Roster], earliest: datetime, latest: datetime) -> timedelta:
    """The longest time that anybody works without a break in the days from `earliest` to `latest`, bookings aside."""
    spans = (closes - opens for roster in rosters for opens, closes in _openings(roster, earliest, latest))
    return max(spans, default=timedelta(0))


def instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, when the clocks of `zone` show `clock` on `day` (rule W5).

    The first of two; where the clocks skip it, the instant at which they do.
    """
    wall = datetime.combine(day, clock, tzinfo=zone)
    found = wall.astimezone(UTC)
    if _shows(found, wall):
        return found
    return _clock_change(wall.replace(fold=1).astimezone(UTC), found, zone)


def _reaches(ahead: deque[tuple[datetime, datetime]], starts_at: datetime) -> bool:
    """Whether `starts_at` lies in a window; those that ended before it are behind us for good."""
    while ahead and ahead[0][1] < starts_at:
        ahead.popleft()
    return bool(ahead) and ahead[0][0] <= starts_at


def _start_windows(roster: Roster, fit: Fit, earliest: datetime, latest: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Closed intervals of starts at which the technician is free for the whole session, in order."""
    blocked = deque(_blocked_starts(roster, fit))
    for opens, closes in _openings(roster, earliest, latest + fit.duration):
        first, last = opens, closes - fit.duration
        while blocked and blocked[0][1] <= first:
            blocked.popleft()
        while blocked and blocked[0][0] < last:
            if first <= blocked[0][0]:
                yield first, blocked[0][0]
            first = blocked[0][1]
            if first > last:
                break
            blocked.popleft()
        if first <= last:
            yield first, last


def _blocked_starts(roster: Roster, fit: Fit) -> list[tuple[datetime, datetime]]:
    """Open intervals of starts at which the session or its buffers would run into something, disjoint and in order."""
    merged: list[tuple[datetime, datetime]] = []
    for busy_from, busy_until in sorted((start.astimezone(UTC), end.astimezone(UTC)) for start, end in roster.busy):
        start, end = busy_from - fit.duration - fit.buffer_after, busy_until + fit.buffer_before
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _openings(roster: Roster, earliest: datetime, latest: datetime) -> list[tuple[datetime, datetime]]:
    """The working hours of the days from `earliest` to `latest`, in UTC, joined where they touch, in order."""
    found = sorted(
        (instant(day, opening.opens, roster.zone), instant(_closing_day(day, opening), opening.closes, roster.zone))
        for day in _days(earliest.astimezone(roster.zone).date(), latest.astimezone(roster.zone).date())
        for opening in roster.openings
        if opening.weekday == day.weekday()
    )
    merged: list[tuple[datetime, datetime]] = []
    for opens, closes in found:
        if merged and opens <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], closes))
        elif opens < closes:
            merged.append((opens, closes))
    return merged


def _closing_day(day: date, opening: Opening) -> date:
    return day + ONE_DAY if opening.closes == MIDNIGHT else day


def _grid(fit: Fit, earliest: datetime, latest: datetime) -> Iterator[datetime]:
    """The starts in [earliest, latest), in order. Where the clocks go back, both times of the hour are on the grid."""
    step = int(fit.step.total_seconds() // 60)
    clocks = [time(*divmod(minute, 60)) for minute in range(0, 24 * 60, step)]
    for day in _days(earliest.astimezone(fit.zone).date(), latest.astimezone(fit.zone).date()):
        walls = (datetime.combine(day, clock, tzinfo=fit.zone).replace(fold=fold) for clock in clocks for fold in (0, 1))
        yield from sorted({found for wall in walls if earliest <= (found := wall.astimezone(UTC)) < latest and _shows(found, wall)})


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += ONE_DAY


def _shows(instant: datetime, wall: datetime) -> bool:
    """Whether the clocks of the wall's zone show its time at `instant`; not where they skip it."""
    return instant.astimezone(wall.tzinfo).replace(tzinfo=None, fold=0) == wall.replace(tzinfo=None, fold=0)


def _clock_change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The instant, to the second, between `before` and `after` at which the clocks of `zone` were moved."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
