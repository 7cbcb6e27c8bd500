"""Payments of invoices, and what follows when one is paid in full (rules C4, C11, I3).

A payment belongs to one invoice. When nothing is open any more, each top-up on it becomes credit, exactly once: debt is
paid first, then bookings that wait for credit are served, as the ledger does with whatever frees minutes.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

from clients.agreements import local_date
from core.errors import DomainError
from core.formatting import money
from core.reasons import reasoned
from core.sentences import Sentence, sentence
from credits import topups
from credits.topups import Paid, TopUpState
from invoicing import freezing, life, messages, sources
from invoicing.models import BankTransaction, Invoice, InvoiceEventKind, InvoiceKind, Payment, PaymentWay
from invoicing.models.payments import MOST_ROUNDING
from people.models import Person


class PaymentMismatch(DomainError):
    """The same form has recorded another payment."""

    message = _("This form has recorded another payment before. Open the page again. Nothing has changed.")


class NotPositive(DomainError):
    """A payment is more than nothing."""

    message = _("A payment is more than nothing. Nothing has changed.")


class PaidInFuture(DomainError):
    """A payment cannot lie in the future."""

    message = _("The payment date lies in the future. Nothing has changed.")


class OtherCurrency(DomainError):
    """The invoice is in another currency."""

    message = _("The invoice is in another currency. Nothing has changed.")


class MoreThanOpen(DomainError):
    """Only as much as is open can be paid of an invoice; what is beyond it is the client's."""

    def __init__(self, still_open: Money) -> None:
        super().__init__(still_open)
        self.still_open = still_open

    @property
    def message(self) -> str:
        """How much is open."""
        return _("Only %(open)s of this invoice is open. Nothing has changed.") % {"open": money(self.still_open)}


class NothingOpen(DomainError):
    """The invoice is paid, credited or written off."""

    message = _("Nothing of this invoice is open any more. Nothing has changed.")


class DifferenceTooLarge(DomainError):
    """It is exactly what is open, or too far from it to be rounding."""

    def __init__(self, difference: Money) -> None:
        super().__init__(difference)
        self.difference = difference

    @property
    def message(self) -> str:
        """How far it is off."""
        said = _("The payment differs by %(difference)s from what is open: only up to %(most)s is taken as rounding. Nothing has changed.")
        most = Money(MOST_ROUNDING, self.difference.currency)
        return said % {"difference": money(abs(self.difference)), "most": money(most)}


class TakenBackAlready(DomainError):
    """What was taken back is not taken back once more: the payment is recorded anew."""

    message = _("This takes a payment back, or moves money that is over. Record the payment anew instead. Nothing has changed.")


class MoneyMovedOn(DomainError):
    """What credit notes left over of the payment has gone back to the client, or paid another invoice."""

    message = _("Part of this payment is the client’s money now, or has gone back to it. Nothing has changed.")


@dataclass(frozen=True, kw_only=True)
class Received:
    """Money that came in: how much, when, by which reference, and where from."""

    amount: Money
    paid_on: date
    reference: str = ""
    way: PaymentWay = PaymentWay.HAND
    transaction: BankTransaction | None = None


@transaction.atomic
def pay(invoice: Invoice, received: Received, *, by: Person, at: datetime, cause: str) -> Payment:
    """Record a payment of an issued invoice (rule I3). The same `cause` again returns it.

    Raises NotAllowed for anybody but finance, NotIssued, NotPositive, PaidInFuture, OtherCurrency, MoreThanOpen(still_open),
    PaymentMismatch.
    """
    life.check_finance(by)
    return _recorded(invoice, received, by=by, at=at, cause=cause)


@transaction.atomic
def pay_unattended(invoice: Invoice, received: Received, *, at: datetime, cause: str, by: Person | None = None) -> Payment:
    """The same for money that a service vouches for, or the bank, with nobody of ours at hand (rule I3). Raises what `pay` does.

    `by`: who read the bank's file, as finance then.
    """
    return _recorded(invoice, received, by=by, at=at, cause=cause)


@transaction.atomic
def pay_rounded(invoice: Invoice, received: Received, *, by: Person, at: datetime, cause: str) -> Payment:
    """Record a payment that is a little less or more than what is open, and the difference as rounding (rule I3): it is paid in full.

    The same `cause` again returns the payment. Raises NotAllowed, NotIssued, NotPositive, PaidInFuture, OtherCurrency,
    DifferenceTooLarge(difference), PaymentMismatch.
    """
    life.check_finance(by)
    invoice = locked(invoice)
    if found := Payment.objects.filter(cause=cause).first():
        return _the_same(found, invoice, received)
    _check_money(invoice, received, at)
    difference = invoice.open - received.amount
    if invoice.open.amount <= 0 or not 0 < abs(difference.amount) <= MOST_ROUNDING:
        raise DifferenceTooLarge(difference)
    payment = _written(invoice, received, by=by, at=at, cause=cause)
    _note_paid(invoice, payment, rounding=str(difference.amount))
    rounded = Received(amount=difference, paid_on=received.paid_on, reference=received.reference, way=PaymentWay.ROUNDING)
    _written(invoice, rounded, by=by, at=at, cause=_rounding_of(cause))
    settle_if_paid(invoice, payment, by=by, at=at)
    return payment


def locked(invoice: Invoice) -> Invoice:
    """The row of an issued invoice as it is now, locked after the accounts of its top-ups. Raises NotIssued."""
    sources.lock_accounts(invoice)
    return life.locked_issued(invoice)


@transaction.atomic
def take_back(payment: Payment, *, reason: str, by: Person, at: datetime) -> Payment:
    """A payment was recorded wrongly: as much less than nothing is added, with the reason (rule I3).

    What was rounded with it goes with it. What was paid with the client's money is the client's again. Credit that it became
    stays, and its account manager is told (`invoicing.unbacked`).

    Raises NotAllowed, ReasonMissing, ReasonTooLong, NotIssued, TakenBackAlready, MoneyMovedOn.
    """
    life.check_finance(by)
    if payment.invoice is None:
        raise life.NotIssued
    if payment.reverses_id or payment.amount < 0:
        raise TakenBackAlready
    invoice = life.locked_issued(payment.invoice)
    reason = reasoned(reason)
    if found := Payment.objects.filter(reverses=payment).first():
        return found
    rounding = Payment.objects.filter(cause=_rounding_of(payment.cause), reversed_by=None).first()
    if payment.amount + (rounding.amount if rounding else 0) > invoice.paid:
        raise MoneyMovedOn
    undone = [_undone(one, invoice, reason, by=by, at=at) for one in (rounding, payment) if one is not None][-1]
    if payment.way == PaymentWay.CREDIT:
        _give_back(payment, by=by, at=at)
    life.note(invoice, InvoiceEventKind.UNPAID, at=at, by=by, reason=reason, facts={"payment": payment.pk, "amount": str(payment.amount)})
    if invoice.open.amount > 0 and (minutes := sources.unused_of(invoice)):
        messages.credit_stays(invoice, minutes=minutes, cause=f"payment:{payment.pk}:taken-back", at=at)
    return undone


def count(invoice: Invoice, payment: Payment) -> None:
    """Count a payment on its invoice, which is locked."""
    invoice.paid += payment.amount
    if payment.way == PaymentWay.BAD_DEBT:
        invoice.written_off += payment.amount
    invoice.save(update_fields=["paid", "written_off"])


def settle_if_paid(invoice: Invoice, payment: Payment, *, by: Person | None, at: datetime) -> bool:
    """Whether nothing is open any more: then each top-up on the invoice becomes credit, and what was frozen is released (C4, I5).

    What waited for that moves on at once (rule C6). The invoice is locked.
    """
    if invoice.open.amount > 0:
        return False
    top_ups = sources.top_ups_of(invoice)
    for top_up in top_ups:
        if top_up.state == TopUpState.ORDERED:
            said = Paid(on=payment.paid_on, amount=top_up.total, reference=payment.reference or (invoice.number or ""))
            topups.settle(top_up=top_up, paid=said, by=by, at=at)
    freezing.release(invoice, reason=_paid(invoice), by=by, at=at)
    moved_on = sources.wake(top_ups, at=at)
    life.note(invoice, InvoiceEventKind.SETTLED, at=at, by=by, facts={"moved_on": moved_on})
    return True


def _recorded(invoice: Invoice, received: Received, *, by: Person | None, at: datetime, cause: str) -> Payment:
    invoice = locked(invoice)
    if found := Payment.objects.filter(cause=cause).first():
        return _the_same(found, invoice, received)
    _check_money(invoice, received, at)
    if received.amount > invoice.open:
        raise MoreThanOpen(invoice.open)
    payment = _written(invoice, received, by=by, at=at, cause=cause)
    _note_paid(invoice, payment)
    settle_if_paid(invoice, payment, by=by, at=at)
    return payment


def _written(invoice: Invoice, received: Received, *, by: Person | None, at: datetime, cause: str) -> Payment:
    payment = Payment.objects.create(
        organisation=invoice.organisation,
        invoice=invoice,
        transaction=received.transaction,
        way=received.way,
        cause=cause,
        currency=invoice.currency,
        amount=received.amount.amount,
        paid_on=received.paid_on,
        reference=received.reference,
        recorded_at=at,
        recorded_by=by,
    )
    count(invoice, payment)
    return payment


def _note_paid(invoice: Invoice, payment: Payment, **more: str) -> None:
    facts = {"payment": payment.pk, "amount": str(payment.amount), "paid_on": payment.paid_on.isoformat()} | more
    life.note(invoice, InvoiceEventKind.PAID, at=payment.recorded_at, by=payment.recorded_by, facts=facts)


def _undone(payment: Payment, invoice: Invoice, reason: str, *, by: Person, at: datetime) -> Payment:
    """As much less than nothing."""
    undone = Payment.objects.create(
        organisation=payment.organisation,
        invoice=invoice,
        transaction=payment.transaction,
        way=payment.way,
        cause=f"{payment.cause}:back",
        currency=payment.currency,
        amount=-payment.amount,
        paid_on=local_date(at),
        recorded_at=at,
        recorded_by=by,
        reverses=payment,
        reason=reason,
    )
    count(invoice, undone)
    return undone


def _rounding_of(cause: str) -> str:
    """The cause of what is rounded with a payment."""
    return f"{cause}:rounding"


def _paid(invoice: Invoice) -> Sentence:
    """Why credit is released."""
    return sentence(lambda: gettext("Invoice %(number)s is paid.") % {"number": invoice.number})


def _give_back(payment: Payment, *, by: Person, at: datetime) -> None:
    """What had paid the invoice was the client's money: it is so again."""
    kept = Payment(organisation=payment.organisation, way=PaymentWay.CREDIT, cause=f"{payment.cause}:back:kept", currency=payment.currency)
    kept.amount, kept.paid_on, kept.reference = payment.amount, local_date(at), payment.reference
    kept.recorded_at, kept.recorded_by = at, by
    kept.save(force_insert=True)


def _check_money(invoice: Invoice, received: Received, at: datetime) -> None:
    if invoice.kind != InvoiceKind.INVOICE:
        raise life.NotIssued
    if received.amount.amount <= 0:
        raise NotPositive
    if received.paid_on > local_date(at):
        raise PaidInFuture
    if str(received.amount.currency) != invoice.currency:
        raise OtherCurrency


def _the_same(found: Payment, invoice: Invoice, received: Received) -> Payment:
    if (found.invoice_id, found.amount, found.paid_on) != (invoice.pk, received.amount.amount, received.paid_on):
        raise PaymentMismatch
    return found
