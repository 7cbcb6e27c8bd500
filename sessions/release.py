"""Giving up a booking for which no credit came in time (rule C6)."""

from datetime import datetime

from django.db import transaction

from credits import accounts, ledger
from credits.ledger import HoldState
from sessions import cover, crew, life, messages, reminders
from sessions.models import Session, State
from sessions.models.sessions import EventKind


@transaction.atomic
def release(*, session: Session, at: datetime) -> bool:
    """Release a booking at its deadline: no penalty, the time is open again, both sides are told (rule C6).

    Whether anything was done. One whose credit came at the last moment is scheduled instead.
    """
    accounts.lock([session.account_id])
    session = life.locked(session)
    if session.state != State.AWAITING_TOP_UP or session.top_up_by is None or session.top_up_by > at:
        return False
    hold = life.hold(session)
    if hold.state == HoldState.PLACED and cover.follow(session=session, at=at):
        return True
    technicians = list(crew.crew(session).select_related("person"))
    ledger.void(hold=hold, at=at)
    crew.dismiss(session)
    reminders.drop(session)
    life.step(session, to=State.RELEASED, at=at)
    event = life.note(session, EventKind.RELEASED, at=at, by=None, facts={"minutes": session.held_minutes})
    messages.released(session, event, technicians)
    cover.follow_account(account_id=session.account_id, at=at)
    return True
