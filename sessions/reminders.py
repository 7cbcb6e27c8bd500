"""Reminders before a session, so that nobody loses hours for want of one (rules R5, R3).

Each agreed start is told of at every so many minutes before it (*setting*: 48 h, 25 h and 1 h; elapsed time, whatever
clocks do), once to each person. What was past when the start was agreed is not made up for; after a standstill only the
reminder nearest to the start goes out. A start that is left takes the reminders that were not sent yet with it; the next
one has its own.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.db import transaction

from core.batches import each
from notices import outbox
from people.models import Person
from sessions import life, reminder_messages
from sessions.models import Session, SessionTerms, State


def remind_due(at: datetime) -> int:
    """Write the reminders whose time has come; of how many sessions (rule R5). Three queries where there are none."""
    offsets = _offsets()
    if not offsets:
        return 0
    coming = Session.objects.filter(state=State.SCHEDULED, starts_at__gt=at, starts_at__lte=at + timedelta(minutes=max(offsets)))
    due = {session: offset for session in coming.order_by("starts_at", "pk") if (offset := due_offset(session, offsets, at=at))}
    told = outbox.written(cause(session, offset) for session, offset in due.items())
    return each([session for session, offset in due.items() if cause(session, offset) not in told], lambda session: _remind(session, at))


def due_offset(session: Session, offsets: Iterable[int], *, at: datetime) -> int | None:
    """Which of the reminders of the present start is due at `at`, in minutes before it; None where none is (rule R5).

    Of several the one nearest to the start: the others come too late to help. What was past when the start was agreed
    does not count, for then everybody was told anyway.
    """
    if session.state != State.SCHEDULED or session.starts_at is None or session.agreed_at is None or session.starts_at <= at:
        return None
    start = session.starts_at.astimezone(UTC)
    return min((offset for offset in offsets if session.agreed_at < start - timedelta(minutes=offset) <= at), default=None)


def drop(session: Session, *, people: Iterable[Person] | None = None) -> None:
    """The present start of `session` is left, by all or by `people`: what was written about it and not sent is withdrawn (rule R5)."""
    outbox.withdraw_all(prefix=_causes(session), people=people)


def cause(session: Session, offset: int) -> str:
    """Names the reminder `offset` minutes before the agreed start.

    With its instant, for a booking that lost its cover may be moved, and agreed again under the same number (rule C6).
    """
    at = session.starts_at.astimezone(UTC).isoformat(timespec="minutes") if session.starts_at else ""
    return f"{_causes(session)}{offset}:{at}"


def _causes(session: Session) -> str:
    return f"session:{session.pk}:start:{session.start_number}:reminder:"


def _offsets() -> list[int]:
    """Minutes before the start, by the terms in force; none before the first profile is loaded."""
    terms = SessionTerms.objects.filter(pk=1).first()
    return [minutes for minutes in terms.reminder_minutes if minutes > 0] if terms else []


@transaction.atomic
def _remind(session: Session, at: datetime) -> bool:
    """Under the session's lock everything is asked again: it may have been moved, or another loop been quicker."""
    session = life.locked(session)
    offset = due_offset(session, _offsets(), at=at)
    if offset is None or outbox.written([cause(session, offset)]):
        return False
    return bool(reminder_messages.remind(session, cause=cause(session, offset), at=at))
