"""What the page of one session shows its client."""

from datetime import datetime
from typing import Any

from clients import access
from people.models import Person
from sessions import confirmation, consents, cover, receipts
from sessions.changes import quote
from sessions.chronicle import chronicle
from sessions.crew import crew
from sessions.models import PenaltyKind, Session, State
from sessions.models.sessions import BEFORE_WORK

CHANGEABLE = (State.AWAITING_TOP_UP, State.SCHEDULED)


def facts(session: Session, *, person: Person, at: datetime) -> dict[str, Any]:
    """The session with what it asks for now, what a change would cost, and all that happened. `person` is a member."""
    is_approver = access.is_approver(person, session.organisation, at=at)
    shown: dict[str, Any] = {
        "session": session,
        "now": at,
        "technicians": list(crew(session).select_related("person")),
        "events": chronicle(session),
        "is_approver": is_approver,
        "approvers": () if is_approver else list(access.approvers(session.organisation, at=at)),
        "question": session.consents.filter(given=None).select_related("asked_by").first(),
        "may_answer": consents.may_answer(person, session, at=at),
        "before_work": session.state in BEFORE_WORK,
    }
    if session.state in CHANGEABLE:
        shown["postponing"] = quote(session=session, kind=PenaltyKind.POSTPONE, at=at)
        shown["cancelling"] = quote(session=session, kind=PenaltyKind.CANCEL, at=at)
    if session.state == State.AWAITING_TOP_UP:
        shown["missing_minutes"] = cover.missing_minutes(session)
    if session.submitted_at is not None:
        shown |= hours_facts(session)
    return shown


def hours_facts(session: Session) -> dict[str, Any]:
    """The submitted hours: the receipt, what of it is not covered, and the dates that count for it (rules C7, C8)."""
    hold = session.hold
    return {
        "receipt": receipts.receipt(session),
        "uncovered_minutes": hold.missing_minutes if hold is not None and session.state == State.SUBMITTED else 0,
        "silence_at": confirmation.silence_confirms_at(session) if session.state == State.SUBMITTED else None,
        "contest_until": confirmation.contest_until(session),
        "dispute": session.disputes.filter(round=session.round).select_related("raised_by", "settled_by").first(),
    }
