"""What we owe for being late ourselves (rule C10).

Our own change never costs the client anything. Where it comes inside the notice, or where nobody of ours is there a
quarter of an hour after the agreed start, the client gets credit of the size that was agreed, once for each start,
and may change or cancel free.
"""

from datetime import datetime, timedelta

from django.utils import translation
from django.utils.translation import gettext

from credits import ledger
from credits.ledger import Lot, LotSource, LotTerms, Voucher
from people.models import Person
from sessions.models import Session, State
from sessions.models.sessions import EventKind


def stood_up(session: Session, *, at: datetime) -> bool:
    """Whether nobody of ours has come to a session that should have begun: not started, and no call attempted (rule C10).

    The client waits for us as long as we wait for the client.
    """
    if session.state != State.SCHEDULED or session.starts_at is None:
        return False
    if at < _expected_from(session.starts_at, session.agreed_at) + timedelta(minutes=session.no_show_wait_minutes):
        return False
    return not session.events.filter(kind=EventKind.CALL_ATTEMPTED, facts__start=session.start_number).exists()


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


def _expected_from(starts_at: datetime, agreed_at: datetime | None) -> datetime:
    """From when we are waited for: a time that was agreed after it had begun (credit came late) begins then."""
    return max(starts_at, agreed_at) if agreed_at else starts_at


def _came_late(session: Session) -> str:
    with translation.override(session.organisation.language):
        return gettext("We were late to the session.")
