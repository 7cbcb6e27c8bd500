"""Word about penalties: disputed, standing, taken back (rules C10, C13, M4)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.urls import reverse

from clients import access
from credits import spending
from notices import outbox
from people.models import Person
from sessions.crew import crew
from sessions.models import PenaltyDispute, Session, SessionEvent


def disputed(dispute: PenaltyDispute, *, at: datetime) -> None:
    """Hand the dispute to the account manager and the deputy."""
    session = dispute.session
    context = {"session": session, "dispute": dispute, "minutes": -dispute.entry.minutes}
    _compose(
        f"session:{session.pk}:penalty:{dispute.entry_id}:disputed", access.managers(session.organisation), "penalty_disputed", context, at
    )


def stands(dispute: PenaltyDispute, event: SessionEvent) -> None:
    """Tell the client that the penalty stands, and why."""
    minutes = -dispute.entry.minutes
    _tell(dispute.session, event, _clients(dispute.session, at=event.at), "penalty_stands", dispute=dispute, minutes=minutes)


def waived(session: Session, event: SessionEvent, *, minutes: int, disputed: bool) -> None:
    """Tell the client that the penalty was taken back, and the technicians, for it was their session."""
    crew_members = [technician.person for technician in crew(session).select_related("person")]
    people = [*_clients(session, at=event.at), *crew_members]
    _tell(session, event, people, "penalty_waived", minutes=minutes, disputed=disputed)


def _clients(session: Session, *, at: datetime) -> list[Person]:
    """Who decides about the account, and who booked the session, if a member of the client still."""
    booker = session.requested_by
    bookers = [booker] if access.is_member(booker, session.organisation) else []
    return [*spending.deciders(session.account, at=at), *bookers]


def _tell(session: Session, event: SessionEvent, people: Iterable[Person], template: str, **context: Any) -> None:
    """Write to each of `people` once, with the address of the page that is theirs: the desk's for our own people."""
    readers: dict[str, dict[int, Person]] = {"session": {}, "desk-session": {}}
    for person in people:
        readers["desk-session" if access.is_provider_staff(person) else "session"][person.pk] = person
    for page, group in readers.items():
        facts = {"session": session, "event": event, "page": reverse(page, args=[session.pk]), **context}
        _compose(f"session:{session.pk}:event:{event.pk}", group.values(), template, facts, event.at)


def _compose(cause: str, people: Iterable[Person], template: str, context: dict[str, Any], at: datetime) -> None:
    outbox.compose(cause=cause, people=people, template=f"sessions/mail/{template}", context=context, at=at)
