"""Word about bookings and their changes (rules C6, C10, M4). Each tells of one event, once to each person.

Who booked is told, and the technicians; approvers too where a top-up or a penalty is theirs to decide on. Every text
prints the exact cut-off until which a change is free. Hours and their confirmation have their own words.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.urls import reverse

from clients import access
from credits import spending
from notices import outbox
from people.models import Person
from sessions import crew, factors, quotes
from sessions.models import Session, SessionEvent, State, Technician


def booked(session: Session, event: SessionEvent, technicians: Iterable[Technician]) -> None:
    """Tell the technicians what they are to do and, where the time is agreed, who booked it."""
    agreed = session.state == State.SCHEDULED
    people = [*_technicians(technicians), *(_client(session, at=event.at) if agreed else [])]
    _compose("booked", session, event, people, agreed=agreed)


def awaiting_top_up(session: Session, event: SessionEvent, *, missing: int) -> None:
    """Tell who booked, and the approvers, exactly how much is missing and until when the time is kept (rule C6)."""
    _compose(
        "awaiting_top_up",
        session,
        event,
        [*_client(session, at=event.at), *spending.deciders(session.account, at=event.at)],
        missing=missing,
    )


def scheduled(session: Session, event: SessionEvent, *, uncovered: int = 0) -> None:
    """Tell everybody concerned that the time is agreed now; `uncovered` minutes are owed on confirmation (rules C5, C6)."""
    people = [*_client(session, at=event.at), *spending.deciders(session.account, at=event.at), *_technicians(crew.crew(session))]
    _compose("scheduled", session, event, people, uncovered=uncovered)


def released(session: Session, event: SessionEvent, technicians: Iterable[Technician]) -> None:
    """Tell both sides that the time was given up for want of a top-up, without penalty (rule C6)."""
    people = [
        *_client(session, at=event.at),
        *spending.deciders(session.account, at=event.at),
        *_technicians(technicians),
        *access.managers(session.organisation),
    ]
    _compose("released", session, event, people)


def changed(template: str, session: Session, event: SessionEvent, technicians: Iterable[Technician], **context: Any) -> None:
    """Tell of a postponement, a move of ours, a cancellation by either side, another agenda or a later end (rules C8, C10, R1).

    `template` is `postponed`, `moved`, `cancelled`, `called_off`, `agenda_changed`, `extended` or `used_up`. In the
    context: `cost` and `credited` in minutes, `was` the start, or the end, that was left.
    """
    people = [*_client(session, at=event.at), *([event.by] if event.by else []), *_technicians(technicians)]
    if context.get("cost") or context.get("credited"):
        people += spending.deciders(session.account, at=event.at)
    _compose(template, session, event, people, **context)


def _client(session: Session, *, at: datetime) -> list[Person]:
    """Who booked; where that was our account manager on the client's behalf, the client's approvers."""
    if access.is_member(session.requested_by, session.organisation):
        return [session.requested_by]
    return spending.deciders(session.account, at=at)


def _technicians(technicians: Iterable[Technician]) -> list[Person]:
    return [technician.person for technician in technicians]


def _compose(template: str, session: Session, event: SessionEvent, people: Iterable[Person], **context: Any) -> None:
    """Write to each of `people` once, with the address of the page that is theirs: the desk's for our own people."""
    readers: dict[str, dict[int, Person]] = {"session": {}, "desk-session": {}}
    for person in people:
        readers["desk-session" if access.is_provider_staff(person) else "session"][person.pk] = person
    for page, group in readers.items():
        outbox.compose(
            cause=f"session:{session.pk}:event:{event.pk}",
            people=group.values(),
            template=f"sessions/mail/{template}",
            context={
                "session": session,
                "event": event,
                "free_until": quotes.free_until(session),
                "factor": factors.of(session),
                "page": reverse(page, args=[session.pk]),
                **context,
            },
            at=event.at,
        )
