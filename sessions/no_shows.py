"""A client who does not appear (rule C10).

After waiting as long as was agreed, and with a logged attempt to call, the session is missed. A client who had
ticked off that access was arranged, and had not, misses it too. Either counts as cancelling late: the same
penalty, the same cap, once for each agreed start, posted as a no-show because it can be taxed differently.

Who does not wait misses nobody: where we neither began nor called in that time, it was us who were late. A call that
is logged only then grants the client what our lateness grants, and no no-show can be recorded any more.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, NotAllowed
from core.formatting import clock
from core.reasons import reasoned
from credits import accounts, ledger
from people.models import Person
from sessions import compensation, cover, hours_messages, life, quotes
from sessions.crew import dismiss, may_run
from sessions.models import PenaltyKind, Session, SessionEvent, State, WorkEntry
from sessions.models.sessions import EventKind


class StartNotReached(DomainError):
    """Nobody can be late before the agreed start."""

    message = _("The agreed start has not come yet. Nothing has changed.")


class NotWaitedLongEnough(DomainError):
    """The client still has time to appear, until `until`."""

    def __init__(self, *, until: datetime) -> None:
        super().__init__(until)
        self.until = until

    @property
    def message(self) -> str:
        """The sentence with the time until which to wait."""
        return _("Please wait until %(until)s: the client may still come. Nothing has changed.") % {"until": clock(self.until)}


class CallNotAttempted(DomainError):
    """No attempt to call the client has been logged for this start."""

    message = _("Call the client first, and log the attempt. Nothing has changed.")


class AccessNotPromised(DomainError):
    """The client never ticked off that access was arranged."""

    message = _("The client had not said that access was arranged, so this is no no-show. Nothing has changed.")


class WeCameLate(DomainError):
    """Nobody of ours was there until `until`, while the client waited for us."""

    def __init__(self, *, until: datetime) -> None:
        super().__init__(until)
        self.until = until

    @property
    def message(self) -> str:
        """The sentence with the time until which the client waited, and what can be done instead."""
        return _(
            "By %(until)s we had neither started nor called, so it was us who were late, and this is no no-show. "
            "Nothing has changed. Start the session, move it, or call it off."
        ) % {"until": clock(self.until)}


class WorkLogged(DomainError):
    """There was work, so somebody was there."""

    message = _("Time has been logged in this session, so it was not missed. Nothing has changed.")


@transaction.atomic
def attempt_call(*, session: Session, by: Person, at: datetime, reason: str) -> SessionEvent:
    """Log that `by` tried to call a client who has not appeared, and how it went (rule C10).

    Where it is our first sign of life and comes too late, the free lot for our lateness is granted at once. Raises
    NotAllowed, StartNotReached, ReasonMissing, SessionMovedOn.
    """
    accounts.lock([session.account_id])
    session = _expected(session, by=by, at=at)
    said = reasoned(reason)
    credited = compensation.make_good(session, by=by, at=at)
    facts = {"start": session.start_number, "credited_minutes": credited}
    event = life.note(session, EventKind.CALL_ATTEMPTED, at=at, by=by, reason=said, facts=facts)
    if credited:
        hours_messages.came_late(session, credited=credited, at=at)
        cover.follow_account(account_id=session.account_id, at=at)
    return event


@transaction.atomic
def miss(*, session: Session, by: Person, at: datetime) -> Session:
    """End a session to which the client did not come, and post the penalty for it (rule C10).

    Raises NotAllowed, StartNotReached, NotWaitedLongEnough(until), WeCameLate(until), CallNotAttempted, WorkLogged,
    SessionMovedOn.
    """
    accounts.lock([session.account_id])
    session = _expected(session, by=by, at=at)
    until = waits_until(session)
    if at < until:
        raise NotWaitedLongEnough(until=until)
    _check_we_came(session, at)
    if not session.events.filter(kind=EventKind.CALL_ATTEMPTED, facts__start=session.start_number).exists():
        raise CallNotAttempted
    return _miss(session, by=by, at=at, reason="")


@transaction.atomic
def miss_for_access(*, session: Session, by: Person, at: datetime, reason: str) -> Session:
    """End a session for which promised access was not arranged, and post the penalty for it (rule C10).

    Raises NotAllowed, StartNotReached, AccessNotPromised, WeCameLate(until), ReasonMissing, WorkLogged, SessionMovedOn.
    """
    accounts.lock([session.account_id])
    session = _expected(session, by=by, at=at)
    if not session.access_arranged:
        raise AccessNotPromised
    _check_we_came(session, at)
    return _miss(session, by=by, at=at, reason=reasoned(reason))


def waits_until(session: Session) -> datetime:
    """Until when the client is waited for (rule C10). Raises SessionMovedOn for a session without a time."""
    until = compensation.waits_until(session)
    if until is None:
        raise life.SessionMovedOn
    return until


def penalty_minutes(session: Session) -> int:
    """What not appearing costs: as much as a late cancellation, or nothing where a change is free after our own (rule C10)."""
    return 0 if session.free_change else quotes.penalty_minutes(session, PenaltyKind.NO_SHOW)


def _expected(session: Session, *, by: Person, at: datetime) -> Session:
    """The locked session, whose start has come and whose client is expected by `by`."""
    session = life.locked(session)
    if not may_run(by, session):
        raise NotAllowed
    life.require(session, State.SCHEDULED, State.IN_PROGRESS)
    if at < cover.start_of(session):
        raise StartNotReached
    return session


def _check_we_came(session: Session, at: datetime) -> None:
    if compensation.came_late(session, at=at):
        raise WeCameLate(until=waits_until(session))


def _miss(session: Session, *, by: Person, at: datetime, reason: str) -> Session:
    if WorkEntry.objects.filter(session=session, live=True).exists():
        raise WorkLogged
    minutes = penalty_minutes(session)
    hold = life.hold(session)
    if minutes:
        cause = f"session:{session.pk}:start:{session.start_number}:no-show"
        voucher = ledger.Voucher(cause=cause, at=at, by=by, reason=reason, text=session.title)
        ledger.charge(hold=hold, minutes=minutes, kind=ledger.EntryKind.NO_SHOW, voucher=voucher)
    ledger.void(hold=hold, at=at)
    life.step(session, to=State.MISSED, at=at)
    dismiss(session)
    life.note(session, EventKind.MISSED, at=at, by=by, reason=reason, facts={"start": session.start_number, "minutes": minutes})
    hours_messages.missed(session, minutes=minutes, reason=reason, at=at)
    cover.follow_account(account_id=session.account_id, at=at)
    return session
