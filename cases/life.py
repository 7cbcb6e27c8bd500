"""The life of a case: which state may follow which, the trace that every step leaves, and who may act (rule S1)."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases.models import Case, CaseEvent, EventKind, State
from clients.access import acts_for, has_duty, manages
from clients.models import StaffDuty
from clients.support_terms import SupportTerms
from core import rows
from core.errors import DomainError
from people.models import Person

MOVES: dict[State, frozenset[State]] = {
    State.NEW: frozenset({State.OPEN, State.WAITING, State.PROPOSED, State.CLOSED}),
    State.OPEN: frozenset({State.WAITING, State.PROPOSED, State.CLOSED}),
    State.WAITING: frozenset({State.OPEN, State.PROPOSED, State.CLOSED}),
    State.PROPOSED: frozenset({State.OPEN, State.WAITING, State.CLOSED}),
    State.CLOSED: frozenset({State.OPEN}),  # reopened (rule S11)
}


class CaseMovedOn(DomainError):
    """The case is no longer in a state from which this can be done: somebody else was first."""

    message = _("This case has moved on meanwhile. Nothing was changed; look at it again.")


class CaseClosed(DomainError):
    """The case is closed; it can be reopened, or another one opened."""

    message = _("This case is closed. Nothing was changed; reopen it, or report a new case.")


def locked(case: Case) -> Case:
    """The row as it is now, locked until the transaction ends. Every verb that changes a case begins with it."""
    found = Case.objects.select_for_update(of=("self",)).select_related("organisation", "reporter", "owner")
    return rows.as_it_stands(found.get(pk=case.pk))


def locked_open(case: Case) -> Case:
    """The same, of a case that is not closed. Raises CaseClosed."""
    current = locked(case)
    if current.state == State.CLOSED:
        raise CaseClosed
    return current


def step(case: Case, *, to: State, at: datetime, **columns: Any) -> None:
    """Move `case`, locked before, to another state by one guarded UPDATE, with the `columns` that change along.

    To close it, `closed_as` is one of them. Raises CaseMovedOn where the row is in a state from which `to` cannot be reached.
    """
    sources = [state for state, targets in MOVES.items() if to in targets]
    columns |= {"state": to, "closed_at": at if to == State.CLOSED else None}
    columns.setdefault("closed_as", "")
    if not Case.objects.filter(pk=case.pk, state__in=sources).update(**columns):
        raise CaseMovedOn
    for name, value in columns.items():
        setattr(case, name, value)


def amend(case: Case, **columns: Any) -> None:
    """Change `columns` of a case that stays in its state, by one guarded UPDATE. Raises CaseMovedOn."""
    if not Case.objects.filter(pk=case.pk, state=case.state).update(**columns):
        raise CaseMovedOn
    for name, value in columns.items():
        setattr(case, name, value)


def note(
    case: Case, kind: EventKind, *, at: datetime, by: Person | None, reason: str = "", facts: dict[str, Any] | None = None
) -> CaseEvent:
    """Leave a trace that the client may read: who did what when, and why. `by` None is the system itself."""
    event = CaseEvent(case=case, kind=kind, at=at, by=by, reason=reason, facts=facts or {})
    rows.insert(event)
    return event


def note_internally(
    case: Case, kind: EventKind, *, at: datetime, by: Person | None, reason: str = "", facts: dict[str, Any] | None = None
) -> CaseEvent:
    """The same for staff only."""
    event = CaseEvent(case=case, kind=kind, at=at, by=by, reason=reason, facts=facts or {}, internal=True)
    rows.insert(event)
    return event


def terms_of(case: Case) -> SupportTerms:
    """The support terms that were in force when the case was reported (rule P3)."""
    return SupportTerms.from_json(case.terms)


def may_work(person: Person, case: Case) -> bool:
    """Whether `person` may answer, assign and log time: technicians, dispatchers, and the client's account manager."""
    return person.is_active and (has_duty(person, StaffDuty.TECHNICIAN, StaffDuty.DISPATCHER) or manages(person, case.organisation))


def may_direct(person: Person, case: Case) -> bool:
    """Whether `person` may decide about priorities and objections: dispatchers, and the client's account manager."""
    return person.is_active and (has_duty(person, StaffDuty.DISPATCHER) or manages(person, case.organisation))


def may_speak(person: Person, case: Case) -> bool:
    """Whether `person` speaks for the client in this case: a member of the organisation who is no reader."""
    return person.is_active and acts_for(person, case.organisation)
