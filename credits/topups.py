"""Top-ups: ordering credit, and the payment that turns it into credit (rules C2 to C4).

Who decides about the account orders. Above the sum that they decide alone the order waits for a second approver, and
nothing follows from it until then (rules: People).

Until there are invoices, finance marks an order paid with date, amount and reference. A top-up is its own order and
never part of another sale (rule C3). The price and VAT are those of the day of the order.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

from clients import access, agreements, limits
from clients.access import Yes
from clients.limits import NoSecondApprover, SecondApproverNeeded
from clients.models import CreditOn, StaffDuty
from core.errors import DomainError, NotAllowed
from core.formatting import hours, money
from credits import accounts, campaigns, ledger, messages, spending, terms, validity
from credits.models import CreditAccount, LotSource, TopUp, TopUpState
from credits.vouchers import LotTerms, Voucher
from people.models import Person

__all__ = [
    "BelowMinimum",
    "NoSecondApprover",
    "NotApprovedYet",
    "NotPaidYet",
    "PaidTooEarly",
    "Price",
    "SecondApproverNeeded",
    "TopUp",
    "TopUpClosed",
    "TopUpMismatch",
    "TopUpState",
    "WrongAmount",
    "approve",
    "cancel",
    "first_yes",
    "mark_paid",
    "order",
    "price_of",
]

CENT = Decimal("0.01")
LONGEST_AHEAD = timedelta(days=365)
"""How long before its order a payment can have been made."""
READ_WITH = ("account__organisation", "lot", "ordered_by", "approved_by")
WITHDRAWABLE = (TopUpState.AWAITING_APPROVAL, TopUpState.ORDERED)


class BelowMinimum(DomainError):
    """A top-up has a smallest size (rule C2). Minutes."""

    def __init__(self, *, minimum: int) -> None:
        super().__init__(minimum)
        self.minimum = minimum

    @property
    def message(self) -> str:
        """The sentence that names the smallest top-up."""
        return _("The smallest top-up is %(minimum)s. Nothing has been ordered.") % {"minimum": hours(self.minimum)}


class TopUpMismatch(DomainError):
    """The same form has already ordered something else."""

    message = _("This form has already been used for another order. Open the page again to order more.")


class TopUpClosed(DomainError):
    """The order was already paid or cancelled."""

    message = _("This top-up has already been paid or cancelled. Nothing has changed.")


class NotApprovedYet(DomainError):
    """The order waits for a second approver, so that nothing is to be paid yet (rules: People)."""

    message = _("This top-up still waits for a second approver of the client. Nothing has changed.")


class WrongAmount(DomainError):
    """The payment is not what the order costs."""

    def __init__(self, *, expected: Money) -> None:
        super().__init__(expected)
        self.expected = expected

    @property
    def message(self) -> str:
        """The sentence that names the right amount."""
        return _("The order is for %(expected)s. Another amount cannot be marked as its payment.") % {"expected": money(self.expected)}


class NotPaidYet(DomainError):
    """A payment cannot lie in the future."""

    message = _("The payment date lies in the future. Nothing has changed.")


class PaidTooEarly(DomainError):
    """Nobody pays more than a year before they order: the date is a slip of the pen."""

    message = _("The payment date lies more than a year before the order. Nothing has changed.")


@dataclass(frozen=True)
class Price:
    """What a number of minutes costs."""

    net: Money
    vat_percent: Decimal
    vat: Money
    total: Money


def price_of(minutes: int) -> Price:
    """The price of `minutes` today: net by the minute, VAT rounded once (rules C3, I2)."""
    now = terms.current()
    currency = now.price_per_hour.currency
    net = Money(_to_cents(now.price_per_hour.amount * minutes / 60), currency)
    vat = Money(_to_cents(net.amount * now.vat_percent / 100), currency)
    return Price(net=net, vat_percent=now.vat_percent, vat=vat, total=net + vat)


@transaction.atomic
def order(*, account: CreditAccount, minutes: int, cause: str, by: Person, at: datetime, reference: str = "") -> TopUp:
    """Order `minutes` of credit; it waits for payment (rules C2, C3). The same cause again returns its first order.

    Where the agreement trusts the client, the credit is there at once (rule C4). Above what `by` decides alone it waits
    for a second approver first. Without a reference it bears that of the account (rule C16). Raises NotAllowed for
    anybody who does not decide about the account, AccountClosed, AgreementEnded, BelowMinimum, TopUpMismatch,
    NoSecondApprover.
    """
    (account,) = accounts.lock([account.pk])
    about = spending.voices_about(account, at=at)
    if by not in {voice.person for voice in about}:
        raise NotAllowed
    if first := TopUp.objects.filter(cause=cause).first():
        return _same(first, account, minutes)
    _check_open(account, at)
    minimum = terms.current().minimum_top_up_minutes
    if minutes < minimum:
        raise BelowMinimum(minimum=minimum)
    top_up = _create(account, minutes, cause=cause, by=by, at=at, reference=reference or account.reference)
    if limits.decides_alone(by, top_up.net.amount, among=about):
        return _place(top_up, at=at)
    seconds = limits.seconds(by, among=about)
    if not seconds:
        raise NoSecondApprover
    messages.top_up_to_approve(top_up, seconds, at=at)
    return top_up


@transaction.atomic
def approve(*, top_up: TopUp, by: Person, at: datetime) -> TopUp:
    """Agree to an order above the limit of who made it; what follows from an order follows now (rules: People).

    By another approver, whatever their own limit; by who ordered it once their limit allows. Approving twice is
    harmless. Raises NotAllowed, SecondApproverNeeded, AccountClosed, AgreementEnded, TopUpClosed.
    """
    top_up = _locked(top_up)
    about = spending.voices_about(top_up.account, at=at)
    if by not in {voice.person for voice in about}:
        raise NotAllowed
    if top_up.approved_by == by:
        return top_up
    if top_up.state != TopUpState.AWAITING_APPROVAL:
        raise TopUpClosed
    _check_open(top_up.account, at)
    may_be_second = by in limits.seconds_to(first_yes(top_up), among=about)
    if not may_be_second and not limits.decides_alone(by, top_up.net.amount, among=about):
        raise SecondApproverNeeded
    top_up.approved_at, top_up.approved_by = at, by
    return _place(top_up, at=at)


@transaction.atomic
def mark_paid(*, top_up: TopUp, paid_on: date, amount: Money, payment_reference: str, by: Person, at: datetime) -> TopUp:
    """Record the payment of an order, which becomes credit exactly once (rule C4).

    The same payment again changes nothing. Raises NotAllowed for anybody but finance, WrongAmount, NotPaidYet for a
    date after the provider's today, PaidTooEarly for one more than a year before the order's, NotApprovedYet, TopUpClosed.
    """
    if not access.has_duty(by, StaffDuty.FINANCE):
        raise NotAllowed
    top_up = _locked(top_up)
    if top_up.state == TopUpState.PAID and (top_up.paid_on, top_up.payment_reference) == (paid_on, payment_reference):
        return top_up
    if top_up.state != TopUpState.ORDERED:
        raise NotApprovedYet if top_up.state == TopUpState.AWAITING_APPROVAL else TopUpClosed
    if amount != top_up.total:
        raise WrongAmount(expected=top_up.total)
    if paid_on > agreements.local_date(at):
        raise NotPaidYet
    if paid_on < agreements.local_date(top_up.ordered_at) - LONGEST_AHEAD:
        raise PaidTooEarly
    if top_up.lot is None:
        _grant(top_up, by=by, at=at)
    top_up.state, top_up.paid_on, top_up.payment_reference = TopUpState.PAID, paid_on, payment_reference
    top_up.closed_at, top_up.closed_by = at, by
    top_up.save(update_fields=["state", "paid_on", "payment_reference", "closed_at", "closed_by"])
    messages.top_up_paid(top_up, at=at)
    return top_up


@transaction.atomic
def cancel(*, top_up: TopUp, by: Person, at: datetime) -> TopUp:
    """Withdraw an order that is neither paid nor credit yet, or decline to be its second approver.

    Whoever ordered it is told of what another one does. Raises NotAllowed, TopUpClosed.
    """
    if not (spending.may_decide(by, top_up.account, at=at) or access.has_duty(by, StaffDuty.FINANCE)):
        raise NotAllowed
    top_up = _locked(top_up)
    if top_up.state == TopUpState.CANCELLED:
        return top_up
    if top_up.state not in WITHDRAWABLE or top_up.lot is not None:
        raise TopUpClosed
    top_up.state, top_up.closed_at, top_up.closed_by = TopUpState.CANCELLED, at, by
    top_up.save(update_fields=["state", "closed_at", "closed_by"])
    if by != top_up.ordered_by:
        messages.top_up_cancelled(top_up, at=at)
    return top_up


def first_yes(top_up: TopUp) -> Yes:
    """The order as the first yes of two: it counts in the rights that who ordered decided in then."""
    return Yes(top_up.account.organisation_id, top_up.ordered_by, top_up.ordered_at)


def _to_cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def _same(first: TopUp, account: CreditAccount, minutes: int) -> TopUp:
    if (first.account_id, first.minutes) != (account.pk, minutes):
        raise TopUpMismatch
    return first


def _check_open(account: CreditAccount, at: datetime) -> None:
    """Nothing is ordered for an account that was closed, or after the end of the client's agreement (rule P5)."""
    if account.closed_at is not None:
        raise ledger.AccountClosed
    agreements.require(account.organisation, on=agreements.local_date(at))


def _create(account: CreditAccount, minutes: int, *, cause: str, by: Person, at: datetime, reference: str) -> TopUp:
    today, now, price = agreements.local_date(at), terms.current(), price_of(minutes)
    agreement = agreements.in_force(account.organisation, on=today)
    bonus = campaigns.best(minutes=minutes, on=today)
    return TopUp.objects.create(
        account=account,
        cause=cause,
        minutes=minutes,
        bonus_minutes=bonus.minutes,
        campaign=bonus.campaign,
        validity_months=now.lot_validity_months,
        price_per_hour=now.price_per_hour,
        net=price.net,
        vat_percent=price.vat_percent,
        vat=price.vat,
        total=price.total,
        reference=reference,
        credit_on=agreement.credit_on if agreement else CreditOn.PAYMENT,
        state=TopUpState.AWAITING_APPROVAL,
        ordered_at=at,
        ordered_by=by,
    )


def _place(top_up: TopUp, *, at: datetime) -> TopUp:
    """What follows from an order that stands: where the client is trusted the credit, and word to everybody (rule C4)."""
    top_up.state = TopUpState.ORDERED
    top_up.save(update_fields=["state", "approved_at", "approved_by"])
    if top_up.credit_on == CreditOn.ISSUE:
        _grant(top_up, by=top_up.approved_by or top_up.ordered_by, at=at)
    messages.top_up_ordered(top_up, at=at)
    return top_up


def _grant(top_up: TopUp, *, by: Person, at: datetime) -> None:
    top_up.lot = ledger.grant(
        account=top_up.account,
        minutes=top_up.minutes + top_up.bonus_minutes,
        terms=LotTerms(
            source=LotSource.TOP_UP,
            price_per_hour=top_up.price_per_hour,
            total_price=top_up.net,
            vat_percent=top_up.vat_percent,
            expires_on=validity.last_day(agreements.local_date(at), top_up.validity_months),
            bonus_minutes=top_up.bonus_minutes,
        ),
        voucher=Voucher(cause=f"top-up:{top_up.pk}", at=at, by=by, text=top_up.reference),
    )
    top_up.save(update_fields=["lot"])


def _locked(top_up: TopUp) -> TopUp:
    accounts.lock([top_up.account_id])
    return TopUp.objects.select_for_update(of=("self",)).select_related(*READ_WITH).get(pk=top_up.pk)
