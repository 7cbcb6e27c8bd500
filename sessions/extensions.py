"""More time for a session that runs, in the calendars too (rules C8, R2).

A technician asks for a total, as for any consent (`sessions.consents`), and the session then ends when that has been
worked. How far the crew's time reaches, and what credit is missing, is said at once. With the client's yes, which is
one tap, time, reservations and hold grow together, or nothing does.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from people.models import Person
from sessions import consents, life, reach
from sessions.models import Consent, Session, SessionKind, State
from sessions.receipts import charge_of

RUNNING = (State.IN_PROGRESS, State.PAUSED)


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """What a total would mean: the new end, how long everybody is free beyond the present one, what credit is missing."""

    ends_at: datetime
    free_minutes: int
    missing_minutes: int


@transaction.atomic
def ask(*, session: Session, minutes: int, reason: str, by: Person, at: datetime) -> Consent:
    """Ask the client to agree to `minutes` in all, in man-minutes, and to a session that goes on until they are worked (rule C8).

    Raises NotAllowed, ReasonMissing, ConsentNotNeeded(agreed), ConsentAlreadyAsked, TechnicianTaken(free_minutes),
    SessionMovedOn where the session does not run or has no time.
    """
    session = life.locked(session)
    life.require(session, *RUNNING)
    ends_at = new_end(session, minutes)
    reach.check(session, ends_at=ends_at)
    return consents.ask_consent(session=session, minutes=minutes, reason=reason, by=by, at=at, ends_at=ends_at)


def can_extend(session: Session) -> bool:
    """Whether `session` runs by the calendar: booked for a time, with technicians reserved who have not handed in their hours."""
    return session.kind == SessionKind.BOOKED and session.state in RUNNING and session.submitted_at is None


def outlook(session: Session, minutes: int) -> Outlook:
    """What `minutes` in all would mean for the calendars and the credit. Reads only."""
    return Outlook(
        ends_at=new_end(session, minutes),
        free_minutes=reach.free_minutes(session),
        missing_minutes=consents.missing_minutes(session, held=charge_of(session, minutes)),
    )


def new_end(session: Session, minutes: int) -> datetime:
    """When `minutes` in all are worked, shared by everybody and counted from the agreed start; never before the present end.

    Raises SessionMovedOn for a session without a time.
    """
    if session.starts_at is None or session.ends_at is None:
        raise life.SessionMovedOn
    each = -(-minutes // session.technician_count)
    return max(session.starts_at + timedelta(minutes=each), session.ends_at)
