"""What a person decides about money that came in (rule I3): each a single step, recorded with who took it and when.

Money of a transaction goes to invoices, whole or in part, until none is left of it; what is over is the client's, is kept
for it, and pays its invoices later. What is no payment of a client's is put aside, with a reason, and can be taken up again.
"""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from djmoney.money import Money

from clients.agreements import local_date
from clients.models import Organisation
from core.errors import DomainError
from core.formatting import day, money
from core.reasons import reasoned
from invoicing import life, settlement, writing_off
from invoicing.models import BankTransaction, Difficulty, Invoice, Payment, PaymentWay, Payout, TransactionState
from invoicing.models.payouts import LIVE
from invoicing.settlement import Received
from people.models import Person


class AlreadyDealtWith(DomainError):
    """Somebody has dealt with it, or it is about to be led to its invoice."""

    message = gettext_lazy("This payment has been dealt with already. Nothing has changed.")


class NotIncoming(DomainError):
    """Money that went out pays nothing."""

    message = gettext_lazy("This is not money that came in, so that it pays nothing. Nothing has changed.")


class PartlyUsed(DomainError):
    """A part of it has paid an invoice."""

    message = gettext_lazy("A part of this payment has paid an invoice. Keep the rest as the client’s money. Nothing has changed.")


class NotPutAside(DomainError):
    """Only what was put aside is taken up again."""

    message = gettext_lazy("This payment was not put aside. Nothing has changed.")


class NothingKept(DomainError):
    """The client has no money with us in that currency."""

    message = gettext_lazy("The client has no money with us in this currency. Nothing has changed.")


@transaction.atomic
def pay(row: BankTransaction, invoice: Invoice, *, keep_rest: bool, by: Person, at: datetime) -> BankTransaction:
    """Pay an invoice with what is left of a transaction, as far as it is open; what is over stays to be dealt with, or is kept.

    What of it was written off is open again first. Raises NotAllowed, AlreadyDealtWith, NotIncoming, NothingOpen, and what
    `settlement.pay` raises.
    """
    life.check_finance(by)
    row, invoice = _for(row, invoice, by=by, at=at)
    amount = min(left_of(row).amount, invoice.open.amount)
    if invoice.currency != row.currency:
        raise settlement.OtherCurrency
    if amount <= 0:
        raise settlement.NothingOpen
    received = Received(
        amount=Money(amount, row.currency), paid_on=row.booked_on, reference=invoice.ocr, way=PaymentWay.BANK, transaction=row
    )
    settlement.pay(invoice, received, by=by, at=at, cause=f"bank:{row.identity}:{row.payments.count()}")
    if keep_rest and left_of(row).amount:
        return _keep(row, invoice.organisation, by=by, at=at)
    if left_of(row).amount:
        row.difficulty, row.proposed = Difficulty.OVER, invoice
        row.save(update_fields=["difficulty", "proposed"])
        return row
    return _close(row, _("Paid invoice %(number)s") % {"number": invoice.number}, by=by, at=at)


@transaction.atomic
def accept(row: BankTransaction, invoice: Invoice, *, by: Person, at: datetime) -> BankTransaction:
    """Pay an invoice in full with what is left of a transaction and differs a little from what is open: the difference is rounding.

    What of it was written off is open again first. Raises NotAllowed, AlreadyDealtWith, NotIncoming, and what
    `settlement.pay_rounded` raises.
    """
    life.check_finance(by)
    row, invoice = _for(row, invoice, by=by, at=at)
    received = Received(amount=left_of(row), paid_on=row.booked_on, reference=invoice.ocr, way=PaymentWay.BANK, transaction=row)
    settlement.pay_rounded(invoice, received, by=by, at=at, cause=f"bank:{row.identity}:{row.payments.count()}")
    return _close(row, _("Paid invoice %(number)s; the difference is rounding") % {"number": invoice.number}, by=by, at=at)


@transaction.atomic
def keep(row: BankTransaction, organisation: Organisation, *, by: Person, at: datetime) -> BankTransaction:
    """Keep what is left of a transaction as the client's money. Raises NotAllowed, AlreadyDealtWith, NotIncoming."""
    life.check_finance(by)
    return _keep(_locked(row), organisation, by=by, at=at)


@transaction.atomic
def ignore(row: BankTransaction, *, reason: str, by: Person, at: datetime) -> BankTransaction:
    """It is no payment of a client's. Raises NotAllowed, ReasonMissing, ReasonTooLong, AlreadyDealtWith, PartlyUsed."""
    life.check_finance(by)
    reason = reasoned(reason)
    row = _locked(row, incoming=False)
    if row.payments.exists():
        raise PartlyUsed
    return _close(row, reason, by=by, at=at, state=TransactionState.IGNORED)


@transaction.atomic
def take_up(row: BankTransaction, *, reason: str, by: Person, at: datetime) -> BankTransaction:
    """What was put aside waits for a person again. Raises NotAllowed, ReasonMissing, ReasonTooLong, NotPutAside."""
    life.check_finance(by)
    reason = reasoned(reason)
    row = BankTransaction.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if row.state != TransactionState.IGNORED:
        raise NotPutAside
    said = {"reason": reason, "day": day(local_date(at)), "before": row.settlement}
    row.settlement = (_("Taken up again %(day)s: %(reason)s. Put aside before: %(before)s") % said)[:500]
    row.state, row.settled_at, row.settled_by = TransactionState.OPEN, None, None
    row.save(update_fields=["state", "settled_at", "settled_by", "settlement"])
    return row


@transaction.atomic
def receive(invoice: Invoice, received: Received, *, by: Person, at: datetime, cause: str) -> Payment:
    """Record a payment that came outside the bank's files; what is over is kept as the client's money. The same `cause` returns it.

    Raises NotAllowed, NothingOpen, and what `settlement.pay` raises.
    """
    life.check_finance(by)
    invoice = settlement.locked(invoice)
    if str(received.amount.currency) != invoice.currency:
        raise settlement.OtherCurrency
    kept = Payment.objects.filter(cause=f"{cause}:kept").first()
    if kept is not None or Payment.objects.filter(cause=cause).exists():
        before = Money(kept.amount if kept is not None else 0, invoice.currency)
        return settlement.pay(invoice, replace(received, amount=received.amount - before), by=by, at=at, cause=cause)
    if invoice.open.amount <= 0:
        raise settlement.NothingOpen
    rest = max(received.amount - invoice.open, Money(0, invoice.currency))
    payment = settlement.pay(invoice, replace(received, amount=received.amount - rest), by=by, at=at, cause=cause)
    if rest.amount:
        over = Payment(organisation=invoice.organisation, way=received.way, paid_on=received.paid_on, reference=received.reference)
        over.cause, over.amount, over.currency = f"{cause}:kept", rest.amount, invoice.currency
        _written(over, by=by, at=at)
    return payment


@transaction.atomic
def use(invoice: Invoice, *, by: Person, at: datetime, key: str) -> Payment:
    """Pay an invoice with the client's money that no payout has set aside, as far as both go. The same `key` again returns the payment.

    Raises NotAllowed, NotIssued, NothingKept, NothingOpen, PaymentMismatch.
    """
    life.check_finance(by)
    lock_money(invoice.organisation)
    invoice = settlement.locked(invoice)
    cause = f"kept:{by.pk}:{key}"
    if found := Payment.objects.filter(cause=cause).first():
        if found.invoice_id != invoice.pk:
            raise settlement.PaymentMismatch
        return found
    has, is_open = free_of(invoice.organisation, invoice.currency), invoice.open
    if is_open.amount <= 0:
        raise settlement.NothingOpen
    if has.amount <= 0:
        raise NothingKept
    received = Received(amount=min(has, is_open), paid_on=local_date(at), way=PaymentWay.CREDIT, reference=invoice.ocr)
    payment = settlement.pay(invoice, received, by=by, at=at, cause=cause)
    used = Payment(organisation=invoice.organisation, way=PaymentWay.CREDIT, paid_on=received.paid_on, reference=invoice.ocr)
    used.cause, used.amount, used.currency = f"{cause}:used", -received.amount.amount, invoice.currency
    _written(used, by=by, at=at)
    return payment


def left_of(row: BankTransaction) -> Money:
    """What of a transaction has not gone anywhere yet."""
    gone = Payment.objects.filter(transaction=row).aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    return Money(row.amount - gone, row.currency)


def money_of(organisation: Organisation, currency: str) -> Money:
    """What we keep of a client's money."""
    kept = Payment.objects.filter(organisation=organisation, invoice=None, currency=currency).aggregate(sum=Sum("amount"))["sum"]
    return Money(kept or Decimal(0), currency)


def free_of(organisation: Organisation, currency: str) -> Money:
    """What we keep of a client's money, without what payouts have set aside."""
    live = Payout.objects.filter(organisation=organisation, currency=currency, state__in=LIVE)
    return money_of(organisation, currency) - Money(live.aggregate(sum=Sum("amount", default=Decimal(0)))["sum"], currency)


def lock_money(organisation: Organisation) -> None:
    """Lock a client's money with us: before accounts and invoices."""
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)


def _for(row: BankTransaction, invoice: Invoice, *, by: Person, at: datetime) -> tuple[BankTransaction, Invoice]:
    """Both as they are now, and locked. What was written off of the invoice is open again."""
    invoice = settlement.locked(invoice)
    row = _locked(row)
    return row, writing_off.reopen(invoice, by=by, at=at) if invoice.written_off else invoice


def _locked(row: BankTransaction, *, incoming: bool = True) -> BankTransaction:
    """The row, locked, if a person may decide about it."""
    current = BankTransaction.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if current.state != TransactionState.OPEN or not current.difficulty:
        raise AlreadyDealtWith
    if incoming and (current.amount <= 0 or current.difficulty == Difficulty.REVERSAL):
        raise NotIncoming
    return current


def _keep(row: BankTransaction, organisation: Organisation, *, by: Person, at: datetime) -> BankTransaction:
    rest = left_of(row)
    kept = Payment(organisation=organisation, transaction=row, way=PaymentWay.BANK, paid_on=row.booked_on)
    kept.cause, kept.amount, kept.currency = f"bank:{row.identity}:kept", rest.amount, row.currency
    _written(kept, by=by, at=at)
    words = _("%(sum)s kept as money of %(client)s") % {"sum": money(rest), "client": organisation.name}
    return _close(row, words, by=by, at=at)


def _close(row: BankTransaction, words: str, *, by: Person, at: datetime, state: str = TransactionState.RESOLVED) -> BankTransaction:
    row.state, row.settled_at, row.settled_by, row.settlement = state, at, by, words[:500]
    row.save(update_fields=["state", "settled_at", "settled_by", "settlement"])
    return row


def _written(payment: Payment, *, by: Person, at: datetime) -> Payment:
    payment.recorded_by, payment.recorded_at = by, at
    payment.save(force_insert=True)
    return payment
