"""The life of a session: which state may follow which, and the trace that every step leaves (rule R6)."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from core import rows
from core.errors import DomainError
from credits.ledger import Hold
from people.models import Person
from sessions.models import Session, SessionEvent, State, WorkEntry
from sessions.models.sessions import EventKind

MOVES: dict[State, frozenset[State]] = {
    # Unplanned work has no time to be scheduled for: it is started as it is requested (rule R8).
    State.REQUESTED: frozenset({State.AWAITING_TOP_UP, State.SCHEDULED, State.IN_PROGRESS, State.CANCELLED}),
    State.AWAITING_TOP_UP: frozenset({State.SCHEDULED, State.CANCELLED, State.RELEASED}),
    State.SCHEDULED: frozenset({State.AWAITING_TOP_UP, State.IN_PROGRESS, State.CANCELLED, State.MISSED}),
    # Broken off through our fault it is aborted, else submitted; before any work it is cancelled (rule R6).
    State.IN_PROGRESS: frozenset({State.PAUSED, State.SUBMITTED, State.ABORTED, State.MISSED, State.CANCELLED}),
    State.PAUSED: frozenset({State.IN_PROGRESS, State.SUBMITTED, State.ABORTED, State.CANCELLED}),
    State.SUBMITTED: frozenset({State.IN_PROGRESS, State.CONFIRMED, State.DISPUTED}),
    State.CONFIRMED: frozenset({State.DISPUTED}),  # only what silence confirmed, and only for a while (rule C8)
    State.DISPUTED: frozenset({State.SETTLED}),
}
CLOSED = frozenset({State.CONFIRMED, State.SETTLED, State.CANCELLED, State.MISSED, State.RELEASED, State.ABORTED})


class SessionMovedOn(DomainError):
    """The session is no longer in a state from which this can be done: somebody else was first."""

    message = _("This session has moved on meanwhile. Nothing was changed; look at it again.")


def locked(session: Session) -> Session:
    """The session's row as it is now, locked until the transaction ends. Lock its account first (see credits)."""
    found = Session.objects.select_for_update(of=("self",)).select_related("organisation", "account", "hold")
    return rows.as_it_stands(found.get(pk=session.pk))


def locked_as_read(session: Session) -> Session:
    """The same for somebody who decides on hours: those that were read, not others submitted meanwhile.

    Raises SessionMovedOn where a new round has begun since `session` was read.
    """
    current = locked(session)
    if current.round != session.round:
        raise SessionMovedOn
    return current


def hold(session: Session) -> Hold:
    """What is held for `session`. A session that can be worked in always has it; raises SessionMovedOn elsewhere."""
    if session.hold is None:
        raise SessionMovedOn
    return session.hold


def require(session: Session, *states: State) -> None:
    """Let a verb go on only where `session`, locked before, is in one of `states`. Raises SessionMovedOn elsewhere."""
    if session.state not in states:
        raise SessionMovedOn


def step(session: Session, *, to: State, at: datetime, **columns: Any) -> None:
    """Move `session` to another state by one guarded UPDATE, with the `columns` that change along.

    Raises SessionMovedOn where the row is in a state from which `to` cannot be reached.
    """
    sources = [state for state, targets in MOVES.items() if to in targets]
    columns |= {"state": to, "closed_at": at if to in CLOSED else None}
    if not Session.objects.filter(pk=session.pk, state__in=sources).update(**columns):
        raise SessionMovedOn
    for name, value in columns.items():
        setattr(session, name, value)


def amend(session: Session, **columns: Any) -> None:
    """Change `columns` of a session that stays in its state, by one guarded UPDATE. Raises SessionMovedOn."""
    if not Session.objects.filter(pk=session.pk, state=session.state).update(**columns):
        raise SessionMovedOn
    for name, value in columns.items():
        setattr(session, name, value)


def note(
    session: Session, kind: EventKind, *, at: datetime, by: Person | None, reason: str = "", facts: dict[str, Any] | None = None
) -> SessionEvent:
    """Leave a trace: who did what when, and why. `by` None is the system itself."""
    event = SessionEvent(session=session, kind=kind, at=at, by=by, reason=reason, facts=facts or {})
    rows.insert(event)
    return event


def facts_of(entry: WorkEntry) -> dict[str, Any]:
    """Time worked as events keep it."""
    return {
        "entry": entry.pk,
        "person": entry.person_id,
        "started_at": entry.started_at.isoformat(),
        "ended_at": entry.ended_at.isoformat(),
        "minutes": entry.minutes,
    }
