"""What a private calendar says of each session, in its reader's language and time zone (rules R4, P4).

The document depends on nothing but the sessions, names and terms: written twice it is the same to the byte. A client is
named only to those of the provider. What the client has written about the work, and how their server is reached, is
never in it: calendars are shared, and lie on many machines.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.db.models import Max, OuterRef, Prefetch, Subquery
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from icalendar import Calendar

from core.formatting import hours, moment
from notices import vevents
from notices.vevents import Facts, Status
from people.models import Person
from sessions import quotes
from sessions.invited import is_called_off
from sessions.models import CalendarObject, Reservation, Session, SessionEvent, SessionQuerySet, State
from sessions.models.sessions import BEFORE_WORK

PRODUCT = "-//Tillgodo//Calendar feed//EN"
READ_AGAIN = timedelta(hours=1)
"""How often a calendar program is asked to look again."""
WITH_ITS_YEAR = date.min
"""A document is read later than it is written, so its dates always bear their year."""


def found(sessions: SessionQuerySet) -> list[Session]:
    """The sessions with all that the document says of them, in order of time. Two queries."""
    told = SessionEvent.objects.filter(session=OuterRef("pk")).order_by().values("session").annotate(last=Max("at")).values("last")
    crew = Reservation.objects.select_related("technician__person").order_by("pk")
    wanted = sessions.select_related("purpose", "organisation", "calendar_object").prefetch_related(Prefetch("reservations", queryset=crew))
    return list(wanted.annotate(changed_at=Subquery(told)).order_by("starts_at", "pk"))


def write(sessions: Iterable[Session], *, person: Person, provider: str) -> str:
    """The whole calendar of `person` (RFC 5545), without a METHOD: it is published, and asks nobody anything."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    with translation.override(person.language), timezone.override(person.zone):
        name = vevents.printable(_("Remote sessions · %(provider)s") % {"provider": provider}, keep="")
        calendar.add("name", name)
        calendar.add("x-wr-calname", name)
        calendar.add("refresh-interval", READ_AGAIN, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", "PT1H")
        own = {membership.organisation_id for membership in person.memberships.all()}
        for session in sessions:
            calendar.add_component(vevents.event(_facts(session, ours=session.organisation_id not in own)))
    return str(calendar.to_ical(), encoding="utf-8")


def _facts(session: Session, *, ours: bool) -> Facts:
    """The session as one event; `ours` for a reader who does the work, not for the client."""
    if session.starts_at is None or session.ends_at is None:
        msg = f"session {session.pk} has no time"
        raise ValueError(msg)
    known = _calendar_object(session)
    page = settings.BASE_URL + reverse("desk-session" if ours else "session", args=[session.pk])
    return Facts(
        uid=str(known.uid if known else uuid5(NAMESPACE_URL, f"{settings.BASE_URL}/sessions/{session.pk}")),
        sequence=known.sequence if known else session.start_number,
        stamp=_changed_at(session),
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        status=_status(session),
        summary=_summary(session, ours=ours),
        description="\n".join([*_lines(session, ours=ours), page]),
        url=page,
    )


def _calendar_object(session: Session) -> CalendarObject | None:
    """What calendars know of the session already. One of before there were invitations gets its UID from its number."""
    return getattr(session, "calendar_object", None)


def _changed_at(session: Session) -> datetime:
    changed_at: datetime | None = getattr(session, "changed_at", None)
    return changed_at or session.requested_at


def _status(session: Session) -> Status:
    if is_called_off(session):
        return Status.CANCELLED
    return Status.TENTATIVE if session.state in (State.REQUESTED, State.AWAITING_TOP_UP) else Status.CONFIRMED


def _summary(session: Session, *, ours: bool) -> str:
    """The title; for us with the client's name. Many programs show nothing else of a cancelled event, so it says so."""
    title = f"{session.title} · {session.organisation}" if ours else session.title
    return _("Cancelled: %(title)s") % {"title": title} if is_called_off(session) else title


def _lines(session: Session, *, ours: bool) -> list[str]:
    about = {"purpose": session.purpose, "size": hours(session.estimated_minutes)}
    said = [_("It is about: %(purpose)s. Estimate: %(size)s.") % about]
    if names := _crew_names(session):
        said.append(_("With %(names)s.") % {"names": ", ".join(names)})
    said += _standing(session)
    if not ours and session.state in BEFORE_WORK and session.purpose.preparation:
        said += [_("What to prepare:"), session.purpose.preparation]
    return said


def _standing(session: Session) -> list[str]:
    """Until when it can be changed free, or that it is off (rules C6, C10)."""
    if session.state == State.RELEASED:
        return [_("The time was given up: no top-up came in time. It costs nothing.")]
    if session.state == State.AWAITING_TOP_UP and session.top_up_by is not None:
        kept = _("It still awaits a top-up: the time is kept until %(until)s.") % {"until": moment(session.top_up_by, WITH_ITS_YEAR)}
        return [kept, _("It can be moved or cancelled free until the credit for it is there.")]
    until = quotes.free_until(session)
    if until is None:
        return []
    return [_("It can be moved or cancelled free until %(until)s.") % {"until": moment(until, WITH_ITS_YEAR)}]


def _crew_names(session: Session) -> list[str]:
    """The technicians, as `sessions.crew` says, of reservations that were read along."""
    reservations = list(session.reservations.all())
    live = [reservation for reservation in reservations if reservation.live]
    last = live or reservations[-session.technician_count :]
    return [reservation.technician.person.name for reservation in last]
