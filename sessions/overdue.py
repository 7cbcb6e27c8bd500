"""What the passing of time does to submitted and disputed hours (rule C8). Jobs: run as often as one likes.

Each finds what may be due, and lets the verb decide under its locks; somebody who acts at the same moment is never
in the way. `at` is now; each returns how many it acted on.
"""

from datetime import datetime

from django.db.models import Max, Q, QuerySet

from core.batches import each
from sessions import confirmation, disputes
from sessions.life import SessionMovedOn
from sessions.models import Dispute, Session, State
from sessions.models.sessions import EventKind


def remind_unconfirmed(at: datetime) -> int:
    """Remind approvers of hours that wait for their confirmation, after every so many working days (rule C8)."""
    waiting = _waiting().annotate(reminded_at=Max("events__at", filter=Q(events__kind=EventKind.REMINDED)))
    return each(waiting, lambda session: _remind(session, session.reminded_at, at))


def confirm_silent(at: datetime) -> int:
    """Confirm hours by silence where that was agreed and the announced date has come (rule C8)."""
    return each(_waiting().filter(silence_confirms=True), lambda session: _confirm(session, at))


def lapse_disputes(at: datetime) -> int:
    """Let the client's figures stand in disputes that nobody settled in time (rule C8)."""
    overdue = Dispute.objects.filter(outcome="", due_at__lt=at).select_related("session").order_by("due_at", "pk")
    return each(overdue, lambda dispute: _lapse(dispute, at))


def _waiting() -> QuerySet[Session]:
    return Session.objects.filter(state=State.SUBMITTED).order_by("submitted_at", "pk")


def _remind(session: Session, reminded_at: datetime | None, at: datetime) -> bool:
    number, due = confirmation.last_reminder_due(session, at=at)
    if not number or (reminded_at is not None and reminded_at >= due):
        return False
    try:
        return confirmation.remind(session=session, at=at) is not None
    except SessionMovedOn:
        return False


def _confirm(session: Session, at: datetime) -> bool:
    due = confirmation.silence_confirms_at(session)
    if due is None or due > at:
        return False
    try:
        confirmation.confirm_by_silence(session=session, at=at)
    except (SessionMovedOn, confirmation.SilenceNotConfirming):
        return False
    return True


def _lapse(dispute: Dispute, at: datetime) -> bool:
    try:
        disputes.lapse(dispute=dispute, at=at)
    except SessionMovedOn:
        return False
    return True
