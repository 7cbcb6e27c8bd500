"""Top-ups: ordering credit, and the payment that turns it into credit (rules C2 to C4).

Who decides about the account orders. Above the sum that they decide alone the order waits for a second approver, and
nothing follows from it until then (rules: People).

Until there are invoices, finance marks an order paid with date, amount and reference. A top-up is its own order and
never part of another sale (rule C3). The price and VAT are those of the day of the order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

from clients import access, agreements, limits
from clients.access import Yes
from clients.limits import NoSecondApprover, SecondApproverNeeded
from clients.models import CreditOn, Organisation, StaffDuty
from core.errors import NotAllowed
from core.formatting import hours
from credits import accounts, campaigns, ledger, messages, order_numbers, spending, terms, topup_papers, validity
from credits.models import AutoTopUp, CreditAccount, LotSource, TopUp, TopUpState
from credits.prices import to_cents
from credits.terms import Rate
from credits.topup_refusals import (
    BelowMinimum,
    NotApprovedYet,
    NotPaidYet,
    OwedAlready,
    PaidTooEarly,
    TopUpClosed,
    TopUpInvoiced,
    TopUpMismatch,
    WrongAmount,
)
from credits.vouchers import LotTerms, Voucher
from people.models import Person

__all__ = [
    "BelowMinimum",
    "NoSecondApprover",
    "NotApprovedYet",
    "NotPaidYet",
    "OwedAlready",
    "Paid",
    "PaidTooEarly",
    "Price",
    "SecondApproverNeeded",
    "TopUp",
    "TopUpClosed",
    "TopUpInvoiced",
    "TopUpMismatch",
    "TopUpState",
    "Wanted",
    "WrongAmount",
    "approve",
    "cancel",
    "first_yes",
    "grant_on_issue",
    "locked",
    "mark_paid",
    "order",
    "order_wanted",
    "price_of",
    "priced",
    "purchase_orders_of",
    "require_order",
    "settle",
]

LONGEST_AHEAD = timedelta(days=365)
"""How long before its order a payment can have been made."""
READ_WITH = ("account__organisation", "lot", "debt__account", "ordered_by", "approved_by")
WITHDRAWABLE = (TopUpState.AWAITING_APPROVAL, TopUpState.ORDERED)


@dataclass(frozen=True)
class Price:
    """What a number of minutes costs."""

    net: Money
    vat_percent: Decimal
    vat: Money
    total: Money


@dataclass(frozen=True, kw_only=True)
class Paid:
    """A payment: on which local date, how much, and by which reference it is found again."""

    on: date
    amount: Money
    reference: str


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is to be ordered. `automatic`: by itself, as was agreed; then `second` has agreed to it already, where one was needed."""

    minutes: int
    cause: str
    reference: str = ""
    automatic: AutoTopUp | None = None
    second: Person | None = None


def price_of(minutes: int, client: Organisation) -> Price:
    """The price of `minutes` for the client today: net by the minute, VAT by the buyer, rounded once (rules C3, I2)."""
    return priced(minutes, terms.rate(terms.current(), client))


def priced(minutes: int, rate: Rate) -> Price:
    """What `minutes` cost at a rate: net by the minute, VAT rounded once (rule I2)."""
    currency = rate.price_per_hour.currency
    net = Money(to_cents(rate.price_per_hour.amount * minutes / 60), currency)
    vat = Money(to_cents(net.amount * rate.vat_percent / 100), currency)
    return Price(net=net, vat_percent=rate.vat_percent, vat=vat, total=net + vat)


@transaction.atomic
def order(*, account: CreditAccount, minutes: int, cause: str, by: Person, at: datetime, reference: str = "") -> TopUp:
    """Order `minutes` of credit; it waits for payment (rules C2, C3). The same cause again returns its first order.

    Where the agreement trusts the client the credit comes with the invoice, and at once where no invoices are made
    (rule C4). Above what `by` decides alone it waits for a second approver first. Without a reference it bears that of the
    account (rule C16), or the client's usual purchase order; a purchase order of the client's is used with the net sum
    (rule I8). Raises NotAllowed for anybody who does not decide about the account, AccountClosed, AgreementEnded,
    BelowMinimum, TopUpMismatch, NoSecondApprover, OrderNumberMissing, and what `clients.purchase_orders.use` refuses.
    """
    return order_wanted(account, Wanted(minutes=minutes, cause=cause, reference=reference), by=by, at=at)


@transaction.atomic
def order_wanted(account: CreditAccount, wanted: Wanted, *, by: Person, at: datetime) -> TopUp:
    """The same for what is described as a whole, also for what is ordered by itself (`credits.auto_top_ups`)."""
    (account,) = accounts.lock([account.pk])
    about = spending.voices_about(account, at=at)
    if by not in {voice.person for voice in about}:
        raise NotAllowed
    if first := TopUp.objects.filter(cause=wanted.cause).first():
        return _same(first, account, wanted.minutes)
    wanted = replace(wanted, reference=require_order(account, wanted.minutes, reference=wanted.reference, at=at))
    top_up = _create(account, wanted, by=by, at=at)
    if limits.decides_alone(by, top_up.net.amount, among=about):
        return _place(top_up, by=by, at=at)
    seconds = limits.seconds(by, among=about)
    if not seconds:
        raise NoSecondApprover
    if wanted.second in seconds:
        top_up.approved_at, top_up.approved_by = at, wanted.second
        return _place(top_up, by=by, at=at)
    messages.top_up_to_approve(top_up, seconds, at=at)
    return top_up


def require_order(account: CreditAccount, minutes: int, *, reference: str, at: datetime) -> str:
    """The number that such an order of credit would bear; refused where it could not be ordered now, whoever orders it.

    Raises AccountClosed, AgreementEnded, BelowMinimum, OrderNumberMissing, and what `clients.purchase_orders.use` refuses.
    """
    _check_open(account, at)
    minimum = terms.current().minimum_top_up_minutes
    if minutes < minimum:
        raise BelowMinimum(minimum=minimum)
    number = order_numbers.settled(account.organisation, reference or account.reference, at=at)
    order_numbers.require(account.organisation, number, net=price_of(minutes, account.organisation).net, at=at)
    return number


@transaction.atomic
def approve(*, top_up: TopUp, by: Person, at: datetime) -> TopUp:
    """Agree to an order above the limit of who made it; what follows from an order follows now (rules: People).

    By another approver, whatever their own limit; by who ordered it once their limit allows. Approving twice is
    harmless. Raises NotAllowed, SecondApproverNeeded, AccountClosed, AgreementEnded, TopUpClosed, and what
    `clients.purchase_orders.use` refuses.
    """
    top_up = locked(top_up)
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
    return _place(top_up, by=by, at=at)


@transaction.atomic
def mark_paid(*, top_up: TopUp, paid_on: date, amount: Money, payment_reference: str, by: Person, at: datetime) -> TopUp:
    """Record the payment of an order, which becomes credit exactly once (rule C4).

    The same payment again changes nothing. Raises NotAllowed for anybody but finance, WrongAmount, NotPaidYet for a
    date after the provider's today, PaidTooEarly for one more than a year before the order's, NotApprovedYet, TopUpClosed.
    """
    if not access.has_duty(by, StaffDuty.FINANCE):
        raise NotAllowed
    return settle(top_up=top_up, paid=Paid(on=paid_on, amount=amount, reference=payment_reference), by=by, at=at)


@transaction.atomic
def settle(*, top_up: TopUp, paid: Paid, by: Person | None, at: datetime) -> TopUp:
    """The same for whoever has checked who may: the app that invoices the order. `by` None: no person was at hand (rule C4)."""
    top_up = locked(top_up)
    if top_up.state == TopUpState.PAID and (top_up.paid_on, top_up.payment_reference) == (paid.on, paid.reference):
        return top_up
    if top_up.state != TopUpState.ORDERED:
        raise NotApprovedYet if top_up.state == TopUpState.AWAITING_APPROVAL else TopUpClosed
    if paid.amount != top_up.total:
        raise WrongAmount(expected=top_up.total)
    if paid.on > agreements.local_date(at):
        raise NotPaidYet
    if paid.on < agreements.local_date(top_up.ordered_at) - LONGEST_AHEAD:
        raise PaidTooEarly
    if top_up.lot is None:
        _grant(top_up, by=by, at=at)
    top_up.state, top_up.paid_on, top_up.payment_reference = TopUpState.PAID, paid.on, paid.reference
    top_up.closed_at, top_up.closed_by = at, by
    top_up.save(update_fields=["state", "paid_on", "payment_reference", "closed_at", "closed_by"])
    messages.top_up_paid(top_up, at=at)
    return top_up


@transaction.atomic
def grant_on_issue(*, top_up: TopUp, by: Person | None, at: datetime) -> TopUp:
    """The invoice is issued: what is trusted, or invoices a debt, becomes credit now, exactly once (rules C4, C11).

    Others wait for their payment. Raises TopUpClosed for an order that was withdrawn, DebtMoved.
    """
    top_up = locked(top_up)
    if top_up.lot is not None or top_up.credit_on != CreditOn.ISSUE:
        return top_up
    if top_up.state != TopUpState.ORDERED:
        raise TopUpClosed
    _grant(top_up, by=by, at=at)
    if top_up.debt is None:
        messages.top_up_granted(top_up, at=at)
    return top_up


@transaction.atomic
def cancel(*, top_up: TopUp, by: Person, at: datetime) -> TopUp:
    """Withdraw an order that is neither paid nor credit yet, or decline to be its second approver; its purchase order is free of it.

    Whoever ordered it is told of what another one does. Raises NotAllowed, TopUpClosed, TopUpInvoiced.
    """
    if not (spending.may_decide(by, top_up.account, at=at) or access.has_duty(by, StaffDuty.FINANCE)):
        raise NotAllowed
    top_up = locked(top_up)
    if top_up.state == TopUpState.CANCELLED:
        return top_up
    if top_up.state not in WITHDRAWABLE or top_up.lot is not None:
        raise TopUpClosed
    if top_up.debt is not None:
        raise OwedAlready
    if topup_papers.binds(top_up):
        raise TopUpInvoiced
    top_up.state, top_up.closed_at, top_up.closed_by = TopUpState.CANCELLED, at, by
    top_up.save(update_fields=["state", "closed_at", "closed_by"])
    order_numbers.give_back(cause_of(top_up), at=at)
    if by != top_up.ordered_by:
        messages.top_up_cancelled(top_up, at=at)
    return top_up


def purchase_orders_of(top_ups: Sequence[TopUp]) -> dict[int, int]:
    """The purchase order, by number, that each of these orders used, by the number of the top-up (rule I8). One query."""
    return order_numbers.orders_of({cause_of(top_up): top_up.pk for top_up in top_ups})


def first_yes(top_up: TopUp) -> Yes:
    """The order as the first yes of two: it counts in the rights that who ordered decided in then."""
    if top_up.ordered_by is None:
        raise NotAllowed
    return Yes(top_up.account.organisation_id, top_up.ordered_by, top_up.ordered_at)


def cause_of(top_up: TopUp) -> str:
    """What names the order in the ledger, and on a purchase order."""
    return f"top-up:{top_up.pk}"


def _same(first: TopUp, account: CreditAccount, minutes: int) -> TopUp:
    if (first.account_id, first.minutes) != (account.pk, minutes):
        raise TopUpMismatch
    return first


def _check_open(account: CreditAccount, at: datetime) -> None:
    """Nothing is ordered for an account that was closed, or after the end of the client's agreement (rule P5)."""
    if account.closed_at is not None:
        raise ledger.AccountClosed
    agreements.require(account.organisation, on=agreements.local_date(at))


def _create(account: CreditAccount, wanted: Wanted, *, by: Person, at: datetime) -> TopUp:
    today, now, price = agreements.local_date(at), terms.current(), price_of(wanted.minutes, account.organisation)
    agreement = agreements.in_force(account.organisation, on=today)
    bonus = campaigns.best(minutes=wanted.minutes, on=today)
    return TopUp.objects.create(
        account=account,
        cause=wanted.cause,
        minutes=wanted.minutes,
        automatic=wanted.automatic,
        bonus_minutes=bonus.minutes,
        campaign=bonus.campaign,
        validity_months=now.lot_validity_months,
        price_per_hour=now.price_per_hour,
        net=price.net,
        vat_percent=price.vat_percent,
        vat=price.vat,
        total=price.total,
        reference=wanted.reference,
        credit_on=agreement.credit_on if agreement else CreditOn.PAYMENT,
        state=TopUpState.AWAITING_APPROVAL,
        ordered_at=at,
        ordered_by=by,
    )


def _place(top_up: TopUp, *, by: Person, at: datetime) -> TopUp:
    """What follows from an order that stands: word to everybody, and the credit of a trusted client whom nobody invoices (C4, I8)."""
    top_up.state = TopUpState.ORDERED
    top_up.save(update_fields=["state", "approved_at", "approved_by"])
    organisation = top_up.account.organisation
    with translation.override(organisation.language):
        text = _("Top-up of %(size)s, %(account)s") % {"size": hours(top_up.minutes), "account": top_up.account.name}
    order_numbers.take(organisation, top_up.reference, net=top_up.net, cause=cause_of(top_up), text=text, at=at)
    if top_up.credit_on == CreditOn.ISSUE and not topup_papers.becomes_credit_by_invoice(top_up):
        _grant(top_up, by=by, at=at)
    messages.top_up_ordered(top_up, by_invoice=topup_papers.becomes_credit_by_invoice(top_up), at=at)
    return top_up


def _grant(top_up: TopUp, *, by: Person | None, at: datetime) -> None:
    minutes = top_up.minutes + top_up.bonus_minutes
    lot_terms = LotTerms(
        source=LotSource.TOP_UP,
        price_per_hour=top_up.price_per_hour,
        total_price=top_up.net,
        vat_percent=top_up.vat_percent,
        expires_on=validity.last_day(agreements.local_date(at), top_up.validity_months),
        bonus_minutes=top_up.bonus_minutes,
    )
    voucher = Voucher(cause=f"top-up:{top_up.pk}", at=at, by=by, text=top_up.reference)
    if top_up.debt is None:
        top_up.lot = ledger.grant(account=top_up.account, minutes=minutes, terms=lot_terms, voucher=voucher)
    else:
        top_up.lot = ledger.settle(debt=top_up.debt, minutes=minutes, terms=lot_terms, voucher=voucher)
    top_up.save(update_fields=["lot"])


def locked(top_up: TopUp) -> TopUp:
    """The order as it is now, locked after its account until the transaction ends."""
    accounts.lock([top_up.account_id])
    return TopUp.objects.select_for_update(of=("self",)).select_related(*READ_WITH).get(pk=top_up.pk)
