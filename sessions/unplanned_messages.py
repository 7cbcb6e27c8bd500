"""Word about unplanned and urgent work: may it be done, what was answered, may it begin (rules R8, C6, M4).

Approvers are asked, for the yes is theirs. Our own people learn the answer: who proposed it, and who does it.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.urls import reverse

from credits import spending
from notices import outbox
from people.models import Person
from sessions import crew, factors
from sessions.models import Consent, Session, SessionEvent
from sessions.receipts import limit_minutes


def proposed(consent: Consent, *, at: datetime) -> None:
    """Ask the approvers whether the work may be done."""
    _tell_approvers(consent.session, "proposed", "proposed", {"consent": consent}, at)


def urgent_started(consent: Consent, event: SessionEvent) -> None:
    """Tell the approvers that urgent work has begun, why, and how much of it counts without their yes; ask for it."""
    context = {"consent": consent, "event": event, "cap": limit_minutes(consent.session)}
    _tell_approvers(consent.session, "urgent", "urgent_started", context, event.at)


def answered(consent: Consent, *, at: datetime) -> None:
    """Tell our own people what the client has answered, and what follows."""
    session = consent.session
    context = {"consent": consent, "page": reverse("desk-session", args=[session.pk])}
    _compose(session, f"consent:{consent.pk}:answered", _ours(session), "proposal_answered", context, at)


def awaiting_top_up(session: Session, event: SessionEvent, *, missing: int) -> None:
    """Tell the approvers exactly how much credit is missing before agreed work can begin (rule C6)."""
    top_up = f"{reverse('topup-new', args=[session.account_id])}?at_least={missing}"
    _tell_approvers(session, f"event:{event.pk}", "unplanned_awaits", {"missing": missing, "top_up": top_up}, event.at)


def covered(session: Session, event: SessionEvent, *, uncovered: int = 0) -> None:
    """Tell both sides that agreed work can begin; `uncovered` minutes are owed on confirmation (rules C5, C6)."""
    context = {"event": event, "uncovered": uncovered}
    cause = f"event:{event.pk}"
    _tell_approvers(session, cause, "unplanned_covered", {**context, "page": reverse("session", args=[session.pk])}, event.at)
    page = reverse("desk-session", args=[session.pk])
    _compose(session, cause, _ours(session), "unplanned_covered", {**context, "page": page}, event.at)


def _ours(session: Session) -> list[Person]:
    """Who proposed it, and who does it."""
    technicians = [technician.person for technician in crew.crew(session).select_related("person")]
    return list({person.pk: person for person in [session.requested_by, *technicians]}.values())


def _tell_approvers(session: Session, cause: str, template: str, context: dict[str, Any], at: datetime) -> None:
    _compose(session, cause, spending.deciders(session.account, at=at), template, context, at)


def _compose(session: Session, cause: str, people: Iterable[Person], template: str, context: dict[str, Any], at: datetime) -> None:
    outbox.compose(
        cause=f"session:{session.pk}:{cause}",
        people=people,
        template=f"sessions/mail/{template}",
        context={"session": session, "factor": factors.of(session), **context},
        at=at,
    )
