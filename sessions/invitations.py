"""Invitations to sessions: who has one, and the calendar objects that tell of it (rule R4; RFC 5545, 5546).

Invited are the technicians who do the session and, on the client's side, who booked it; where that was our account
manager on the client's behalf, the client's approvers. From then on the client says who comes (`sessions.attendance`).
A session has one UID for ever, and a SEQUENCE that is 0 in the first invitation and grows by one with every change.

A change sends a REQUEST to everybody who is invited then, and a CANCEL to who was and is not any more: the technician
who no longer does it, a colleague who was excused, somebody who has left the client. Where the session is cancelled,
called off or released everybody gets a CANCEL. One that was missed, broken off or worked stays in calendars as it was:
its time has been taken. What awaits a top-up is TENTATIVE, what is agreed CONFIRMED.

An answer stands until the time changes; then it is asked for again. Everybody is invited at the address that they
have now. All this happens under the session's lock, in the transaction of the verb that changes it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from clients import access
from clients import provider as providers
from credits import spending
from notices import invitation_objects, outbox
from notices.invitation_objects import Method, Partstat, Party
from notices.outbox import CalendarPart
from notices.vevents import Facts, Status
from people.models import Person
from sessions import crew, quotes
from sessions.models import Answer, Attendee, CalendarObject, Session, SessionEvent, Side, State
from sessions.models.sessions import EventKind

STANDING = (State.AWAITING_TOP_UP, State.SCHEDULED, State.IN_PROGRESS, State.PAUSED)
"""The states in which a session still takes place, or may."""
GIVEN_UP = (State.CANCELLED, State.RELEASED)
CHANGES = (
    EventKind.BOOKED,
    EventKind.AWAITING_TOP_UP,
    EventKind.SCHEDULED,
    EventKind.OUTAGE_RELEASE,
    EventKind.POSTPONED,
    EventKind.MOVED,
    EventKind.EXTENDED,
    EventKind.REASSIGNED,
    EventKind.AGENDA_CHANGED,
    EventKind.ATTENDEES_CHANGED,
    EventKind.CANCELLED,
    EventKind.CALLED_OFF,
    EventKind.RELEASED,
)
"""What calendars are told of. Whatever else happens to a session leaves them as they are."""
PARTSTAT = {
    Answer.NONE: Partstat.NEEDS_ACTION,
    Answer.ACCEPTED: Partstat.ACCEPTED,
    Answer.TENTATIVE: Partstat.TENTATIVE,
    Answer.DECLINED: Partstat.DECLINED,
}
ANOTHER_TIME = (EventKind.POSTPONED, EventKind.MOVED)
"""What asks everybody for a new answer."""
BOTH = (Side.CLIENT, Side.TECHNICIAN)
PAGES = {Side.CLIENT: "session", Side.TECHNICIAN: "desk-session"}


@dataclass(frozen=True)
class Invitation:
    """What one person's calendar program is told. `excused`: it is nothing of theirs any more, whatever becomes of the session."""

    person: Person
    side: Side
    part: CalendarPart
    excused: bool = False


def renew(
    session: Session, event: SessionEvent, *, sides: Collection[Side] = BOTH, client: Iterable[Person] | None = None
) -> dict[int, Invitation]:
    """Invite anew to the session as it is after `event`, by the number of the person; SEQUENCE grows (rule R4).

    `client` are those who come on the client's side from now on; None: as before. `sides` are invited, the rest may
    follow (`complete`). Nobody is invited to what has no time, and no calendar is touched by what is none of its CHANGES.
    """
    if session.starts_at is None or session.state not in (*STANDING, *GIVEN_UP) or event.kind not in CHANGES:
        return {}
    known = _known(session)
    wanted = _wanted(session, known, event.at, client)
    gone = [row for row in known.values() if row.live and row.person_id not in wanted]
    invited = {pk: (person, side) for pk, (person, side) in wanted.items() if side in sides}
    if not (invited or gone):
        return {}
    calendar = _next(session)
    rows = _request(session, known, invited, sequence=calendar.sequence, anew=event.kind in ANOTHER_TIME)
    for row in gone:
        row.live = False
    Attendee.objects.bulk_update(gone, ["live"])
    return _written(session, event, calendar, [*rows, *gone])


def complete(session: Session, event: SessionEvent) -> dict[int, Invitation]:
    """Invite those who are not yet to the session as calendars know it already: SEQUENCE stays (rule R4)."""
    if session.starts_at is None or session.state not in STANDING:
        return {}
    known = _known(session)
    wanted = _wanted(session, known, event.at, None)
    missing = {pk: named for pk, named in wanted.items() if pk not in known or not known[pk].live}
    if not missing:
        return {}
    calendar, _made = CalendarObject.objects.get_or_create(session=session)
    return _written(session, event, calendar, _request(session, known, missing, sequence=calendar.sequence, anew=False))


def clients_people(session: Session, *, at: datetime) -> list[Person]:
    """Who is invited on the client's side: as it stands, or as a first invitation would have it."""
    return _clients_people(session, _known(session), at)


def uid_of(calendar: CalendarObject) -> str:
    """The UID by which all calendars know the session: unique in the world by itself (RFC 7986), whatever our address."""
    return str(calendar.uid)


def _known(session: Session) -> dict[int, Attendee]:
    """Everybody who is invited or was, by number."""
    return {row.person_id: row for row in Attendee.objects.filter(session=session).select_related("person").order_by("pk")}


def _wanted(session: Session, known: dict[int, Attendee], at: datetime, client: Iterable[Person] | None) -> dict[int, tuple[Person, Side]]:
    """Who is to come, and for which side; nobody where it does not take place. A technician comes as such, whatever else they are."""
    if session.state not in STANDING:
        return {}
    coming = _clients_people(session, known, at) if client is None else client
    technicians = crew.crew(session).select_related("person").filter(person__is_active=True)
    named = [(person, Side.CLIENT) for person in coming] + [(technician.person, Side.TECHNICIAN) for technician in technicians]
    return {person.pk: (person, side) for person, side in named}


def _clients_people(session: Session, known: dict[int, Attendee], at: datetime) -> list[Person]:
    rows = [row for row in known.values() if row.side == Side.CLIENT]
    if rows:
        live = [row.person for row in rows if row.live]
        still = session.organisation.memberships.filter(person__in=live, person__is_active=True).values_list("person", flat=True)
        return [person for person in live if person.pk in set(still)]
    if access.is_member(session.requested_by, session.organisation):
        return [session.requested_by] if session.requested_by.is_active else []
    return spending.deciders(session.account, at=at)


def _next(session: Session) -> CalendarObject:
    """The calendar object of the session with the SEQUENCE of this change."""
    calendar = CalendarObject.objects.filter(session=session).first()
    if calendar is None:
        return CalendarObject.objects.create(session=session)  # nobody else does at the same time: the session is locked
    calendar.sequence += 1
    calendar.save(update_fields=["sequence"])
    return calendar


def _request(
    session: Session, known: dict[int, Attendee], invited: dict[int, tuple[Person, Side]], *, sequence: int, anew: bool
) -> list[Attendee]:
    """The rows of who gets a REQUEST. An answer is kept unless it was to another time, or to what had been taken back."""
    fresh, kept = [], []
    for pk, (person, side) in invited.items():
        row = known.get(pk)
        if row is None:
            fresh.append(Attendee(session=session, person=person, side=side, sequence=sequence, address=person.email))
            continue
        if anew or not row.live:
            row.answer, row.answered_at, row.answer_stamp, row.sequence = Answer.NONE, None, None, sequence
        row.live, row.side, row.address = True, side, person.email
        kept.append(row)
    Attendee.objects.bulk_create(fresh)
    Attendee.objects.bulk_update(kept, ["live", "side", "address", "sequence", "answer", "answered_at", "answer_stamp"])
    return [*kept, *fresh]


def _written(session: Session, event: SessionEvent, calendar: CalendarObject, rows: list[Attendee]) -> dict[int, Invitation]:
    """The objects, one for each. What they say is rendered once for all who read it alike."""
    provider = providers.current()
    organizer = Party(provider.name, provider.booking_address)
    facts: dict[tuple[str, ...], Facts] = {}
    outsiders = _outsiders(session, rows)
    found = {}
    for row in rows:
        reads = (row.person.language, row.person.time_zone, row.side, str(row.live))
        if reads not in facts:
            facts[reads] = _facts(session, event, calendar, row)
        method = Method.REQUEST if row.live else Method.CANCEL
        invitee = Party(row.person.name, row.person.email)
        text = invitation_objects.written(method, facts[reads], organizer=organizer, attendee=invitee, answer=PARTSTAT[Answer(row.answer)])
        part = CalendarPart(method.value, text, organizer.address)
        excused = not row.live and (session.state in STANDING or row.person_id in outsiders)
        found[row.person_id] = Invitation(row.person, Side(row.side), part, excused)
    return found


def _outsiders(session: Session, rows: Iterable[Attendee]) -> set[int]:
    """Who came for the client and has left it: they read nothing of it any more, not even why a session is cancelled."""
    leaving = {row.person_id for row in rows if not row.live and row.side == Side.CLIENT}
    if not leaving:
        return leaving
    return leaving - set(session.organisation.memberships.filter(person__in=leaving).values_list("person", flat=True))


def _facts(session: Session, event: SessionEvent, calendar: CalendarObject, row: Attendee) -> Facts:
    """What the calendar of this reader says. It names the client to our own people, who have many; else nobody."""
    if session.starts_at is None or session.ends_at is None:
        msg = f"session {session.pk} has no time"
        raise ValueError(msg)
    page = settings.BASE_URL + reverse(PAGES[Side(row.side)], args=[session.pk])
    context = {"session": session, "event": event, "free_until": quotes.free_until(session), "page": page, "side": row.side}
    return Facts(
        uid=uid_of(calendar),
        sequence=calendar.sequence,
        stamp=event.at,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        status=_status(session) if row.live else Status.CANCELLED,
        summary=f"{session.organisation}: {session.title}" if row.side == Side.TECHNICIAN else session.title,
        description=outbox.render("sessions/mail/calendar.txt", context, row.person) if row.live else "",
        url=page,
    )


def _status(session: Session) -> Status:
    return Status.TENTATIVE if session.state == State.AWAITING_TOP_UP else Status.CONFIRMED
