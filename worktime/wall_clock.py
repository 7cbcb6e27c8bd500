"""Which instant the clocks of a zone mean (rule W5): on the days when they change, too.

A clock time that is skipped means the first instant after it; of one that exists twice the first is meant. Instants
are in UTC. Pure: no Django, no clock, no I/O.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)
MIDNIGHT = time()


@lru_cache(maxsize=1 << 14)
def instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, when the clocks of `zone` show `clock` on `day` (rule W5).

    The first of two; where the clocks skip it, the instant at which they do.
    """
    wall = datetime.combine(day, clock, tzinfo=zone)
    found = wall.astimezone(UTC)
    if shows(found, wall):
        return found
    return _clock_change(wall.replace(fold=1).astimezone(UTC), found, zone)


def exists(day: date, clock: time, zone: ZoneInfo) -> bool:
    """Whether the clocks of `zone` show `clock` on `day`, and do not skip it (rule W5)."""
    wall = datetime.combine(day, clock, tzinfo=zone)
    return shows(wall.astimezone(UTC), wall)


def shows(found: datetime, wall: datetime) -> bool:
    """Whether the clocks of the wall's zone show its time at the instant `found`; not where they skip it."""
    return found.astimezone(wall.tzinfo).replace(tzinfo=None, fold=0) == wall.replace(tzinfo=None, fold=0)


def ends_at(day: date, closes: time, zone: ZoneInfo) -> datetime:
    """The instant at which hours of `day` end; 00:00 is the next midnight (rule W5)."""
    return instant(day + ONE_DAY if closes == MIDNIGHT else day, closes, zone)


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
