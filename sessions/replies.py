"""Answers to invitations, as calendar programs mail them: METHOD:REPLY (rules R4, C10; RFC 5546, 6047).

An answer counts if its sender, its one ATTENDEE and somebody invited to that very session are the same address, and
if it is newer than what is known: to the last invitation, stamped later than the answer before. Anything else changes
nothing; what a person should look at is held for staff, with the reason.

An answer only says who comes. “Declined” never cancels and never costs anything: it makes a request to who may change
the session, with the cost and the way (rule C10, `sessions.declines`).
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_noop
from icalendar import Calendar

from notices.incoming import CalendarPart, Mail
from notices.mailroom import Outcome
from notices.models import IncomingMail, MailState
from sessions import life, reply_messages
from sessions.models import Answer, Attendee, CalendarObject, Session, State
from sessions.models.sessions import EventKind

ANSWERABLE = (State.AWAITING_TOP_UP, State.SCHEDULED)
ANSWERS = {"ACCEPTED": Answer.ACCEPTED, "TENTATIVE": Answer.TENTATIVE, "DECLINED": Answer.DECLINED}
MOST_AHEAD = timedelta(days=1)
"""Stamps from clocks that are further ahead than this are taken as if they were not, else no later answer would count."""
LARGEST = 64 * 1024

RECORDED = gettext_noop("The answer to the invitation was recorded.")
EARLIER_TIME = gettext_noop("The answer is to an earlier invitation; the session has changed since. Nothing has changed.")
OLDER = gettext_noop("A later answer of the same person is known already. Nothing has changed.")
OVER = gettext_noop("The session has begun, is over or was given up. The answer changes nothing.")

COUNTER = gettext_noop("It proposes another time. Somebody has to answer it: a time is only changed on the page of the session.")
REFRESH = gettext_noop("It asks for the invitation once more. Somebody has to see to that.")
DELEGATED = gettext_noop("The invitation was passed on to somebody else. Somebody has to see who attends.")
NOT_THE_SENDER = gettext_noop("The answer is in the name of somebody else than its sender. Nothing has changed.")
NOT_INVITED = gettext_noop("The answer comes from somebody who is not invited to that session. Nothing has changed.")
UNKNOWN_SESSION = gettext_noop("The answer is to an invitation that is not ours. Nothing has changed.")
NOT_ONE = gettext_noop("The answer is not about one session and one person. Nothing has changed.")
UNREADABLE = gettext_noop("The answer to an invitation cannot be read. Nothing has changed.")

_UID = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![0-9a-f-])", re.IGNORECASE)
_HELD_METHODS = {"COUNTER": COUNTER, "REFRESH": REFRESH}


@dataclass(frozen=True)
class Reply:
    """What one person answered to the invitation to one session. `stamp` None: it does not say when."""

    uid: UUID
    address: str
    answer: Answer
    sequence: int
    stamp: datetime | None


class NotForUs(Exception):
    """A person has to look at the answer; `told` says why."""

    def __init__(self, told: str) -> None:
        super().__init__(told)
        self.told = told


def takes(mail: Mail) -> bool:
    """Whether the mail answers an invitation, or asks something about one."""
    return _answering(mail) is not None


@transaction.atomic
def handle(mail: Mail, row: IncomingMail, at: datetime) -> Outcome:
    """Record the answer, once, under the session's lock (rules R4, C10). Nothing is charged or cancelled by it."""
    try:
        reply = read(mail)
        session = _locked_session(reply)
        attendee = _invited(session, reply)
    except NotForUs as reason:
        return Outcome(MailState.HELD, reason.told)
    stale = _why_it_does_not_count(session, attendee, reply, row)
    if stale:
        return Outcome(MailState.IGNORED, stale)
    _record(session, attendee, reply, row.received_at)
    if reply.answer == Answer.DECLINED:
        reply_messages.declined(session, attendee, at=at)
    return Outcome(MailState.HANDLED, RECORDED)


def read(mail: Mail) -> Reply:
    """The answer in the mail. Raises NotForUs where it is none, not about one session and one person, or not that person's."""
    part = _answering(mail)
    if part is None or part.method in _HELD_METHODS:
        raise NotForUs(_HELD_METHODS[part.method] if part else UNREADABLE)
    event = _event(part)
    attendees = _listed(event.get("ATTENDEE"))
    if len(attendees) != 1 or "RECURRENCE-ID" in event:
        raise NotForUs(NOT_ONE)
    said = str(getattr(attendees[0], "params", {}).get("PARTSTAT", "")).upper()
    if said not in ANSWERS:
        raise NotForUs(DELEGATED if said == "DELEGATED" else UNREADABLE)
    if _address(attendees[0]) != mail.author:
        raise NotForUs(NOT_THE_SENDER)
    uid = _UID.match(str(event.get("UID", "")).strip())
    if uid is None:
        raise NotForUs(UNKNOWN_SESSION)
    return Reply(UUID(uid[1]), _address(attendees[0]), ANSWERS[said], _number(event.get("SEQUENCE")), _instant(event.get("DTSTAMP")))


def _answering(mail: Mail) -> CalendarPart | None:
    """The calendar object that answers; the first, for programs send the same one inline and as a file."""
    return next((part for part in mail.calendars if part.method == "REPLY" or part.method in _HELD_METHODS), None)


def _event(part: CalendarPart) -> Any:
    """The one event of the answer, as icalendar reads it."""
    if len(part.content) > LARGEST:
        raise NotForUs(UNREADABLE)
    try:
        events = [event for calendar in Calendar.from_ical(part.content, multiple=True) for event in calendar.walk("VEVENT")]
    except Exception as error:  # a parser of what strangers write raises all sorts of things
        raise NotForUs(UNREADABLE) from error
    if len(events) != 1:
        raise NotForUs(NOT_ONE)
    return events[0]


def _listed(value: Any) -> list[Any]:
    """The values of a property that may stand once, several times, or not at all."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _address(attendee: Any) -> str:
    scheme, _, address = str(attendee).strip().partition(":")
    return address.strip().lower() if scheme.lower() == "mailto" else ""


def _number(value: Any) -> int:
    """A SEQUENCE; 0 where there is none, as RFC 5545 has it, or none that can be read."""
    try:
        return int(value or 0)
    except (TypeError, ValueError):
        return 0


def _instant(value: Any) -> datetime | None:
    """A DTSTAMP; None where there is none, or none that can be read: icalendar says so only when it is looked at."""
    try:
        stamp = getattr(value, "dt", None)
    except ValueError:
        return None
    if not isinstance(stamp, datetime):
        return None
    return stamp.replace(tzinfo=UTC) if stamp.tzinfo is None else stamp.astimezone(UTC)


def _locked_session(reply: Reply) -> Session:
    known = CalendarObject.objects.select_related("session").filter(uid=reply.uid).first()
    if known is None:
        raise NotForUs(UNKNOWN_SESSION)
    return life.locked(known.session)


def _invited(session: Session, reply: Reply) -> Attendee:
    """Who answers: somebody invited now; once the session was given up, and everybody with it, somebody who was."""
    attendees = Attendee.objects.filter(session=session, address__iexact=reply.address).select_related("person")
    if session.state in ANSWERABLE:
        attendees = attendees.filter(live=True)
    attendee = attendees.order_by("-live", "pk").first()
    if attendee is None:
        raise NotForUs(NOT_INVITED)
    return attendee


def _why_it_does_not_count(session: Session, attendee: Attendee, reply: Reply, row: IncomingMail) -> str:
    """The reason for which the answer changes nothing; empty where it counts."""
    if session.state not in ANSWERABLE or (session.ends_at is not None and session.ends_at <= row.received_at):
        return OVER
    if reply.sequence < attendee.sequence:
        return EARLIER_TIME
    if attendee.answer_stamp is not None and _stamp(reply, row.received_at) <= attendee.answer_stamp:
        return OLDER
    return ""


def _stamp(reply: Reply, received_at: datetime) -> datetime:
    return min(reply.stamp or received_at, received_at + MOST_AHEAD)


def _record(session: Session, attendee: Attendee, reply: Reply, received_at: datetime) -> None:
    """Keep the answer, as of when it came in, and leave the trace."""
    Attendee.objects.filter(pk=attendee.pk).update(answer=reply.answer, answered_at=received_at, answer_stamp=_stamp(reply, received_at))
    facts = {"answer": reply.answer.value, "person": attendee.person_id, "start": session.start_number}
    life.note(session, EventKind.ANSWERED, at=received_at, by=attendee.person, facts=facts)
