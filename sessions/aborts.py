"""A session that has begun is broken off (rule R6).

It is said through whose fault, and why; the client reads both. Through ours the session is aborted: its minutes are
free, nothing is posted, and what was held is free again. Through the client's or nobody's the hours so far are
submitted for confirmation like any others, with the fault kept beside them. Where nothing had been logged there is
nothing to confirm: the session is cancelled, and costs nothing. Breaking off is never sanctioned by itself; a client
who does not come at all is a no-show (rule C10).
"""

from datetime import datetime

from django.db import transaction

from clients.access import manages
from core.errors import NotAllowed
from core.reasons import reasoned
from credits import accounts, ledger
from people.models import Person
from sessions import cover, hours_messages, life, worklogs
from sessions.crew import dismiss, may_run
from sessions.models import Fault, Session, State
from sessions.models.sessions import EventKind
from sessions.receipts import receipt

RUNNING = (State.IN_PROGRESS, State.PAUSED)


@transaction.atomic
def abort(*, session: Session, fault: Fault, reason: str, summary: str, by: Person, at: datetime) -> Session:
    """Break the session off; `reason` is what happened, `summary` what was done where hours are to be confirmed (rule R6).

    The technicians can be booked again. Raises NotAllowed, SessionMovedOn where it does not run, ReasonMissing where
    either is needed and not said, LateWorkUnanswered(minutes).
    """
    accounts.lock([session.account_id])
    session = life.locked(session)
    if not (may_run(by, session) or manages(by, session.organisation)):
        raise NotAllowed
    life.require(session, *RUNNING)
    reason = reasoned(reason)
    worked = receipt(session).raw_minutes
    life.note(session, EventKind.ABORTED, at=at, by=by, reason=reason, facts={"fault": fault.value, "minutes": worked})
    if fault != Fault.OURS and worked:
        worklogs.hand_in(session, summary=summary, by=by, at=at, fault=fault)
        return session
    state = State.ABORTED if fault == Fault.OURS else State.CANCELLED
    life.step(session, to=state, at=at, fault=fault, raw_minutes=worked, free_minutes=worked, charged_minutes=0)
    ledger.void(hold=life.hold(session), at=at)
    dismiss(session)
    hours_messages.broken_off(session, reason=reason, by=by, at=at)
    cover.follow_account(account_id=session.account_id, at=at)
    return session
