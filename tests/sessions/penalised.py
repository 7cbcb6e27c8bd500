"""Short ways to penalties, for tests of how they are disputed and taken back."""

from datetime import timedelta

from credits.ledger import Entry
from sessions import changes, no_shows, penalties
from tests.cast import NOON
from tests.sessions.booked import TUESDAY, book
from tests.sessions.factories import a_session, minutes

POSTED = TUESDAY - timedelta(hours=20)
"""When the late change was made: 20 hours before the start, Monday 13:00."""
LAST_MOMENT = POSTED + timedelta(days=30)


def a_late_cancellation(cast, client, *, credit=300):
    """Rolf books an hour on Tuesday and cancels it 20 hours before: 2 hours are charged. The session and its penalty."""
    session = book(cast, client, credit=credit, by=client.requester)
    changes.cancel(session=session, shown_minutes=120, by=client.requester, at=POSTED)
    session.refresh_from_db()
    return session, penalty_of(session)


def a_no_show(cast, client, *, credit=300):
    """Nobody came to Tessa's session at NOON, and she called; it was missed at 12:20."""
    session = a_session(cast, client, credit=credit)
    no_shows.attempt_call(session=session, by=cast.tessa.person, at=NOON, reason="No answer")
    no_shows.miss(session=session, by=cast.tessa.person, at=NOON + minutes(20))
    session.refresh_from_db()
    return session, penalty_of(session)


def penalty_of(session):
    return Entry.objects.get(kind__in=penalties.KINDS, cause__startswith=f"session:{session.pk}:")


def disputed(penalty, client, *, at=POSTED + timedelta(hours=1), reason="The train stood still"):
    return penalties.dispute(penalty=penalty, reason=reason, by=client.approver, at=at)
