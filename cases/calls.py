"""Calls that we owe the reporter (rules S9, S10): raised by the system, closed by a note of what was said."""

from datetime import datetime, timedelta
from typing import Any

from cases import life
from cases.models import CallReason, CallTask, Case, CaseTime, EventKind
from clients import provider
from clients.models import Priority
from people.models import Person


def after_answer(case: Case, *, at: datetime) -> None:
    """Raise a call once so many answers have not solved it (rule S9): three, or what the plan says."""
    limit = life.terms_of(case).call_after_answers
    if limit is None:
        return
    answers = case.events.filter(kind=EventKind.ANSWERED).count()
    if answers >= limit and not case.call_tasks.filter(reason=CallReason.ANSWERS).exists():
        _raise(case, CallReason.ANSWERS, cause=f"case:{case.pk}:call:answers", at=at)


def after_work(case: Case, *, at: datetime) -> None:
    """Raise a call each time that more than so much work has been logged, over all who worked (rule S10). Exactly that raises none."""
    limit = life.terms_of(case).call_after_minutes
    if limit is None:
        return
    spent = sum((entry.ended_at - entry.started_at for entry in CaseTime.objects.filter(case=case, live=True)), timedelta())
    passed = -(-int(spent.total_seconds()) // (limit * 60)) - 1
    if passed > 0:
        _raise(case, CallReason.WORK, cause=f"case:{case.pk}:call:work:{passed}", at=at)


def made(case: Case, *, note: str, by: Person, at: datetime) -> None:
    """A call was made: it closes every call that was due."""
    case.call_tasks.filter(closed_at=None).update(closed_at=at, closed_by=by, note=note)


def to_urge(case: Case) -> dict[str, Any]:
    """What the confirmation of an urgent report shows (rule S15): whether a call should follow, and which number to call."""
    numbers = life.terms_of(case).phone_numbers
    number = numbers.get(case.organisation.country) or next(iter(numbers.values()), "") or provider.current().phone
    asked = case.priority_asked or case.priority
    return {"urged": Priority.objects.filter(number=asked, call_urged=True).exists(), "phone": number}


def _raise(case: Case, reason: CallReason, *, cause: str, at: datetime) -> None:
    """The same cause raises one call only."""
    _task, fresh = CallTask.objects.get_or_create(cause=cause, defaults={"case": case, "reason": reason, "raised_at": at})
    if fresh:
        life.note_internally(case, EventKind.CALL_DUE, at=at, by=None, facts={"reason": reason})
