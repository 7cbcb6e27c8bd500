"""How a booking follows its credit (rules C5, C6).

A booking whose estimate is covered is scheduled; one that is not awaits a top-up, keeps its slot until a deadline,
and is scheduled at the moment its hold is placed. `credits` decides whose hold is placed; here the bookings follow.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from clients.agreements import local_date
from core.errors import DomainError
from core.formatting import hours
from credits import accounts, ledger
from credits.accounts import CreditAccount
from credits.ledger import Hold, HoldState
from sessions import life, messages, reminders, unplanned_messages
from sessions import terms as session_terms
from sessions.models import Session, State
from sessions.models.sessions import EventKind


class AmountChanged(DomainError):
    """Another amount would be held than was shown: `minutes` now (rules C5, C17)."""

    def __init__(self, minutes: int) -> None:
        super().__init__(minutes)
        self.minutes = minutes

    @property
    def message(self) -> str:
        """The sentence with the amount as it is now."""
        return _("The amount has changed: %(held)s of credit would be held now. Nothing was done yet: please decide again.") % {
            "held": hours(self.minutes)
        }


def accept_amount(held_minutes: int, *, shown_held: int | None) -> None:
    """Let a verb go on only where it would hold what was shown, if anything was. Raises AmountChanged(minutes) elsewhere."""
    if shown_held is not None and shown_held != held_minutes:
        raise AmountChanged(held_minutes)


def hold_estimate(*, session: Session, at: datetime) -> None:
    """Hold the estimate of a new booking, whole: it becomes scheduled, or awaits a top-up (rules C5, C6).

    That of a postpaid client never waits (rule I7). Raises MonthlyLimitReached(limit, left) where the account may not
    spend that much in the month of the start (rule C16).
    """
    cause = f"session:{session.pk}:hold"
    hold = wanted_hold(session)(
        account=session.account,
        minutes=session.held_minutes,
        rate=session_terms.rate(session),
        cause=cause,
        at=at,
        due_on=local_date(start_of(session)),
    )
    session.hold = hold
    if hold.state == HoldState.PLACED:
        life.step(session, to=State.SCHEDULED, at=at, hold=hold, agreed_at=at)
    else:
        life.step(session, to=State.AWAITING_TOP_UP, at=at, hold=hold, top_up_by=top_up_deadline(session, at=at))


def wanted_hold(session: Session) -> Callable[..., Hold]:
    """How its estimate is held: whole or not at all, or what there is of it for who pays afterwards (rules C5, C6, I7)."""
    return ledger.promise if session.postpaid else ledger.queue_hold


def top_up_deadline(session: Session, *, at: datetime) -> datetime:
    """Until when the slot is kept without cover: so long before the start, or until the start where that is past (rule C6)."""
    deadline = start_of(session) - timedelta(minutes=session_terms.current().top_up_deadline_minutes)
    return deadline if deadline > at else start_of(session)


def start_of(session: Session) -> datetime:
    """The start of a booked session. Raises SessionMovedOn for one without a time."""
    if session.starts_at is None:
        raise life.SessionMovedOn
    return session.starts_at


def missing_minutes(session: Session) -> int:
    """What a top-up must bring so that this booking is surely covered, in minutes; 0 where it is (rule C6)."""
    return gaps([session]).get(session.pk, 0)


def gaps(sessions: Iterable[Session]) -> dict[int, int]:
    """What a top-up must bring so that each awaiting session is surely covered, by session, in minutes (rule C6).

    Debt is paid first, then what is owed on confirmation, then bookings that have waited longer. Two queries.
    """
    awaiting = [session for session in sessions if session.hold is not None and _may_wait(session, session.hold)]
    if not awaiting:
        return {}
    accounts = CreditAccount.objects.in_bulk({session.account_id for session in awaiting})
    live = list(Hold.objects.filter(account__in=accounts, state__in=[HoldState.PLACED, HoldState.WAITING]))
    return {session.pk: _gap(session.hold, accounts[session.account_id], live) for session in awaiting if session.hold is not None}


def unsettled(*, at: datetime) -> QuerySet[Session]:
    """Sessions whose state does not fit their hold any more: those that `follow` moves on, in order of request."""
    covered = Q(state=State.AWAITING_TOP_UP, hold__state=HoldState.PLACED, ends_at__gt=at)
    uncovered = Q(state=State.SCHEDULED, hold__state=HoldState.WAITING)
    unplanned = Q(state=State.REQUESTED, hold__state=HoldState.PLACED, agreed_at=None)
    return Session.objects.filter(covered | uncovered | unplanned).order_by("hold__placed_at", "pk")


def follow_account(*, account_id: int, at: datetime) -> int:
    """Let the bookings of one account follow what was just freed; how many did (rule C6)."""
    return sum(follow(session=session, at=at) for session in unsettled(at=at).filter(account=account_id))


@transaction.atomic
def follow(*, session: Session, at: datetime) -> bool:
    """Schedule a booking whose hold was placed, or let one that lost its cover await a top-up (rule C6).

    Unplanned work that the client agreed to can begin as soon as its hold is placed (rule R8).

    Whether anything was done: somebody else may have been first.
    """
    accounts.lock([session.account_id])
    session = life.locked(session)
    placed = session.hold is not None and session.hold.state == HoldState.PLACED
    if session.state == State.AWAITING_TOP_UP and placed and session.ends_at is not None and session.ends_at > at:
        schedule(session=session, at=at)
        return True
    if session.state == State.SCHEDULED and not placed:
        await_top_up(session=session, at=at)
        return True
    if session.state == State.REQUESTED and placed and session.agreed_at is None:
        release_work(session=session, at=at)
        return True
    return False


def schedule(*, session: Session, at: datetime) -> None:
    """The time is agreed from now on; both sides are told. The session is locked and awaited a top-up."""
    life.step(session, to=State.SCHEDULED, at=at, agreed_at=at, top_up_by=None)
    event = life.note(session, EventKind.SCHEDULED, at=at, by=None, facts={"start": session.start_number})
    messages.scheduled(session, event)


def release_work(*, session: Session, at: datetime) -> None:
    """Agreed work is covered now and can begin; both sides are told (rule R8). The session is locked."""
    life.amend(session, agreed_at=at)
    event = life.note(session, EventKind.SCHEDULED, at=at, by=None, facts={"start": session.start_number, "unplanned": True})
    unplanned_messages.covered(session, event)


def await_top_up(*, session: Session, at: datetime) -> None:
    """The time is kept until the deadline; the client is told what is missing. The session is locked."""
    tell = messages.awaiting_top_up
    if session.state == State.SCHEDULED:
        lose(session=session, at=at)
        tell = messages.cover_lost
    missing = missing_minutes(session)
    event = life.note(session, EventKind.AWAITING_TOP_UP, at=at, by=None, facts={"missing_minutes": missing})
    tell(session, event, missing=missing)


def lose(*, session: Session, at: datetime) -> None:
    """A scheduled booking has lost its cover: no time is agreed any more until a top-up. The session is locked."""
    reminders.drop(session)
    life.step(session, to=State.AWAITING_TOP_UP, at=at, agreed_at=None, top_up_by=top_up_deadline(session, at=at))


def _may_wait(session: Session, hold: Hold) -> bool:
    """Also a scheduled booking that has just lost its cover, before it is told so."""
    return session.state == State.AWAITING_TOP_UP or hold.state == HoldState.WAITING


def _gap(hold: Hold, account: CreditAccount, live: Iterable[Hold]) -> int:
    """Debt is paid first, then what is owed on confirmation, then bookings that have waited longer, then this one."""
    if hold.state != HoldState.WAITING:
        return 0
    uncovered = sum(other.missing_minutes for other in live if other.account_id == account.pk and _is_served_first(other, hold))
    return max(0, uncovered + account.debt_minutes - account.available_minutes)


def _is_served_first(other: Hold, hold: Hold) -> bool:
    return other.state == HoldState.PLACED or (other.placed_at, other.pk) <= (hold.placed_at, hold.pk)
