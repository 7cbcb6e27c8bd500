"""The life of a session: which state may follow which, and the trace that every step leaves (rule R6)."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from people.models import Person
from sessions.models import Session, SessionEvent, State
from sessions.models.sessions import EventKind

MOVES: dict[State, frozenset[State]] = {
    State.REQUESTED: frozenset({State.AWAITING_TOP_UP, State.SCHEDULED, State.CANCELLED}),
    State.AWAITING_TOP_UP: frozenset({State.SCHEDULED, State.CANCELLED, State.RELEASED}),
    State.SCHEDULED: frozenset({State.AWAITING_TOP_UP, State.IN_PROGRESS, State.CANCELLED, State.MISSED}),
    State.IN_PROGRESS: frozenset({State.PAUSED, State.SUBMITTED, State.ABORTED, State.MISSED}),
    State.PAUSED: frozenset({State.IN_PROGRESS, State.SUBMITTED, State.ABORTED}),
    State.SUBMITTED: frozenset({State.IN_PROGRESS, State.CONFIRMED, State.DISPUTED}),
    State.DISPUTED: frozenset({State.SETTLED}),
}


class SessionMovedOn(DomainError):
    """The session is no longer in a state from which this can be done: somebody else was first."""

    message = _("This session has moved on meanwhile. Nothing was changed; look at it again.")


def locked(session: Session) -> Session:
    """The session's row as it is now, locked until the transaction ends. Lock its account first (see credits)."""
    return Session.objects.select_for_update(of=("self",)).select_related("organisation", "account", "hold").get(pk=session.pk)


def step(session: Session, *, to: State, at: datetime, **columns: Any) -> None:
    """Move `session` to another state by one guarded UPDATE, with the `columns` that change along.

    Raises SessionMovedOn where the row is in a state from which `to` cannot be reached.
    """
    sources = [state for state, targets in MOVES.items() if to in targets]
    columns |= {"state": to}
    if not MOVES.get(to):
        columns["closed_at"] = at
    if not Session.objects.filter(pk=session.pk, state__in=sources).update(**columns):
        raise SessionMovedOn
    for name, value in columns.items():
        setattr(session, name, value)


def note(
    session: Session, kind: EventKind, *, at: datetime, by: Person | None, reason: str = "", facts: dict[str, Any] | None = None
) -> SessionEvent:
    """Leave a trace: who did what when, and why. `by` None is the system itself."""
    return SessionEvent.objects.create(session=session, kind=kind, at=at, by=by, reason=reason, facts=facts or {})
