"""Calls that we owe the reporter (rules S9, S10): raised by the system, closed by a note of what was said.

After a call the counting of answers begins anew: what three more answers do not solve is phoned about again.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from cases import life
from cases.models import CallReason, CallTask, Case, CaseTime, EventKind
from clients import provider
from clients.models import Priority
from core.errors import DomainError, NotAllowed
from core.reasons import reasoned
from people.models import Person

LONGEST_ESTIMATE = 100_000
"""Minutes."""


class CallClosed(DomainError):
    """A call is closed once."""

    message = _("This call is no longer to be made: somebody has phoned, or it is needed no more. Nothing has changed.")


class EstimateImpossible(DomainError):
    """An estimate is a number of minutes, and no negative one."""

    message = _("An estimate is at least one minute, and not more than a year’s work. Nothing has changed.")


def after_answer(case: Case, *, at: datetime) -> None:
    """Raise a call once so many answers since the last one have not solved it (rule S9): three, or what the plan says.

    A proposed solution is an answer as soon as it is refused.
    """
    limit = life.terms_of(case).call_after_answers
    if limit is None or case.call_tasks.filter(reason=CallReason.ANSWERS, closed_at=None).exists():
        return
    counted = case.events.filter(kind__in=[EventKind.ANSWERED, EventKind.REFUSED])
    if settled := _last_settled(case):
        counted = counted.filter(pk__gt=settled)
    if counted.count() >= limit:
        earlier = case.call_tasks.filter(reason=CallReason.ANSWERS).count()  # one that nobody made, for the case was closed, is owed again
        _raise(case, CallReason.ANSWERS, cause=f"case:{case.pk}:call:answers:{settled}:{earlier}", at=at)


def after_work(case: Case, *, at: datetime) -> None:
    """Raise a call each time that more than so much work has been logged, over all who worked (rule S10). Exactly that raises none."""
    spent = sum((entry.ended_at - entry.started_at for entry in CaseTime.objects.filter(case=case, live=True)), timedelta())
    _raise_for_work(case, spent, at=at)


@transaction.atomic
def estimate_work(case: Case, *, minutes: int, by: Person, at: datetime) -> Case:
    """The technician's own estimate of the whole work on the case: more than four hours raise a call before they are worked (rule S10).

    The same estimate again says nothing new. Raises NotAllowed, CaseClosed, EstimateImpossible.
    """
    case = life.locked_open(case)
    if not life.may_work(by, case):
        raise NotAllowed
    if not 0 < minutes <= LONGEST_ESTIMATE:
        raise EstimateImpossible
    if estimate_of(case) == minutes:
        return case
    life.note_internally(case, EventKind.FACTS_CHANGED, at=at, by=by, facts={"estimate_minutes": minutes})
    _raise_for_work(case, timedelta(minutes=minutes), at=at)
    return case


@transaction.atomic
def drop(task: CallTask, *, reason: str, by: Person, at: datetime) -> CallTask:
    """The call is needed no more, and why (rule S9). Raises NotAllowed, ReasonMissing, ReasonTooLong, CallClosed."""
    case = life.locked(task.case)
    if not life.may_work(by, case):
        raise NotAllowed
    reason = reasoned(reason)
    if not CallTask.objects.filter(pk=task.pk, closed_at=None).update(closed_at=at, closed_by=by, note=reason):
        raise CallClosed
    life.note_internally(case, EventKind.NOTED, at=at, by=by, reason=reason, facts={"call": task.pk})
    return task


def made(case: Case, *, note: str, by: Person, at: datetime) -> None:
    """A call was made: it closes every call that was due."""
    case.call_tasks.filter(closed_at=None).update(closed_at=at, closed_by=by, note=note)


def due(person: Person) -> QuerySet[CallTask]:
    """The calls that are to be made in the cases that `person` sees, the oldest first (rules S9, S10)."""
    visible = Case.objects.visible_to(person)
    return CallTask.objects.filter(closed_at=None, case__in=visible).select_related("case__organisation", "case__reporter").order_by("pk")


def ask_for(case: Case, reason: CallReason, *, cause: str, at: datetime) -> None:
    """Raise a call that the client asks for; the same cause raises one only. The case is locked."""
    _raise(case, reason, cause=f"case:{case.pk}:call:{cause}", at=at)


def to_urge(case: Case) -> dict[str, Any]:
    """What the confirmation of an urgent report shows (rule S15): whether a call should follow, and which number to call."""
    numbers = life.terms_of(case).phone_numbers
    number = numbers.get(case.organisation.country) or next(iter(numbers.values()), "") or provider.current().phone
    asked = case.priority_asked or case.priority
    return {"urged": Priority.objects.filter(number=asked, call_urged=True).exists(), "phone": number}


def estimate_of(case: Case) -> int | None:
    """The technician's last estimate of the whole work, in minutes; None where nobody made one."""
    last = case.events.filter(kind=EventKind.FACTS_CHANGED, facts__has_key="estimate_minutes").order_by("pk").last()
    return last.facts["estimate_minutes"] if last else None


def _raise_for_work(case: Case, work: timedelta, *, at: datetime) -> None:
    """Raise a call where `work` has passed more of the limits than were phoned about (rule S10)."""
    limit = life.terms_of(case).call_after_minutes
    if not limit:
        return
    passed = -(-work // timedelta(minutes=limit)) - 1
    phoned = case.call_tasks.filter(reason=CallReason.WORK).values_list("cause", flat=True)
    if passed > max((int(cause.rpartition(":")[2]) for cause in phoned), default=0):
        _raise(case, CallReason.WORK, cause=f"case:{case.pk}:call:work:{passed}", at=at)


def _last_settled(case: Case) -> int:
    """The event after which answers count: the last call, or the last word that none was needed; 0 where there is neither."""
    called = case.events.filter(kind=EventKind.CALLED) | case.events.filter(kind=EventKind.NOTED, facts__has_key="call")
    return called.order_by("pk").values_list("pk", flat=True).last() or 0


def _raise(case: Case, reason: CallReason, *, cause: str, at: datetime) -> None:
    """The same cause raises one call only."""
    _task, fresh = CallTask.objects.get_or_create(cause=cause, defaults={"case": case, "reason": reason, "raised_at": at})
    if fresh:
        life.note_internally(case, EventKind.CALL_DUE, at=at, by=None, facts={"reason": reason})
