"""Word about bookings and their changes (rules C6, C10, M4, R4). Each tells of one event, once to each person.

Everybody who is invited is told, with an invitation for their calendar in the same mail; besides them who booked,
and approvers where a top-up or a penalty is theirs to decide on: they get the text alone. Every text prints the
exact cut-off until which a change is free. Hours and their confirmation have their own words.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import prefetch_related_objects
from django.urls import reverse

from clients import access
from credits import spending
from notices import outbox
from people.models import Person
from sessions import crew, factors, invitations, quotes, reminders
from sessions.invitations import Invitation
from sessions.models import Session, SessionEvent, Side, State, Technician

EXCUSED = "excused"
RELIEVED = "reassigned"


def booked(session: Session, event: SessionEvent, technicians: Iterable[Technician]) -> None:
    """Tell the technicians what they are to do and, where the time is agreed, who booked it.

    Who booked what awaits a top-up is told so, and invited, by `awaiting_top_up`.
    """
    if session.state == State.SCHEDULED:
        tell("booked", session, event, [*_technicians(technicians), *_client(session, at=event.at)], agreed=True)
        return
    invited = invitations.renew(session, event, sides=[Side.TECHNICIAN])
    _write("booked", session, event, _technicians(technicians), invited, {"agreed": False})


def awaiting_top_up(session: Session, event: SessionEvent, *, missing: int) -> None:
    """Tell who booked, and the approvers, exactly how much is missing and until when the time is kept (rule C6).

    Calendars know of the booking already, as it is now; who is not invited yet is invited.
    """
    _write("awaiting_top_up", session, event, _payers(session, event), invitations.complete(session, event), {"missing": missing})


def cover_lost(session: Session, event: SessionEvent, *, missing: int) -> None:
    """Tell the same of a booking whose time had been agreed, and its technicians that it awaits a top-up now (rule C6)."""
    invited = invitations.renew(session, event)
    ours = {pk: invitation for pk, invitation in invited.items() if invitation.side == Side.TECHNICIAN}
    theirs = {pk: invitation for pk, invitation in invited.items() if pk not in ours}
    payers = [person for person in _payers(session, event) if person.pk not in ours]
    _write("awaiting_top_up", session, event, payers, theirs, {"missing": missing})
    _write("uncovered", session, event, [], ours, {})


def scheduled(session: Session, event: SessionEvent, *, uncovered: int = 0) -> None:
    """Tell everybody concerned that the time is agreed now; `uncovered` minutes are owed on confirmation (rules C5, C6)."""
    tell("scheduled", session, event, [*_payers(session, event), *_technicians(crew.crew(session))], uncovered=uncovered)


def released(session: Session, event: SessionEvent, technicians: Iterable[Technician]) -> None:
    """Tell both sides that the time was given up for want of a top-up, without penalty (rule C6)."""
    people = [*_payers(session, event), *_technicians(technicians), *access.managers(session.organisation)]
    tell("released", session, event, people)


def changed(template: str, session: Session, event: SessionEvent, technicians: Iterable[Technician], **context: Any) -> None:
    """Tell who booked, the `technicians` and who did it of what calendars are to know (rules C8, C10, R1).

    `template` is `postponed`, `moved`, `cancelled`, `called_off`, `agenda_changed`, `extended`, `reassigned`. In the
    context: `cost` and `credited` in minutes, `was` the start, or the end, that was left.
    """
    people = [*_client(session, at=event.at), *([event.by] if event.by else []), *_technicians(technicians)]
    if context.get("cost") or context.get("credited"):
        people += spending.deciders(session.account, at=event.at)
    tell(template, session, event, people, **context)


def attendees_changed(session: Session, event: SessionEvent, *, person: Person, client: Iterable[Person]) -> None:
    """Tell that `person` comes or does not come on the client's side, where `client` are all who do from now on (rule C10)."""
    invited = invitations.renew(session, event, client=client)
    guest = {pk: invitation for pk, invitation in invited.items() if pk == person.pk and not invitation.excused}
    others = {pk: invitation for pk, invitation in invited.items() if pk not in guest}
    _write("invited", session, event, [], guest, {})
    _write("attendees_changed", session, event, [], others, {"guest": person, "comes": bool(guest)})


def tell(template: str, session: Session, event: SessionEvent, people: Iterable[Person] = (), **context: Any) -> None:
    """Tell everybody who is invited of `event`, with the session as it is now for their calendars; and `people` (rules M4, R4).

    SEQUENCE grows where calendars have to know (`invitations.CHANGES`); the session is locked. Besides `context` the template
    knows `session`, `event`, `free_until`, `factor` and `page`, the address of the reader's page.
    """
    _write(template, session, event, people, invitations.renew(session, event), context)


def inform(template: str, session: Session, event: SessionEvent, technicians: Iterable[Technician], **context: Any) -> None:
    """Tell who booked, and the technicians, of an `event` that changes nothing in calendars (rule M4)."""
    _write(template, session, event, [*_client(session, at=event.at), *_technicians(technicians)], {}, context)


def _client(session: Session, *, at: datetime) -> list[Person]:
    """Who booked; where that was our account manager on the client's behalf, the client's approvers."""
    prefetch_related_objects([session.requested_by], "memberships")
    if access.is_member(session.requested_by, session.organisation):
        return [session.requested_by]
    return spending.deciders(session.account, at=at)


def _payers(session: Session, event: SessionEvent) -> list[Person]:
    """Who booked, and who can top up."""
    return [*_client(session, at=event.at), *spending.deciders(session.account, at=event.at)]


def _technicians(technicians: Iterable[Technician]) -> list[Person]:
    return [technician.person for technician in technicians]


def _write(
    template: str,
    session: Session,
    event: SessionEvent,
    people: Iterable[Person],
    invited: Mapping[int, Invitation],
    context: Mapping[str, Any],
) -> None:
    """Write to these people and all who are invited, once each, with the address of the page that is theirs."""
    outbox.outdate_calendars(prefix=f"session:{session.pk}:event:", people=[invitation.person for invitation in invited.values()])
    if gone := [invitation.person for invitation in invited.values() if invitation.excused]:
        reminders.drop(session, people=gone)
    readers = {person.pk: person for person in [*people, *(invitation.person for invitation in invited.values())]}
    shared = {"session": session, "event": event, "free_until": quotes.free_until(session), "factor": factors.of(session), **context}
    for (words, page), group in _by_text(template, readers, invited).items():
        outbox.compose(
            cause=f"session:{session.pk}:event:{event.pk}",
            people=group,
            template=f"sessions/mail/{words}",
            context={**shared, "page": reverse(page, args=[session.pk])},
            at=event.at,
            extras={pk: invitation.part for pk, invitation in invited.items()},
        )


def _by_text(template: str, readers: Mapping[int, Person], invited: Mapping[int, Invitation]) -> dict[tuple[str, str], list[Person]]:
    """The readers by text and page: the desk's for our own people. Who is excused is told just that.

    But for a technician whom another relieves: that text names both.
    """
    prefetch_related_objects(list(readers.values()), "staff_roles")
    groups: dict[tuple[str, str], list[Person]] = {}
    for person in readers.values():
        invitation = invited.get(person.pk)
        is_excused = invitation is not None and invitation.excused and (invitation.side == Side.CLIENT or template != RELIEVED)
        page = "desk-session" if access.is_provider_staff(person) else "session"
        groups.setdefault((EXCUSED if is_excused else template, page), []).append(person)
    return groups
