"""Where the time of a unit goes: its statements, one by one, and Python's functions."""

import cProfile
import pstats
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from typing import Any

from django.db import connection

from benchmarks import calendars, units
from benchmarks.calendars import FORTNIGHT, SEASON
from benchmarks.clients import WARM_UP, Work

UNITS_PROFILED = 300
SHOWN_FUNCTIONS = 30


@dataclass(frozen=True)
class Statement:
    """One round trip to the database: its text and how many milliseconds it took."""

    text: str
    milliseconds: float


@contextmanager
def statements() -> Iterator[list[Statement]]:
    """The statements that the default connection runs inside the block, savepoints included."""
    seen: list[Statement] = []

    def watch(execute: Callable[..., Any], query: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        begun = time.perf_counter()
        try:
            return execute(query, params, many, context)
        finally:
            seen.append(Statement(query, (time.perf_counter() - begun) * 1000))

    with connection.execute_wrapper(watch):
        yield seen


def report(clients: list[units.Client]) -> Iterator[str]:
    """Lines about each unit: its statements once, then Python's functions by cumulative time over many units."""
    posting = units.holds_and_captures(clients, seed=1, number=0)
    yield from _statements_of({"hold": posting, "capture": posting})
    yield from _statements_of({"balance": units.balances(clients), "statement page": units.statement_pages(clients)})
    slots = {f"slots, {calendar.code}": calendars.open_slots(calendar, calendar.days) for calendar in (FORTNIGHT, SEASON)}
    yield from _statements_of(slots)
    yield from _functions_of("slots of a fortnight", calendars.open_slots(FORTNIGHT, FORTNIGHT.days))
    yield from _functions_of("hold or capture", posting)
    yield from _functions_of("statement page", units.statement_pages(clients))


def _statements_of(works: dict[str, Work]) -> Iterator[str]:
    for work in works.values():
        for _ in range(WARM_UP):
            next(work)
    for name, work in works.items():
        with statements() as seen:
            next(work)
        yield f"\n{name}: {len(seen)} statements, {sum(one.milliseconds for one in seen):.2f} ms in them"
        yield from (f"  {one.milliseconds:6.2f} ms  {one.text[:170]}" for one in seen)


def _functions_of(name: str, work: Work) -> Iterator[str]:
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(UNITS_PROFILED):
        next(work)
    profile.disable()
    yield f"\n{name}: {UNITS_PROFILED} units, by cumulative time"
    yield from _lines_of(profile)


def _lines_of(profile: cProfile.Profile) -> Iterator[str]:
    text = StringIO()
    pstats.Stats(profile, stream=text).strip_dirs().sort_stats("cumulative").print_stats(SHOWN_FUNCTIONS)
    yield from (line for line in text.getvalue().splitlines() if line.strip())
