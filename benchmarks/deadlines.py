"""Deadlines: working time added in a zone, with holidays and two intervals a day, beside prefix sums and a bisection.

What the limit leaves out is what the product is for: any year, any zone, negative amounts, instants without a zone.
"""

import random
import tracemalloc
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from benchmarks.clients import Work
from worktime import holiday_dates
from worktime.arithmetic import Timetable, WorkingHours

ZONE = ZoneInfo("Europe/Stockholm")
HALVES = ((time(8), time(12)), (time(13), time(17)))
SOME = 10_000
CASES = 100_000
FIRST, YEARS = 2026, 3
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def timetable() -> Timetable:
    """An office with two intervals a day and the public holidays of Sweden."""
    return Timetable(WorkingHours(zone=ZONE, weekly=(HALVES,) * 5 + ((), ()), holidays=_holidays))


def asked(seed: int, count: int = SOME) -> Iterator[tuple[datetime, timedelta]]:
    """Starts in a year, at any time, and amounts up to ten working days."""
    chance = random.Random(f"{seed}:deadlines")  # noqa: S311 - chosen again from the same seed
    begin = datetime(FIRST, 1, 1, tzinfo=UTC)
    for _ in range(count):
        yield begin + timedelta(minutes=chance.randrange(365 * 24 * 60)), timedelta(minutes=chance.randrange(1, 80 * 60))


def added(seed: int) -> Work:
    """Ours, one deadline after another."""
    table, known = timetable(), list(asked(seed))
    while True:
        for start, amount in known:
            table.add(start, amount)
            yield


def bisected(seed: int) -> Work:
    """The limit: the intervals of three years laid out in seconds, with the open time before each."""
    begins, before, known = *_laid_out(), list(asked(seed))
    while True:
        for start, amount in known:
            _limit(begins, before, start, amount)
            yield


def agree(seed: int) -> bool:
    """Whether both say the same."""
    table, (begins, before) = timetable(), _laid_out()
    return all(table.add(start, amount) == _limit(begins, before, start, amount) for start, amount in asked(seed))


def recomputed(seed: int, count: int = CASES) -> tuple[int, int]:
    """Recompute so many deadlines as they come: how many there were, and the most memory that it took, in bytes."""
    table = timetable()
    tracemalloc.start()
    number = sum(1 for start, amount in asked(seed, count) if table.add(start, amount) > start)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return number, peak


def _limit(begins: list[int], before: list[int], start: datetime, amount: timedelta) -> datetime:
    now = int((start - EPOCH).total_seconds())
    at = bisect_right(begins, now) - 1
    used = before[at] + min(now - begins[at], before[at + 1] - before[at]) if at >= 0 else 0
    left = used + int(amount.total_seconds())
    found = bisect_left(before, left) - 1
    return EPOCH + timedelta(seconds=begins[found] + left - before[found])


def _laid_out() -> tuple[list[int], list[int]]:
    days = (date(FIRST, 1, 1) + timedelta(days=number) for number in range(365 * YEARS))
    open_days = [day for day in days if day.weekday() < 5 and day not in _holidays(day.year)]
    pairs = [[int(datetime.combine(day, clock, ZONE).timestamp()) for clock in half] for day in open_days for half in HALVES]
    return [begins for begins, _ends in pairs], list(accumulate((ends - begins for begins, ends in pairs), initial=0))


def _holidays(year: int) -> frozenset[date]:
    return frozenset(day.on for day in holiday_dates.computed("SE", "", year) if day.is_public)
