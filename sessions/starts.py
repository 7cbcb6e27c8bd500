"""A session begins (rules C6, C10, R6, R8).

One that was booked is started at its time, by those who do it or a dispatcher; unplanned work once the client has
agreed to it. Neither is started before credit covers the estimate, unless the account manager allowed that in an
outage.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, NotAllowed
from core.formatting import moment
from credits import accounts, ledger
from people.models import Person
from sessions import compensation, cover, hours_messages, life
from sessions.crew import may_run
from sessions.models import Session, SessionKind, State
from sessions.models.sessions import EventKind

EARLY = timedelta(minutes=30)
"""How long before the agreed start a session can be started, and work begin before it was started."""


class NotCovered(DomainError):
    """The estimate is not covered by credit, so the session cannot be started (rule C6)."""

    message = _("This session still awaits a top-up, so it cannot be started. In an outage the account manager can allow it.")


class NotAgreed(DomainError):
    """The client has not agreed to the unplanned work, or not yet (rule R8)."""

    message = _("The client has not agreed to this work yet, so it cannot be started. Nothing has changed.")


class StartTooEarly(DomainError):
    """The agreed start is too far away; the session can be started from `opens_at`."""

    def __init__(self, *, opens_at: datetime) -> None:
        super().__init__(opens_at)
        self.opens_at = opens_at

    @property
    def message(self) -> str:
        """The sentence with the first possible time."""
        return _("This session can be started from %(opens_at)s. Nothing has changed.") % {"opens_at": moment(self.opens_at)}


@transaction.atomic
def start(*, session: Session, by: Person, at: datetime) -> Session:
    """Begin the work: of a booked session from half an hour before the agreed start on (rules C6, R6, R8).

    Where we keep the client waiting too long, the free lot for our lateness is granted at once (rule C10). Raises
    NotAllowed, NotCovered where it awaits a top-up, NotAgreed, StartTooEarly(opens_at), SessionMovedOn.
    """
    accounts.lock([session.account_id])
    session = life.locked(session)
    if not may_run(by, session):
        raise NotAllowed
    if session.kind == SessionKind.BOOKED:
        _check_booked(session, at)
    else:
        _check_unplanned(session)
    credited = compensation.make_good(session, by=by, at=at)
    life.step(session, to=State.IN_PROGRESS, at=at, started_at=at)
    life.note(session, EventKind.STARTED, at=at, by=by, facts={"start": session.start_number, "credited_minutes": credited})
    if credited:
        hours_messages.came_late(session, credited=credited, at=at)
    cover.follow_account(account_id=session.account_id, at=at)
    return session


def _check_booked(session: Session, at: datetime) -> None:
    if session.state == State.AWAITING_TOP_UP or life.hold(session).state == ledger.HoldState.WAITING:
        raise NotCovered
    life.require(session, State.SCHEDULED)
    if at < cover.start_of(session) - EARLY:
        raise StartTooEarly(opens_at=cover.start_of(session) - EARLY)


def _check_unplanned(session: Session) -> None:
    life.require(session, State.REQUESTED)
    if session.hold is None:
        raise NotAgreed
    if session.hold.state == ledger.HoldState.WAITING:
        raise NotCovered
