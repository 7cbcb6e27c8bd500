"""What the passing of time does to submitted and disputed hours (rule C8). Jobs: run as often as one likes.

Each finds what may be due, and lets the verb decide under its locks; somebody who acts at the same moment is never
in the way. `at` is now; each returns how many it acted on.
"""

from datetime import datetime

from django.db.models import Max, Q, QuerySet

from sessions import confirmation, disputes
from sessions.life import SessionMovedOn
from sessions.models import Dispute, Session, State
from sessions.models.sessions import EventKind


def remind_unconfirmed(at: datetime) -> int:
    """Remind approvers of hours that wait for their confirmation, after every so many working days (rule C8)."""
    reminded = 0
    for session in _waiting().annotate(reminded_at=Max("events__at", filter=Q(events__kind=EventKind.REMINDED))):
        number, due = confirmation.last_reminder_due(session, at=at)
        if number and (session.reminded_at is None or session.reminded_at < due):
            reminded += _remind(session, at)
    return reminded


def confirm_silent(at: datetime) -> int:
    """Confirm hours by silence where that was agreed and the announced date has come (rule C8)."""
    confirmed = 0
    for session in _waiting():
        due = confirmation.silence_confirms_at(session)
        if due is not None and due <= at:
            confirmed += _confirm(session, at)
    return confirmed


def lapse_disputes(at: datetime) -> int:
    """Let the client's figures stand in disputes that nobody settled in time (rule C8)."""
    overdue = Dispute.objects.filter(outcome="", due_at__lt=at).select_related("session").order_by("due_at", "pk")
    return sum(_lapse(dispute, at) for dispute in overdue)


def _waiting() -> QuerySet[Session]:
    return Session.objects.filter(state=State.SUBMITTED).order_by("submitted_at", "pk")


def _remind(session: Session, at: datetime) -> int:
    try:
        return int(confirmation.remind(session=session, at=at) is not None)
    except SessionMovedOn:
        return 0


def _confirm(session: Session, at: datetime) -> int:
    try:
        confirmation.confirm_by_silence(session=session, at=at)
    except (SessionMovedOn, confirmation.SilenceNotConfirming):
        return 0
    return 1


def _lapse(dispute: Dispute, at: datetime) -> int:
    try:
        disputes.lapse(dispute=dispute, at=at)
    except SessionMovedOn:
        return 0
    return 1
