"""Calendars as a program reads them, and many sessions at once for them."""

from datetime import datetime, timedelta
from typing import Any

from django.test import Client as Browser
from django.urls import reverse
from icalendar import Calendar

from people.models import Person
from sessions import feeds
from sessions.models import Attendee, CalendarObject, Session, SessionEvent, Side, State
from sessions.models.sessions import EventKind
from tests.cast import NOON, Cast, Client
from tests.sessions.factories import a_session


def address(token: str) -> str:
    return reverse("calendar-feed", args=[token])


def read(person: Person, *, at: datetime = NOON) -> dict[str, Any]:
    """The events in the calendar of `person`, newly made at `at`, by title."""
    known = feeds.find(token=feeds.make_feed(person=person, at=at))
    assert known is not None
    return by_title(feeds.edition(known, at=at).document or feeds.kept(known).document or "")


def by_title(document: str | bytes) -> dict[str, Any]:
    return {str(event["SUMMARY"]): event for event in Calendar.from_ical(document).walk("VEVENT")}


def fetch(token: str, **headers: str) -> Any:
    """What a calendar program gets at the address."""
    return Browser().get(address(token), headers=headers)


def invite(session: Session, person: Person, **columns: Any) -> Attendee:
    return Attendee.objects.create(session=session, person=person, address=person.email, **{"side": Side.CLIENT, **columns})


def many_sessions(cast: Cast, client: Client, number: int) -> None:
    """So many confirmed sessions that Rolf of the client booked, each with its trace and its UID."""
    first = a_session(cast, client, starts_at=NOON - timedelta(days=60))
    worked = {"state": State.CONFIRMED, "hold_id": None, "started_at": NOON, "submitted_at": NOON, "submitted_by_id": cast.tessa.person_id}
    hours = {"raw_minutes": 60, "charged_minutes": 60, "closed_at": NOON}
    columns = {field.attname: getattr(first, field.attname) for field in Session._meta.concrete_fields if not field.primary_key}
    columns |= worked | hours
    moments = [NOON - timedelta(days=60) + timedelta(hours=index) for index in range(number - 1)]
    made = Session.objects.bulk_create(
        Session(**columns | {"cause": f"test:many:{index}", "starts_at": at, "ends_at": at + timedelta(hours=1)})
        for index, at in enumerate(moments)
    )
    CalendarObject.objects.bulk_create(CalendarObject(session=session, sequence=1) for session in made)
    SessionEvent.objects.bulk_create(
        SessionEvent(session=session, kind=kind, at=NOON - timedelta(days=70))
        for session in made
        for kind in (EventKind.BOOKED, EventKind.SCHEDULED, EventKind.CONFIRMED)
    )
