"""A calendar is edited while a hundred thousand clocks run: all of them recomputed in one job (SPD5, rule S6).

There is no limit to compare with: what counts is that a job for ten times as many takes no more memory.
"""

import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.db import connection
from django.utils import timezone

from benchmarks import queues
from cases import recalculation
from cases.models import Clock
from worktime.models import BusinessCalendar

FEW, MANY = 10_000, 100_000


@dataclass(frozen=True)
class Recomputed:
    """One job: how many clocks, in how many seconds, with how many statements; the most memory the process ever had, in KiB."""

    clocks: int
    seconds: float
    statements: int
    memory: int


def report() -> Iterator[str]:
    """Lines about a job over a tenth of the clocks, and one over all."""
    queues.fill()
    _open_more(MANY)
    recalculation.recalculate(timezone.now())
    few, many = _job(FEW), _job(MANY)
    for found in (few, many):
        each = found.statements / found.clocks * 1000
        took = f"{found.seconds:7.1f} s, {each:4.0f} statements a thousand, {found.memory / 1024:6.1f} MiB at most"
        yield f"{found.clocks:9,} clocks recomputed: {took}"
    yield f"{'':9} ten times as many took {(many.memory - few.memory) / 1024:.1f} MiB more"


def _job(count: int) -> Recomputed:
    """Let so many clocks be of an earlier version of their calendar, and recompute what is."""
    numbers = Clock.objects.filter(met_at=None, ended_at=None).order_by("pk").values("pk")[:count]
    Clock.objects.filter(pk__in=numbers).update(calendar_version=uuid4())
    begun, number = time.perf_counter(), 0

    def count_it(execute: Callable[..., Any], *given: Any) -> Any:
        nonlocal number
        number += 1
        return execute(*given)

    with connection.execute_wrapper(count_it):
        done = recalculation.recalculate(timezone.now())
    return Recomputed(done, time.perf_counter() - begun, number, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def _open_more(count: int) -> None:
    """Response clocks beside the others, until so many are open."""
    missing = count - Clock.objects.filter(met_at=None, ended_at=None).count()
    calendar = BusinessCalendar.objects.order_by("pk")[0]
    names = [field.column for field in Clock._meta.concrete_fields if field.column not in ("id", "kind", "calendar_version")]
    columns = ", ".join(names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO cases_clock ({columns}, kind, calendar_version) SELECT {columns}, 'response', %s FROM cases_clock"  # noqa: S608 - our own names
            " WHERE kind = 'solution' AND met_at IS NULL AND ended_at IS NULL ORDER BY id LIMIT %s",
            [calendar.version, max(0, missing)],
        )
        cursor.execute("ANALYZE cases_clock")
