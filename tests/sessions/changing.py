"""Short ways to change a session, for tests of what that costs."""

from datetime import timedelta

from credits.ledger import Entry
from sessions import changes
from tests.cast import NOON
from tests.sessions.booked import TUESDAY

HOUR = timedelta(hours=1)
CUT_OFF = TUESDAY - 24 * HOUR
LATE = CUT_OFF + timedelta(seconds=1)
WEDNESDAY = TUESDAY + 24 * HOUR


def cancel(session, acme, *, shown=0, at=NOON, **kwargs):
    return changes.cancel(session=session, shown_minutes=shown, by=acme.requester, at=at, **kwargs)


def postpone(session, acme, *, to=WEDNESDAY, shown=0, at=NOON, **kwargs):
    return changes.postpone(session=session, starts_at=to, shown_minutes=shown, by=acme.requester, at=at, **kwargs)


def postings(account):
    """Every entry but the grants a test began with: kind, minutes, cause."""
    return [(entry.kind, entry.minutes, entry.cause) for entry in Entry.objects.filter(account=account).order_by("number")[1:]]


def last_facts(session, kind):
    return session.events.filter(kind=kind).last().facts
