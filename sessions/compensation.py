"""What we owe for being late ourselves (rule C10).

Our own change never costs the client anything. Where it comes inside the notice, or where nobody of ours is there a
quarter of an hour after the agreed start, the client gets credit of the size that was agreed, once for each start,
and may change or cancel free. We are there when the session was started, or a call to the client was logged: what
comes after that quarter of an hour is our lateness, and no no-show of the client's.
"""

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext

from credits import ledger
from credits.ledger import Lot, LotSource, LotTerms, Voucher
from people.models import Person
from sessions import life
from sessions.models import Session, SessionEvent, State
from sessions.models.sessions import EventKind


def waits_until(session: Session) -> datetime | None:
    """Until when each side waits for the other (rule C10); None while there is no time.

    A time that was agreed after it had begun (credit came late) is waited for from then on.
    """
    if session.starts_at is None:
        return None
    expected_from = max(session.starts_at, session.agreed_at) if session.agreed_at else session.starts_at
    return expected_from + timedelta(minutes=session.no_show_wait_minutes)


def stood_up(session: Session, *, at: datetime) -> bool:
    """Whether nobody of ours has come to a session that should have begun: not started, and no call attempted (rule C10).

    The client waits for us as long as we wait for the client.
    """
    until = waits_until(session)
    if session.state != State.SCHEDULED or until is None or at < until:
        return False
    return not _calls(session).exists()


def came_late(session: Session, *, at: datetime) -> bool:
    """Whether nobody of ours was there as long as the client waited: neither begun nor called in that time (rule C10)."""
    until = waits_until(session)
    if until is None or at < until:
        return False
    if session.started_at is not None and session.started_at < until:
        return False
    return not _calls(session).filter(at__lt=until).exists()


def make_good(session: Session, *, by: Person, at: datetime) -> int:
    """Where we come too late: from now on the client changes free, and gets the agreed credit, in minutes (rule C10).

    0 where we are in time. The session is locked, and its account before it.
    """
    if not stood_up(session, at=at):
        return 0
    life.amend(session, free_change=True)
    lot = compensate(session=session, by=by, at=at)
    return lot.granted_minutes if lot else 0


def compensate(*, session: Session, by: Person | None, at: datetime, reason: str = "") -> Lot | None:
    """Grant the free lot for our late change of the present start, once (rule C10). None where none was agreed.

    Without a `reason` it says, in the client's language, that we came late. The account is locked already.
    """
    if not session.our_late_change_minutes:
        return None
    said = reason or _came_late(session)
    return ledger.grant(
        account=session.account,
        minutes=session.our_late_change_minutes,
        terms=LotTerms.free(source=LotSource.OUR_LATE_CHANGE, reason=said),
        voucher=Voucher(cause=f"session:{session.pk}:start:{session.start_number}:ours", at=at, by=by, reason=said, text=session.title),
    )


def _calls(session: Session) -> QuerySet[SessionEvent]:
    """The attempts to call the client about the present start."""
    return session.events.filter(kind=EventKind.CALL_ATTEMPTED, facts__start=session.start_number)


def _came_late(session: Session) -> str:
    with translation.override(session.organisation.language):
        return gettext("We were late to the session.")
