"""What the page of one session shows its client."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from clients.access import acts_for
from clients.portal import SignedIn
from credits import spending
from people.models import Person
from sessions import (
    attendance,
    confirmation,
    consents,
    cover,
    declines,
    factors,
    late_work,
    pauses,
    penalties,
    previews,
    receipts,
    unplanned,
)
from sessions.changes import quote
from sessions.chronicle import chronicle
from sessions.crew import crew
from sessions.models import Consent, PenaltyKind, Session, SessionKind, State
from sessions.models.sessions import BEFORE_WORK, EventKind
from sessions.preparation import BEFORE_THE_END
from sessions.views.both_sides import shared

CHANGEABLE = (State.AWAITING_TOP_UP, State.SCHEDULED)
RUNNING = (State.IN_PROGRESS, State.PAUSED)


def facts(session: Session, *, person: Person, at: datetime) -> dict[str, Any]:
    """The session with what it asks for now, what a change would cost, and all that happened. `person` is a member."""
    deciders = spending.deciders(session.account, at=at)
    is_approver = person in deciders
    shown: dict[str, Any] = {
        "session": session,
        "factor": factors.of(session),
        "now": at,
        "technicians": list(crew(session).select_related("person")),
        "events": chronicle(session),
        "is_approver": is_approver,
        "approvers": () if is_approver else deciders,
        "may_change": is_approver or spending.may_spend(person, session.account, at=at),
        "speaks": acts_for(person, session.organisation),
        "may_answer": consents.may_answer(person, session, at=at),
        "attendees": attendance.attending(session),
        "may_arrange": attendance.may_arrange(person, session, at=at),
        "before_work": session.state in BEFORE_WORK,
        "before_the_end": session.state in BEFORE_THE_END,
        "penalties": [(penalty, penalty.can_be_disputed(at)) for penalty in penalties.of_session(session)],
    }
    if session.state in CHANGEABLE:
        shown["postponing"] = quote(session=session, kind=PenaltyKind.POSTPONE, at=at)
        shown["cancelling"] = quote(session=session, kind=PenaltyKind.CANCEL, at=at)
        shown["declined"] = declines.standing(session)
    if session.state in (State.AWAITING_TOP_UP, State.REQUESTED):
        shown["missing_minutes"] = cover.missing_minutes(session)
    if session.submitted_at is not None or (session.state == State.ABORTED and session.raw_minutes):
        shown |= hours_facts(session)
    return shown | _asked(session) | _course(session, person=person, at=at)


def may_cancel(session: Session) -> bool:
    """Whether its client can cancel the session: a booking, or unplanned work that was agreed to and has not begun (rule R8)."""
    return session.state in CHANGEABLE or (session.state == State.REQUESTED and session.hold_id is not None)


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


def _asked(session: Session) -> dict[str, Any]:
    """What the client is asked: for more time or unplanned work, and whether work logged late is accepted (rules C8, R6, R8)."""
    question = None
    if session.state in consents.ANSWERABLE:
        question = session.consents.filter(given=None).select_related("asked_by").first()
    return {
        "question": question,
        "cost": cost_of(question) if question is not None else None,
        "begins": question is not None and unplanned.is_proposal(question),
        "late_questions": list(late_work.questions(session)) if session.state in late_work.ANSWERABLE else [],
    }


def cost_of(question: Consent) -> dict[str, Any]:
    """What a yes holds and counts, and what of it is there; what counts without an answer. Minutes."""
    session = question.session
    begins = unplanned.is_proposal(question)
    wanted = session.held_minutes if begins else receipts.charge_of(session, question.minutes)
    waits = begins and session.kind == SessionKind.UNPLANNED
    account = session.account
    missing = consents.missing_minutes(session, held=wanted)
    if waits and not session.postpaid:
        missing = previews.missing_minutes(account=account, wanted=wanted)
    started = session.events.filter(kind=EventKind.STARTED).first() if session.kind == SessionKind.URGENT else None
    return {
        "is_open": session.state in consents.ANSWERABLE,
        "agreed_minutes": receipts.agreed_minutes(session),
        "factor": factors.of(session),
        "cost_minutes": wanted,
        "available_minutes": account.available_minutes,
        "missing_minutes": missing,
        "postpaid": session.postpaid,
        "waits": waits,
        "urgency": started.reason if started else "",
    }


def _course(session: Session, *, person: Person, at: datetime) -> dict[str, Any]:
    """How it goes on: whether it stands still, has to stop, was broken off, and what client and credit let it do (rules R6, R8)."""
    running = session.state in RUNNING
    stood_still = pauses.pauses_of(session)
    logged = sum(entry.minutes for entry in session.work.filter(live=True)) if running else 0
    return shared(session, person=person, at=at, stood_still=stood_still, logged_minutes=logged) | {
        "pause": stood_still[-1] if session.state == State.PAUSED else None,
        "must_stop": running and receipts.must_stop(session),
        "agreed_minutes": receipts.agreed_minutes(session) if running else 0,
        "covered_minutes": session.hold.covered_minutes if session.hold else 0,
        "broken_off": session.events.filter(kind=EventKind.ABORTED).select_related("by").last() if session.fault else None,
    }


def usual_account(request: SignedIn) -> dict[str, Any]:
    """What stands in an empty form: an account of the organisation that the reader works for now."""
    if request.organisation is None:
        return {}
    first = spending.spendable(request.user, at=timezone.now()).filter(organisation=request.organisation).first()
    return {"account": first.pk} if first else {}
