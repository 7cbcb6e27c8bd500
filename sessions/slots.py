"""Open slots: when enough technicians are free for a session (rules R2, C17, W5).

A session lies wholly within what a technician works (`sessions.openings`); its buffers keep it apart from other
bookings, and may reach outside the hours. One that begins in a time band is for those who offer that band. Between
what a technician has reserved on one day and on another lies the rest; what begins on the same day by the clock of
the technician is one day's work, however long. Own calendars are no work: they only take time.

Starts stand on a grid of `step` by the wall clock of one zone, counted from midnight. Intervals are half-open.

Pure: no Django, no clock, no I/O. All arithmetic is on UTC instants, in one pass over sorted intervals.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import chain
from zoneinfo import ZoneInfo

from sessions.bands import MIDNIGHT, Hours, band_at
from sessions.openings import Interval, Opening, Schedule, local_days, worked
from worktime.wall_clock import ONE_DAY, instant, shows

__all__ = ["MIDNIGHT", "Fit", "Opening", "Roster", "Schedule", "Slot", "instant", "longest_opening", "on_grid", "open_slots"]

ONE_INSTANT = timedelta(microseconds=1)
ONE_MINUTE = timedelta(minutes=1)
BEGINS, ENDS = 0, 1


@dataclass(frozen=True, kw_only=True)
class Roster:
    """When one technician works, and what already takes their time: bookings, buffers inside, and what else is `busy`. In UTC."""

    technician: int
    schedule: Schedule
    reserved: Sequence[Interval] = ()
    busy: Sequence[Interval] = ()


@dataclass(frozen=True, kw_only=True)
class Fit:
    """What must fit: a session of `duration` for `needed` technicians at once, starting on the grid of `step` in `zone`.

    `bands` are all that are offered, by the clock of the same zone, in their order.
    """

    duration: timedelta
    step: timedelta
    zone: ZoneInfo
    buffer_before: timedelta = timedelta(0)
    buffer_after: timedelta = timedelta(0)
    needed: int = 1
    bands: Sequence[Hours] = ()
    rest: timedelta = timedelta(0)


@dataclass(frozen=True)
class Slot:
    """A time at which a session could be, in UTC, and the technicians who are free for all of it, by id."""

    starts_at: datetime
    ends_at: datetime
    technicians: tuple[int, ...]


def open_slots(*, rosters: Sequence[Roster], fit: Fit, earliest: datetime, latest: datetime) -> list[Slot]:
    """Every slot that starts in [earliest, latest), in order of time (rule R2)."""
    offering = [{roster.technician for roster in rosters if band in roster.schedule.bands} for band in fit.bands]
    slots = []
    for starts_at, free in _free(rosters, fit, earliest, latest):
        if len(free) >= fit.needed and len(free := _in_band(starts_at, free, fit, offering)) >= fit.needed:
            slots.append(Slot(starts_at, starts_at + fit.duration, free))
    return slots


def longest_opening(*, rosters: Iterable[Roster], earliest: datetime, latest: datetime) -> timedelta:
    """The longest time that anybody works without a break in the days from `earliest` to `latest`, bookings aside."""
    spans = (ends - begins for roster in rosters for begins, ends in worked(roster.schedule, earliest, latest))
    return max(spans, default=timedelta(0))


def on_grid(starts_at: datetime, *, step: timedelta, zone: ZoneInfo) -> bool:
    """Whether sessions may start at `starts_at`, by the wall clock of `zone` (rule R2)."""
    wall = starts_at.astimezone(zone)
    return not (timedelta(hours=wall.hour, minutes=wall.minute, seconds=wall.second, microseconds=wall.microsecond) % step)


def _free(rosters: Sequence[Roster], fit: Fit, earliest: datetime, latest: datetime) -> Iterator[tuple[datetime, tuple[int, ...]]]:
    """The starts of the grid, each with those who are free for all of the session then, bands aside."""
    ahead = deque(_changes(rosters, fit, earliest, latest))
    free: set[int] = set()
    named: tuple[int, ...] = ()
    for starts_at in _grid(fit, earliest.astimezone(UTC), latest.astimezone(UTC)):
        changed = False
        while ahead and ahead[0][:2] <= (starts_at, BEGINS):
            _, change, technician = ahead.popleft()
            (free.add if change == BEGINS else free.discard)(technician)
            changed = True
        if changed:
            named = tuple(sorted(free))
        yield starts_at, named


def _changes(rosters: Iterable[Roster], fit: Fit, earliest: datetime, latest: datetime) -> list[tuple[datetime, int, int]]:
    """Where technicians begin to be free and where they end to be, in order; the last instant of both still is free."""
    changes = []
    for roster in rosters:
        for first, last in _start_windows(roster, fit, earliest, latest):
            changes += [(first, BEGINS, roster.technician), (last, ENDS, roster.technician)]
    return sorted(changes)


def _in_band(starts_at: datetime, free: tuple[int, ...], fit: Fit, offering: Sequence[set[int]]) -> tuple[int, ...]:
    """Those of `free` who offer the band in which `starts_at` lies; outside of bands all of them (rule C17)."""
    band = band_at(starts_at, fit.bands, fit.zone) if fit.bands else None
    if band is None:
        return free
    offer = offering[fit.bands.index(band)]
    return tuple(technician for technician in free if technician in offer)


def _start_windows(roster: Roster, fit: Fit, earliest: datetime, latest: datetime) -> Iterator[Interval]:
    """Closed intervals of starts at which the technician is free for the whole session, in order."""
    blocked = deque(_blocked_starts(roster, fit))
    for opens, closes in worked(roster.schedule, earliest, latest + fit.duration):
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


def _blocked_starts(roster: Roster, fit: Fit) -> list[Interval]:
    """Open intervals of starts at which the session, its buffers or its rest would run into something, disjoint and in order."""
    ahead, behind = fit.duration + fit.buffer_after, fit.buffer_before
    blocked = [(begins - ahead, ends + behind) for begins, ends in chain(roster.reserved, roster.busy)]
    if fit.rest:
        blocked += chain.from_iterable(_resting(taken, roster.schedule.zone, fit) for taken in roster.reserved)
    apart: list[Interval] = []
    for begins, ends in sorted(blocked):
        if apart and begins < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(apart[-1][1], ends))
        else:
            apart.append((begins, ends))
    return apart


def _resting(taken: Interval, zone: ZoneInfo, fit: Fit) -> Iterator[Interval]:
    """Open intervals of starts on another day that are too near to what is reserved (rule C17).

    The day is that on which a reservation begins, buffers inside, by the technician's clock.
    """
    begins, ends = taken
    day = begins.astimezone(zone).date()
    from_midnight, to_midnight = instant(day, MIDNIGHT, zone), instant(day + ONE_DAY, MIDNIGHT, zone)
    on_days_before = begins - fit.rest - fit.buffer_after - fit.duration, from_midnight + fit.buffer_before
    on_days_after = to_midnight + fit.buffer_before - ONE_INSTANT, ends + fit.rest + fit.buffer_before
    yield from (starts for starts in (on_days_before, on_days_after) if starts[0] < starts[1])


def _grid(fit: Fit, earliest: datetime, latest: datetime) -> Iterator[datetime]:
    """The starts in [earliest, latest), in order."""
    for day in local_days(earliest, latest, fit.zone):
        yield from (starts_at for starts_at in _starts_of(day, fit.step, fit.zone) if earliest <= starts_at < latest)


@lru_cache(maxsize=256)
def _starts_of(day: date, step: timedelta, zone: ZoneInfo) -> Sequence[datetime]:
    """The instants of the grid at which the clocks of `zone` show `day`. Where they go back, both times of the hour."""
    clocks = [time(*divmod(minute, 60)) for minute in range(0, 24 * 60, step // ONE_MINUTE)]
    walls = (datetime.combine(day, clock, tzinfo=zone).replace(fold=fold) for clock in clocks for fold in (0, 1))
    return sorted({found for wall in walls if shows(found := wall.astimezone(UTC), wall)})
