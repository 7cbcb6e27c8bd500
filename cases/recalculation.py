"""Open deadlines after a change of their calendar (rule S6): each keeps the earlier of its old and its new one.

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
from cases.models import Case, CaseEvent, Clock, EventKind
from cases.models.cases import NEVER
from core.once import at_one_moment

BATCH = 500
COLUMNS = ["amount", "calendar_version", "due_at", "warn_at"]


@dataclass(frozen=True)
class Kept:
    """What a clock measures by the new calendar, and its deadline: the earlier of the old one and the new one."""

    measure: Measure
    due_at: datetime | None


def recalculate(at: datetime) -> int:
    """Compute every open clock anew whose calendar has changed since (rule S6). Returns how many that were."""
    done, last = 0, 0
    while numbers := list(deadlines.stale(last).values_list("pk", "case_id")[:BATCH]):
        last = numbers[-1][0]
        done += _batch([clock for clock, _ in numbers], sorted({case for _, case in numbers}), at)
    return done


def kept(clock: Clock) -> Kept:
    """The clock by its calendar as it is now: the same amount, or less where the old deadline was earlier (rule S6)."""
    hours, measured = clock.calendar.timetable, timing.measured(clock)
    new_due = measured.due_at(hours)
    if clock.due_at is None or new_due is None or new_due <= clock.due_at:
        return Kept(measured, new_due)
    return Kept(replace(measured, amount=measured.used(hours, until=clock.due_at)), clock.due_at)


@at_one_moment()
@transaction.atomic
def _batch(clock_ids: list[int], case_ids: list[int], at: datetime) -> int:
    """Lock the cases, as every verb does first, and compute their clocks anew. What another job is at is left to it."""
    locked = Case.objects.filter(pk__in=case_ids).order_by("pk")
    mine = set(locked.select_for_update(skip_locked=deadlines.skip_locked()).values_list("pk", flat=True))
    clocks = list(deadlines.stale().filter(pk__in=clock_ids, case__in=mine).select_related("calendar"))
    events = [_renewed(clock, at) for clock in clocks]
    Clock.objects.bulk_update(clocks, COLUMNS, batch_size=100)
    CaseEvent.objects.bulk_create(events)
    _refresh(clock.case_id for clock in clocks)
    return len(clocks)


def _renewed(clock: Clock, at: datetime) -> CaseEvent:
    """The clock with its new figures, and the event that tells of them."""
    old_due, now = clock.due_at, kept(clock)
    share = now.measure.share_at(clock.calendar.timetable, terms.current().warn_percent)
    clock.amount, clock.due_at, clock.warn_at = now.measure.amount, now.due_at, share
    clock.calendar_version = clock.calendar.version
    facts = {"clock": clock.kind, "old_due_at": old_due.isoformat() if old_due else None, **timing.facts_of(clock)}
    return CaseEvent(case_id=clock.case_id, kind=EventKind.CALENDAR_CHANGED, at=at, facts=facts, internal=True)


def _refresh(case_ids: Iterable[int]) -> None:
    """Let the queue know what is due next."""
    ahead = Clock.objects.filter(case=OuterRef("pk"), met_at=None, ended_at=None, due_at__isnull=False)
    first = ahead.order_by().values("case").annotate(first=Min("due_at")).values("first")
    due = Coalesce(Subquery(first), Value(NEVER, output_field=DateTimeField()))
    Case.objects.filter(pk__in=set(case_ids)).update(queue_at=due)
