"""On which dates something comes again: an ordinal weekday of every so many months (rules R2, W5).

The first date is the first such weekday on or after the rule's beginning, and months are counted from its month. The
last weekday of a month is its fourth or its fifth. At which instant a date begins is said by the clocks of one zone,
as `sessions.slots.instant` has it: the first of two, and the first instant after where the clocks skip the time.

Pure: no Django, no clock, no I/O.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import dropwhile, takewhile
from zoneinfo import ZoneInfo

from sessions.slots import instant

LAST = -1
WEEK = 7
MONTHS = 12


@dataclass(frozen=True, kw_only=True)
class Rule:
    """The `ordinal` (1 to 4, or LAST) `weekday` (Monday is 0) of every `every_months` months, from `first_on` to `last_on`."""

    ordinal: int
    weekday: int
    first_on: date
    every_months: int = 1
    last_on: date | None = None


def dates(rule: Rule, *, until: date, since: date | None = None) -> Iterator[date]:
    """The dates of the rule from `since` to `until`, both included, in order."""
    last = min(until, rule.last_on or until)
    ahead = takewhile(lambda on: on <= last, _all(rule))
    return ahead if since is None else dropwhile(lambda on: on < since, ahead)


def first(rule: Rule) -> date | None:
    """The first date of the rule; None where it has none, or none before dates end."""
    found = next(_all(rule), None)
    return None if found is None or (rule.last_on and found > rule.last_on) else found


def in_month(year: int, month: int, *, ordinal: int, weekday: int) -> date:
    """The `ordinal` `weekday` of a month."""
    if ordinal == LAST:
        end = date(year, month, monthrange(year, month)[1])
        return end - timedelta(days=(end.weekday() - weekday) % WEEK)
    begin = date(year, month, 1)
    return begin + timedelta(days=(weekday - begin.weekday()) % WEEK + WEEK * (ordinal - 1))


def is_skipped(on: date, clock: time, zone: ZoneInfo) -> bool:
    """Whether the clocks of `zone` never show `clock` on that date, because they are put forward (rule W5)."""
    shown = instant(on, clock, zone).astimezone(zone)
    return (shown.date(), shown.time()) != (on, clock)


def is_on_grid(starts_at: datetime, *, step: timedelta, zone: ZoneInfo) -> bool:
    """Whether an instant stands on the grid of `step`, counted from midnight by the wall clock of `zone` (rule R2)."""
    return not _past_grid(starts_at, step, zone)


def nearest_on_grid(starts_at: datetime, *, step: timedelta, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The last time on the grid before `starts_at` and the one after it, as long as no clock changes between."""
    earlier = starts_at - _past_grid(starts_at, step, zone)
    return earlier, earlier + step


def _past_grid(starts_at: datetime, step: timedelta, zone: ZoneInfo) -> timedelta:
    wall = starts_at.astimezone(zone).replace(tzinfo=None)
    return (wall - datetime.combine(wall.date(), time(0))) % step


def _all(rule: Rule) -> Iterator[date]:
    """Every date of the rule, whatever its end, until dates run out."""
    month = rule.first_on.year * MONTHS + rule.first_on.month - 1
    if _on(rule, month) < rule.first_on:
        month += 1
    while month < (date.max.year + 1) * MONTHS:
        yield _on(rule, month)
        month += rule.every_months


def _on(rule: Rule, month: int) -> date:
    """The date of the rule in a month, counted from the year 0."""
    return in_month(month // MONTHS, month % MONTHS + 1, ordinal=rule.ordinal, weekday=rule.weekday)
