"""Deadlines that draw near, have passed, or have to be computed anew (rules S6, S7).

Each acts on one locked case, looks again, and does nothing the second time. What is due stands in the database: a job
that runs late tells of what has happened, and not of what is no longer to come.
"""

from datetime import datetime

from django.db import connection, transaction
from django.db.models import F, QuerySet

from cases import life, messages, timing
from cases.models import Case, Clock, EventKind
from clients.access import staff
from clients.models import StaffDuty
from core.once import at_one_moment
from people.models import Person


def near(at: datetime) -> QuerySet[Clock]:
    """The clocks of whose deadlines nobody has been warned yet, though it is time (rule S7)."""
    open_ones = Clock.objects.filter(met_at=None, ended_at=None, warned_at=None, due_at__isnull=False)
    return open_ones.filter(warn_at__lte=at).select_related("case").order_by("warn_at", "pk")


def missed(at: datetime) -> QuerySet[Clock]:
    """The clocks whose deadline has passed, and is not recorded yet (rule S7)."""
    open_ones = Clock.objects.filter(met_at=None, ended_at=None, breached_at=None)
    return open_ones.filter(due_at__lt=at).select_related("case").order_by("due_at", "pk")


@at_one_moment()
@transaction.atomic
def warn(clock: Clock, *, at: datetime) -> bool:
    """Warn the assignee and the dispatchers, once (rule S7). False where there is nothing to warn of any more."""
    case = life.locked(clock.case)
    found = near(at).filter(pk=clock.pk)
    current = found.first()
    if current is None or not Clock.objects.filter(pk=clock.pk, warned_at=None).update(warned_at=at):
        return False
    if current.due_at is None or current.due_at <= at:
        return False  # it has passed: that is told instead
    facts = {"clock": current.kind, "due_at": current.due_at.isoformat()}
    event = life.note_internally(case, EventKind.WARNED, at=at, by=None, facts=facts)
    messages.happened(case, "deadline_near", event, _responsible(case), clock=current)
    return True


@at_one_moment()
@transaction.atomic
def record(clock: Clock, *, at: datetime) -> bool:
    """Record for ever that a deadline has passed, and tell the assignee and the dispatchers (rule S7). False where it has not."""
    case = life.locked(clock.case)
    current = missed(at).filter(pk=clock.pk).select_related("calendar").first()
    if current is None or not timing.breach(current, at=at):
        return False
    event = case.events.filter(kind=EventKind.BREACHED).order_by("pk").last()
    if event is not None:
        messages.happened(case, "deadline_missed", event, _responsible(case), clock=current)
    return True


def stale(after: int = 0) -> QuerySet[Clock]:
    """The open clocks that were computed with an earlier version of their calendar (rule S6), from a number on."""
    open_ones = Clock.objects.filter(met_at=None, ended_at=None, pk__gt=after)
    return open_ones.exclude(calendar_version=F("calendar__version")).order_by("pk")


def _responsible(case: Case) -> list[Person]:
    """The assignee and the dispatchers (rule S7)."""
    return list({person.pk: person for person in [*messages.ours(case), *staff(StaffDuty.DISPATCHER)]}.values())


def skip_locked() -> bool:
    """Whether the database can pass over what another job is at."""
    return connection.features.has_select_for_update_skip_locked
