"""The client asks for an escalation: whoever is responsible for them hears of it, and phones (rules S5, S15)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases import calls, life, messages, priorities
from cases.models import CallReason, Case, EventKind
from core.errors import DomainError, NotAllowed
from core.once import at_one_moment
from core.reasons import reasoned
from people.models import Person


class AlreadyEscalated(DomainError):
    """One escalation at a time."""

    message = _("An escalation is asked for already; you will be phoned. Nothing has changed.")


class NotEscalated(DomainError):
    """There is no escalation to answer."""

    message = _("No escalation waits for an answer here. Nothing has changed.")


@at_one_moment()
@transaction.atomic
def escalate(case: Case, *, reason: str, by: Person, at: datetime) -> Case:
    """The client asks for more attention: the account manager, the deputy and the dispatchers are told, and a call is due.

    Raises NotAllowed, CaseClosed, AlreadyEscalated, ReasonMissing, ReasonTooLong.
    """
    case = life.locked_open(case)
    if not life.may_speak(by, case):
        raise NotAllowed
    if case.escalated_at is not None:
        raise AlreadyEscalated
    reason = reasoned(reason)
    life.amend(case, escalated_at=at)
    event = life.note(case, EventKind.ESCALATED, at=at, by=by, reason=reason)
    calls.ask_for(case, CallReason.ESCALATION, cause=f"escalation:{event.pk}", at=at)
    messages.happened(case, "escalated", event, [*priorities.directors(case), *messages.ours(case)])
    return case


@at_one_moment()
@transaction.atomic
def answer(case: Case, *, answer: str, by: Person, at: datetime) -> Case:
    """Answer the escalation: what was agreed, or done; the client reads it. Its call is made, or needed no more.

    Raises NotAllowed, CaseClosed, NotEscalated, ReasonMissing, ReasonTooLong.
    """
    case = life.locked_open(case)
    if not life.may_direct(by, case):
        raise NotAllowed
    if case.escalated_at is None:
        raise NotEscalated
    said = reasoned(answer)
    life.amend(case, escalated_at=None)
    case.call_tasks.filter(reason=CallReason.ESCALATION, closed_at=None).update(closed_at=at, closed_by=by, note=said)
    event = life.note(case, EventKind.ESCALATED, at=at, by=by, reason=said, facts={"answered": True})
    messages.happened(case, "escalation_answered", event, messages.clients(case))
    return case
