"""Private calendars of a thousand events: read where nothing has changed, and written anew (SPD11)."""

from datetime import datetime, timedelta
from hashlib import sha256

from django.db import connection, transaction
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from benchmarks.clients import Work
from credits.models import CreditAccount
from people.models import Person
from sessions import feeds, terms
from sessions.models import CalendarFeed, CalendarObject, Purpose, Session, SessionEvent, State
from sessions.models.sessions import EventKind
from sessions.views.calendar_feeds import feed

CLIENTS = 20
EVENTS = 1_000


def fill(accounts: range) -> list[str]:
    """A thousand confirmed sessions for each of these accounts, booked by its approver, unless they are there; their tokens."""
    at = timezone.now().replace(microsecond=0)
    if not Session.objects.filter(cause__startswith="feed:").exists():
        with transaction.atomic():
            for account in CreditAccount.objects.filter(pk__in=accounts).select_related("organisation"):
                _write_sessions(account, at)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return [feeds.make_feed(person=person, at=at) for person in Person.objects.filter(pk__in=[1000 + number for number in accounts])]


def unchanged(known: list[str]) -> Work:
    """What a calendar program gets every hour: 304."""
    etags = {token: _ask(token).headers["ETag"] for token in known}
    while True:
        for token, etag in etags.items():
            status = _ask(token, etag).status_code
            if status != 304:
                msg = f"answered {status}"
                raise RuntimeError(msg)
            yield


def written_anew(known: list[str]) -> Work:
    """The first reading after a change."""
    while True:
        for token in known:
            CalendarFeed.objects.filter(token_hash=_hash(token)).update(fingerprint="")
            _ask(token)
            yield


def rows(known: list[str]) -> Work:
    """One row found by the hash of its token: the least that could answer 304."""
    while True:
        for token in known:
            _ = CalendarFeed.objects.filter(token_hash=_hash(token)).values_list("etag").get()
            yield


def _ask(token: str, etag: str = "") -> HttpResponse:
    headers = {"if-none-match": etag} if etag else {}
    return feed(RequestFactory().get(f"/calendar/{token}.ics", headers=headers), token)


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _write_sessions(account: CreditAccount, at: datetime) -> None:
    approver, purpose = Person.objects.get(pk=1000 + account.pk), Purpose.objects.order_by("position")[0]
    common = {
        **terms.freeze(organisation=account.organisation, at=at),
        "organisation": account.organisation,
        "account": account,
        "purpose": purpose,
        "title": "Upgrade of the application server",
        "state": State.CONFIRMED,
        "estimate_minutes": 60,
        "requested_at": at - timedelta(days=70),
        "requested_by": approver,
        "submitted_by": approver,
        "raw_minutes": 60,
        "charged_minutes": 60,
        **dict.fromkeys(("agreed_at", "started_at", "submitted_at", "closed_at"), at),
    }
    starts = [at - timedelta(days=60) + timedelta(hours=number) for number in range(EVENTS)]
    sessions = Session.objects.bulk_create(
        Session(cause=f"feed:{account.pk}:{number}", starts_at=start, ends_at=start + timedelta(hours=1), **common)
        for number, start in enumerate(starts)
    )
    CalendarObject.objects.bulk_create(CalendarObject(session=session, sequence=2) for session in sessions)
    kinds = (EventKind.BOOKED, EventKind.SCHEDULED, EventKind.STARTED, EventKind.SUBMITTED, EventKind.CONFIRMED)
    SessionEvent.objects.bulk_create(SessionEvent(session=session, kind=kind, at=at) for session in sessions for kind in kinds)
