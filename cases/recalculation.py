"""Open deadlines after a change of their calendar (rule S6): each keeps the earlier of its old and its new one.

A clock that stands still has no deadline; the one that it had when it stopped counts for it, so that it makes no difference
whether the calendar was edited before the case began to wait or while it does.

In batches, each a transaction of its own, so that a hundred thousand cases take no more memory than five hundred. Two
jobs at once share the work; what a crash left undone is found again.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import DateTimeField, Min, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from cases import deadlines, terms, timing
from cases.clocks import Measure
from cases.models import Case, CaseEvent, Clock, ClockKind, EventKind
from cases.models.cases import NEVER
from core.once import at_one_moment

BATCH = 500
COLUMNS = ["amount", "calendar_version", "due_at", "warn_at"]


DUE_IS_TOLD = (EventKind.CLOCK_STARTED, EventKind.RESUMED, EventKind.REFUSED, EventKind.CALENDAR_CHANGED)
"""Events that tell a deadline of the solution clock, the only one that stops."""


@dataclass(frozen=True)
class Kept:
    """What a clock measures by the new calendar, and its deadline: the earlier of the old one and the new one.

    Of one that stands still: the deadline as if it had not stopped.
    """

    measure: Measure
    due_at: datetime | None


def recalculate(at: datetime) -> int:
    """Compute every open clock anew whose calendar has changed since (rule S6). Returns how many that were."""
    done, last = 0, 0
    while numbers := list(deadlines.stale(last).values_list("pk", "case_id")[:BATCH]):
        last = numbers[-1][0]
        done += _batch([clock for clock, _ in numbers], sorted({case for _, case in numbers}), at)
    return done


def kept(clock: Clock, before: datetime | None) -> Kept:
    """The clock by its calendar as it is now: the same amount, or less where the old deadline was earlier (rule S6).

    `before`: that deadline; of a clock that stands still the one that it had when it stopped, None where it never had one.
    """
    hours, measured = clock.calendar.timetable, timing.measured(clock)
    running = replace(measured, pauses=measured.pauses[:-1]) if measured.stands_still else measured
    new_due = running.due_at(hours)
    if before is None or new_due is None or new_due <= before:
        return Kept(measured, new_due)
    return Kept(replace(measured, amount=running.used(hours, until=before)), before)


@at_one_moment()
@transaction.atomic
def _batch(clock_ids: list[int], case_ids: list[int], at: datetime) -> int:
    """Lock the cases, as every verb does first, and compute their clocks anew. What another job is at is left to it."""
    locked = Case.objects.filter(pk__in=case_ids).order_by("pk")
    mine = set(locked.select_for_update(skip_locked=deadlines.skip_locked()).values_list("pk", flat=True))
    clocks = list(deadlines.stale().filter(pk__in=clock_ids, case__in=mine).select_related("calendar"))
    stopped = _due_when_stopped([clock.case_id for clock in clocks if clock.stands_still])
    events = [_renewed(clock, clock.due_at or stopped.get(clock.case_id), at) for clock in clocks]
    Clock.objects.bulk_update(clocks, COLUMNS, batch_size=100)
    CaseEvent.objects.bulk_create(events)
    _refresh(clock.case_id for clock in clocks)
    return len(clocks)


def _due_when_stopped(case_ids: list[int]) -> dict[int, datetime]:
    """The deadlines that solution clocks had when they stopped, by case, from the log. One query."""
    found: dict[int, datetime | None] = {}
    told = CaseEvent.objects.filter(case__in=case_ids, kind__in=DUE_IS_TOLD).order_by("pk").values_list("case", "kind", "facts")
    for case_id, kind, facts in told if case_ids else ():
        if facts.get("clock", ClockKind.SOLUTION) != ClockKind.SOLUTION:
            continue
        due = facts.get("stopped_due_at") or facts.get("due_at")
        if due or kind == EventKind.CLOCK_STARTED:  # another clock: what was told of the one before counts no more
            found[case_id] = datetime.fromisoformat(due) if due else None
    return {case_id: due for case_id, due in found.items() if due is not None}


def _renewed(clock: Clock, before: datetime | None, at: datetime) -> CaseEvent:
    """The clock with its new figures, and the event that tells of them."""
    old_due, now = clock.due_at, kept(clock, before)
    still = now.measure.stands_still
    clock.amount, clock.due_at = now.measure.amount, None if still else now.due_at
    clock.warn_at = now.measure.share_at(clock.calendar.timetable, terms.current().warn_percent)
    clock.calendar_version = clock.calendar.version
    facts = {"clock": clock.kind, "old_due_at": _iso(old_due), **timing.facts_of(clock)}
    if still:
        facts["stopped_due_at"] = _iso(now.due_at)
    return CaseEvent(case_id=clock.case_id, kind=EventKind.CALENDAR_CHANGED, at=at, facts=facts, internal=True)


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def _refresh(case_ids: Iterable[int]) -> None:
    """Let the queue know what is due next."""
    ahead = Clock.objects.filter(case=OuterRef("pk"), met_at=None, ended_at=None, due_at__isnull=False)
    first = ahead.order_by().values("case").annotate(first=Min("due_at")).values("first")
    due = Coalesce(Subquery(first), Value(NEVER, output_field=DateTimeField()))
    Case.objects.filter(pk__in=set(case_ids)).update(queue_at=due)
