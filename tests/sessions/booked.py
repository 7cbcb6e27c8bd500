"""Sessions for tests that were really booked, through the verb, with credit of a client's own."""

from datetime import datetime
from itertools import count
from typing import Any

from credits.accounts import CreditAccount
from credits.ledger import Hold
from notices.models import Notice
from people.models import Person
from sessions import bookings
from sessions.bookings import Wish
from sessions.models import Session
from tests.cast import NOON, Cast, Client, at_stockholm
from tests.sessions.factories import a_lot

TUESDAY = at_stockholm(2026, 11, 24, 9)
"""A good time to meet: six days after NOON, in time for everything."""
_forms = count(1)


def a_wish(cast: Cast, **wishes: Any) -> Wish:
    details: dict[str, Any] = {"purpose": cast.purpose, "title": "Disk is full", "estimate_minutes": 60, "starts_at": TUESDAY, **wishes}
    return Wish(**details)


def book(
    cast: Cast, client: Client, *, credit: int = 0, by: Person | None = None, at: datetime = NOON, cause: str = "", **wishes: Any
) -> Session:
    """Rolf of the client books an hour on Tuesday, unless wished otherwise; `credit` minutes are granted first."""
    if credit:
        a_lot(client.account, credit, at=at)
    cause = cause or f"form:{next(_forms)}"
    return bookings.request(account=client.account, wish=a_wish(cast, **wishes), cause=cause, by=by or client.requester, at=at)


def figures(account: CreditAccount) -> tuple[int, int, int]:
    """What is available, held and owed."""
    account.refresh_from_db()
    return account.available_minutes, account.held_minutes, account.debt_minutes


def hold_of(session: Session) -> Hold:
    """What is held for the session now."""
    session.refresh_from_db()
    assert session.hold is not None
    return session.hold


def crew_names(session: Session) -> list[str]:
    live = session.reservations.filter(live=True).order_by("technician")
    return [reservation.technician.person.name.split()[0] for reservation in live]


def trace(session: Session) -> list[tuple[str, Person | None, str]]:
    """What happened, who did it and why."""
    return [(event.kind, event.by, event.reason) for event in session.events.order_by("pk")]


def mails(subject: str) -> dict[str, str]:
    """The bodies of the mails whose subject holds `subject`, by whom they went to."""
    return {notice.address.split("@")[0]: notice.body for notice in Notice.objects.filter(subject__contains=subject)}
