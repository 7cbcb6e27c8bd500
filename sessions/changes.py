"""Changing a session before it is worked (rules C6, C10, C17).

The client postpones or cancels: free in time, at the agreed penalty when late, which is posted at once. The form
carries the cost that was shown; if it has changed meanwhile nothing is done. We move or call off: that never costs
the client anything, lets them change the new time free, and grants credit where it was late. Each agreed start can
be sanctioned once; the time of a request is when it reached the server. A move of the client's takes the factor of
the new time, and holds what that comes to; a move of ours never raises it.
"""

from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients import agreements
from clients.access import manages
from clients.agreements import local_date
from core.errors import DomainError, NotAllowed
from core.formatting import hours
from core.once import at_one_moment
from core.reasons import reasoned
from credits import accounts, ledger, months, spending
from credits.accounts import CreditAccount
from credits.ledger import EntryKind, HoldState, Voucher
from people.models import Person
from sessions import bookings, compensation, cover, crew, factors, life, messages, notice, quotes, reminders, reservations
from sessions import terms as session_terms
from sessions.availability import Wanted
from sessions.cover import AmountChanged
from sessions.factors import Factor
from sessions.models import PenaltyKind, Session, State
from sessions.models.sessions import BEFORE_WORK, EventKind
from sessions.quotes import Quote, quote

__all__ = [
    "AlreadyThen",
    "AmountChanged",
    "CostChanged",
    "NotAllowed",
    "Quote",
    "allow_start",
    "call_off",
    "cancel",
    "kind_of_move",
    "move_by_provider",
    "postpone",
    "quote",
]

BOOKED = (State.AWAITING_TOP_UP, State.SCHEDULED)


class CostChanged(DomainError):
    """The change costs something else than was shown: `minutes` now."""

    def __init__(self, minutes: int) -> None:
        super().__init__(minutes)
        self.minutes = minutes

    @property
    def message(self) -> str:
        """The sentence with the cost as it is now."""
        if not self.minutes:
            return str(_("This change is free now. Nothing was done yet: please decide again."))
        return _("The cost has changed: this would cost %(cost)s now. Nothing was done yet: please decide again.") % {
            "cost": hours(self.minutes)
        }


class AlreadyThen(DomainError):
    """The session is at that time already."""

    message = _("The session is at that time already. Nothing has changed.")


@transaction.atomic
@at_one_moment()
def postpone(  # noqa: PLR0913 what was shown belongs together, and so do by, at and reason
    *,
    session: Session,
    starts_at: datetime,
    shown_minutes: int,
    by: Person,
    at: datetime,
    shown_held: int | None = None,
    reason: str = "",
) -> Session:
    """Move the session at the client's wish, at the cost that was shown, in minutes (rule C10).

    `shown_held` is the credit that was said to be held then, by the factor of the new time (rule C17); None where
    nobody was told. After a penalty, or where the factor changed, the estimate is held whole again, or the booking
    awaits a top-up; what was agreed beyond it is held as far as credit is left. Raises NotAllowed, SessionMovedOn,
    AlreadyThen, CostChanged(minutes), AmountChanged(minutes), TooSoon, TooFarAhead, SlotTaken(nearest), TooLong,
    MonthlyLimitReached(limit, left), AgreementEnded(ends_on).
    """
    session = _locked(session, *BOOKED)
    _check_client(by, session, at)
    _check_agreement(session, starts_at)
    reason = reasoned(reason) if reason.strip() else ""
    cost = _accepted_cost(session, kind_of_move(session=session, starts_at=starts_at), shown_minutes, at)
    change = _Change(session, by=by, at=at, reason=reason)
    change.take(starts_at)
    change.compensate(due=compensation.stood_up(session, at=at))
    change.charge(cost)
    change.reckon(factors.moved_by_client(session=session, starts_at=starts_at))
    cover.accept_amount(change.promised, shown_held=shown_held)
    uncovered = change.rebook(starts_at, charged=cost)
    change.agree(starts_at, free_change=False)
    if uncovered:
        cover.lose(session=session, at=at)
    change.tell(EventKind.POSTPONED, "postponed", cost=cost)
    if uncovered:
        cover.await_top_up(session=session, at=at)
    cover.follow_account(account_id=session.account_id, at=at)
    return session


@transaction.atomic
@at_one_moment()
def cancel(*, session: Session, shown_minutes: int, by: Person, at: datetime, reason: str = "") -> Session:
    """Cancel the session at the client's wish, at the cost that was shown, in minutes (rule C10).

    Raises NotAllowed, SessionMovedOn, CostChanged(minutes).
    """
    session = _locked(session, *BEFORE_WORK)
    _check_client(by, session, at)
    reason = reasoned(reason) if reason.strip() else ""
    cost = _accepted_cost(session, PenaltyKind.CANCEL, shown_minutes, at)
    change = _Change(session, by=by, at=at, reason=reason)
    change.compensate(due=compensation.stood_up(session, at=at))
    change.charge(cost)
    change.close()
    change.tell(EventKind.CANCELLED, "cancelled", cost=cost)
    cover.follow_account(account_id=session.account_id, at=at)
    return session


@transaction.atomic
@at_one_moment()
def move_by_provider(*, session: Session, starts_at: datetime, by: Person, at: datetime, reason: str) -> Session:
    """Move the session for a reason of ours: free, and credit for the client where it is late (rule C10).

    The reason overrides the shortest lead and the furthest time ahead, within two years (rule R2). The client may
    change the new time free. Raises NotAllowed, SessionMovedOn, ReasonMissing, AlreadyThen, TooSoon,
    TooFarAhead, SlotTaken(nearest), TooLong.
    """
    session = _locked(session, *BOOKED)
    _check_ours(by, session)
    kind_of_move(session=session, starts_at=starts_at)
    change = _Change(session, by=by, at=at, reason=reasoned(reason))
    change.take(starts_at, overriding=True)
    change.compensate(due=_is_late(session, at))
    change.reckon(factors.moved_by_us(session=session, starts_at=starts_at))
    change.lower(starts_at)
    change.agree(starts_at, free_change=True)
    change.tell(EventKind.MOVED, "moved")
    cover.follow_account(account_id=session.account_id, at=at)
    return session


@transaction.atomic
@at_one_moment()
def call_off(*, session: Session, by: Person, at: datetime, reason: str) -> Session:
    """Cancel the session for a reason of ours: free, and credit for the client where it is late (rule C10).

    Raises NotAllowed, SessionMovedOn, ReasonMissing.
    """
    session = _locked(session, *BEFORE_WORK)
    _check_ours(by, session)
    change = _Change(session, by=by, at=at, reason=reasoned(reason))
    change.compensate(due=_is_late(session, at))
    change.close()
    change.tell(EventKind.CALLED_OFF, "called_off")
    cover.follow_account(account_id=session.account_id, at=at)
    return session


@transaction.atomic
def allow_start(*, session: Session, by: Person, at: datetime, reason: str) -> Session:
    """Let a session start that awaits a top-up: in an outage, by the account manager, with a reason (rule C6).

    Its hold covers what it can; the rest is owed on confirmation (rule C11). Raises NotAllowed, SessionMovedOn,
    ReasonMissing.
    """
    session = _locked(session, State.AWAITING_TOP_UP)
    if not manages(by, session.organisation):
        raise NotAllowed
    reason = reasoned(reason)
    session.hold = ledger.resize_hold(hold=life.hold(session), minutes=session.held_minutes, at=at)
    life.step(session, to=State.SCHEDULED, at=at, agreed_at=at, top_up_by=None)
    uncovered = session.hold.missing_minutes
    facts = {"start": session.start_number, "uncovered_minutes": uncovered}
    event = life.note(session, EventKind.OUTAGE_RELEASE, at=at, by=by, reason=reason, facts=facts)
    messages.scheduled(session, event, uncovered=uncovered)
    return session


def kind_of_move(*, session: Session, starts_at: datetime) -> PenaltyKind:
    """What moving to `starts_at` counts as (rule C10): a postponement, or a move to an earlier time. Raises AlreadyThen."""
    now = cover.start_of(session)
    if starts_at == now:
        raise AlreadyThen
    return PenaltyKind.EARLIER if starts_at < now else PenaltyKind.POSTPONE


class _Change:
    """One change of one locked session: what it takes, costs, gives and leaves behind, in that order."""

    def __init__(self, session: Session, *, by: Person, at: datetime, reason: str) -> None:
        self.session, self.by, self.at, self.reason = session, by, at, reason
        self.was, self.start_number = session.starts_at, session.start_number
        self.technicians = {technician.pk: technician for technician in crew.crew(session).select_related("person")}
        self.was_percent = session.factor_percent
        self.credited = 0
        self.done_by: list[str] = []

    def take(self, starts_at: datetime, *, overriding: bool = False) -> None:
        """Reserve the new time and give up the old; both crews are told."""
        session = self.session
        bookings.check_time(starts_at, terms=session_terms.current(), at=self.at, overriding=overriding)
        wanted = Wanted(
            purpose=session.purpose,
            minutes=session.estimate_minutes,
            technician_count=session.technician_count,
            overriding=overriding,
        )
        taken = reservations.take(session=session, wanted=wanted, starts_at=starts_at, at=self.at)
        if {technician.pk for technician in taken} != self.technicians.keys():
            self.done_by = [str(technician) for technician in taken]  # by others than before: both sides are told
        self.technicians |= {technician.pk: technician for technician in taken}

    def compensate(self, *, due: bool) -> None:
        """Grant what we owe for our own lateness, where it is due."""
        if due and (lot := compensation.compensate(session=self.session, by=self.by, at=self.at, reason=self.reason)):
            self.credited = lot.granted_minutes

    def charge(self, minutes: int) -> None:
        """Post the penalty at once, once for this start."""
        if minutes:
            cause = f"session:{self.session.pk}:start:{self.start_number}:late"
            voucher = Voucher(cause=cause, at=self.at, by=self.by, reason=self.reason, text=self.session.title)
            ledger.charge(hold=life.hold(self.session), minutes=minutes, kind=EntryKind.LATE_CHANGE, voucher=voucher)

    def reckon(self, factor: Factor) -> None:
        """The session is multiplied by `factor` from now on."""
        life.amend(self.session, **factor.columns)

    @property
    def promised(self) -> int:
        """What the session is to hold: the estimate, or what was agreed to beyond it, by the factor as it is now (rules C5, C8)."""
        return factors.promised_minutes(self.session, factors.of(self.session))

    def rebook(self, starts_at: datetime, *, charged: int) -> bool:
        """Hold what is promised where that or its cover changed; whether the booking now loses its time.

        The estimate is held whole, what was agreed beyond it as far as credit is left. It counts in the month of the
        new start (rule C16). Raises MonthlyLimitReached where that has no room for it.
        """
        session, promised = self.session, self.promised
        hold, agreed = life.hold(session), session.state == State.SCHEDULED
        due_on = local_date(starts_at)
        if hold.minutes == promised and not (agreed and (charged or hold.covered_minutes < session.held_minutes)):
            months.move(hold=hold, due_on=due_on)
            return False
        fits = promised <= CreditAccount.objects.get(pk=session.account_id).available_minutes + hold.covered_minutes
        hold = ledger.rebook_hold(hold=hold, minutes=promised if fits else session.held_minutes, at=self.at, due_on=due_on)
        if hold.state == HoldState.PLACED and hold.minutes < promised:
            hold = ledger.grow_hold(hold=hold, minutes=promised, at=self.at)
        session.hold = hold
        return agreed and hold.state == HoldState.WAITING

    def lower(self, starts_at: datetime) -> None:
        """Let go of what is held beyond what is promised now; a booking that waits for credit waits for less.

        It counts in the month of the new start, whatever the limit of that (rule C16).
        """
        hold = life.hold(self.session)
        months.move_by_provider(hold=hold, due_on=local_date(starts_at))
        placed = hold.state == HoldState.PLACED
        wanted = self.promised if placed else self.session.held_minutes
        if hold.minutes > wanted:
            resize = ledger.resize_hold if placed else ledger.rebook_hold
            self.session.hold = resize(hold=hold, minutes=wanted, at=self.at)

    def agree(self, starts_at: datetime, *, free_change: bool) -> None:
        """The new time stands. A booking that awaited a top-up had none agreed, and keeps awaiting it."""
        reminders.drop(self.session)
        starts_at = starts_at.astimezone(UTC)
        ends_at = starts_at + timedelta(minutes=self.session.estimate_minutes)
        life.amend(self.session, starts_at=starts_at, ends_at=ends_at, free_change=free_change)
        if self.session.state == State.SCHEDULED:
            life.amend(self.session, start_number=self.start_number + 1, agreed_at=self.at)
        else:
            life.amend(self.session, top_up_by=cover.top_up_deadline(self.session, at=self.at))

    def close(self) -> None:
        """End the session without work: credit and technicians are free again."""
        reminders.drop(self.session)
        if self.session.hold is not None:
            ledger.void(hold=self.session.hold, at=self.at)
        crew.dismiss(self.session)
        life.step(self.session, to=State.CANCELLED, at=self.at)

    def tell(self, kind: EventKind, template: str, *, cost: int = 0) -> None:
        """Leave the trace, and tell everybody concerned."""
        facts = {
            "start": self.start_number,
            "was": self.was and self.was.isoformat(),
            "starts_at": self.session.starts_at and self.session.starts_at.isoformat(),
            "minutes": cost,
            "credited_minutes": self.credited,
        }
        if self.session.factor_percent != self.was_percent:
            facts |= {"was_percent": self.was_percent, "factor_percent": self.session.factor_percent}
        event = life.note(self.session, kind, at=self.at, by=self.by, reason=self.reason, facts=facts)
        told = {"cost": cost, "credited": self.credited, "was": self.was, "done_by": ", ".join(self.done_by)}
        messages.changed(template, self.session, event, self.technicians.values(), **told)


def _locked(session: Session, *states: State) -> Session:
    """The session as it is now, with its account locked first; in one of `states`, and with the start that was read.

    Somebody else may have agreed another start meanwhile: who decided about the earlier one decides again (rule C10).
    """
    accounts.lock([session.account_id])
    current = life.locked(session)
    life.require(current, *states)
    if current.start_number != session.start_number:
        raise life.SessionMovedOn
    return current


def _check_client(by: Person, session: Session, at: datetime) -> None:
    if not spending.may_spend(by, session.account, at=at):
        raise NotAllowed


def _check_agreement(session: Session, starts_at: datetime) -> None:
    """Nothing is moved beyond the end of the client's agreement but what lies there already (rule P5). Raises AgreementEnded."""
    try:
        agreements.require(session.organisation, on=local_date(cover.start_of(session)))
    except agreements.AgreementEnded:
        return
    agreements.require(session.organisation, on=local_date(starts_at))


def _check_ours(by: Person, session: Session) -> None:
    if not (manages(by, session.organisation) or crew.may_run(by, session)):
        raise NotAllowed


def _accepted_cost(session: Session, kind: PenaltyKind, shown_minutes: int, at: datetime) -> int:
    """The cost of the change, if it is the one that was shown and so accepted."""
    minutes = quotes.cost_minutes(session=session, kind=kind, at=at)
    if minutes != shown_minutes:
        raise CostChanged(minutes)
    return minutes


def _is_late(session: Session, at: datetime) -> bool:
    """Whether a change of ours comes inside the notice of an agreed start."""
    if session.state != State.SCHEDULED:
        return False
    return notice.is_late(starts_at=cover.start_of(session), received_at=at, notice=session.notice)
