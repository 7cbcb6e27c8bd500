"""A client's statement of account: invoices, credit notes and payments of a period, and what is open at its end (rules I1, I3, I4).

Between the balance before the period and the one after it stands every document by its date and every payment by the
day it came in. Money beyond an invoice is the client's, and lessens the balance until it is used or paid back. So the
balance is at any time what is open of all invoices, less what is kept. A statement for each currency, never a sum of two.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

from clients.models import Organisation
from core.errors import DomainError
from invoicing.listing import AGES, Age
from invoicing.models import Invoice, InvoiceKind, Payment, PaymentWay
from invoicing.standing import days_overdue

MOST_PRINTED = 1_000
"""Lines; more of them would keep their reader waiting, and fill more paper than anybody reads."""
NOTHING = Decimal(0)


class StatementTooLong(DomainError):
    """More lines were asked for on paper than are drawn at once."""

    message = _("This period has more lines than a PDF holds. Choose a shorter one.")


class What(StrEnum):
    """What a line is, in the order of one day."""

    INVOICE = "1 invoice"
    CREDIT_NOTE = "2 credit note"
    PAYMENT = "3 payment"
    ROUNDED = "3 rounded"
    WRITTEN_OFF = "3 written off"
    TAKEN_BACK = "4 taken back"
    KEPT = "5 kept"
    USED = "6 used"


WORDS: dict[What, str | Promise] = {
    What.INVOICE: _("Invoice"),
    What.CREDIT_NOTE: _("Credit note"),
    What.PAYMENT: _("Payment"),
    What.ROUNDED: _("Rounding difference"),
    What.WRITTEN_OFF: _("Written off"),
    What.TAKEN_BACK: _("Payment taken back"),
    What.KEPT: _("Paid beyond the invoice, and kept for later"),
    What.USED: _("Kept money that was used or paid back"),
}


@dataclass(frozen=True)
class Happened:
    """A document or a payment; `change` is what it did to the balance. `document`: what it is about."""

    on: date
    what: What
    document: Invoice | None
    change: Decimal
    key: int = 0


@dataclass(frozen=True)
class Line:
    """The same on the statement, with the balance after it."""

    happened: Happened
    change: Money
    balance: Money

    @property
    def word(self) -> str | Promise:
        """What it is."""
        return WORDS[self.happened.what]

    @property
    def is_document(self) -> bool:
        """Whether the line is a document itself, not about one."""
        return self.happened.what in (What.INVOICE, What.CREDIT_NOTE)


@dataclass(frozen=True)
class OpenItem:
    """An invoice with something open at the period's end. `days_overdue` then."""

    invoice: Invoice
    open: Money
    days_overdue: int


@dataclass(frozen=True)
class Account:
    """The statement in one currency. `kept`: the client's money with us at the end, and what was paid of invoices that were credited."""

    currency: str
    opening: Money
    lines: Sequence[Line]
    closing: Money
    items: Sequence[OpenItem]
    kept: Money
    age: Age

    @property
    def ages(self) -> list[Age]:
        """How old is what is open, as the list at the desk shows it."""
        return [self.age]

    @property
    def owed_back(self) -> Money:
        """What is kept, as it lessens the balance."""
        return -self.kept


@dataclass(frozen=True)
class ClientStatement:
    """The statement of a client for the days `first` to `last`, both included, in every currency there was anything in."""

    organisation: Organisation
    first: date
    last: date
    accounts: Sequence[Account]

    @property
    def length(self) -> int:
        """How many lines it has."""
        return sum(len(account.lines) for account in self.accounts)


def of(organisation: Organisation, *, first: date, last: date) -> ClientStatement:
    """The statement of a period. Raises ValueError where it ends before it begins. Two queries."""
    if last < first:
        msg = "a statement ends on or after the day it begins"
        raise ValueError(msg)
    documents = list(Invoice.objects.issued().filter(organisation=organisation, issued_on__lte=last).select_related("preceding"))
    paid = Payment.objects.filter(organisation=organisation, paid_on__lte=last).select_related("invoice")
    happened: dict[str, list[Happened]] = defaultdict(list)
    for one in _documents(documents):
        happened[one.document.currency if one.document else ""].append(one)
    for payment in paid:
        happened[payment.currency].append(_payment(payment))
    accounts = [_account(found, currency, first=first, last=last) for currency, found in sorted(happened.items())]
    return ClientStatement(organisation, first, last, accounts)


def _documents(documents: Iterable[Invoice]) -> Iterable[Happened]:
    """Invoices by what is to be paid; credit notes by what they took off: with the last of an invoice its rounding goes too."""
    notes: dict[int, list[Invoice]] = defaultdict(list)
    for document in documents:
        if document.kind == InvoiceKind.INVOICE:
            yield Happened(_day(document), What.INVOICE, document, document.payable, document.pk)
        elif document.preceding_id:
            notes[document.preceding_id].append(document)
    for found in notes.values():
        yield from _credited(sorted(found, key=lambda note: note.pk))


def _credited(notes: Sequence[Invoice]) -> Iterable[Happened]:
    invoice = notes[0].preceding
    left = invoice.payable if invoice else NOTHING
    taken_back = sum((note.payable for note in notes), NOTHING)
    is_whole = invoice is not None and invoice.credited == invoice.payable and abs(left - taken_back) < 1
    for note in notes:
        share = left if is_whole and note is notes[-1] else min(note.payable, left)
        left -= share
        yield Happened(_day(note), What.CREDIT_NOTE, note, -share, note.pk)


def _payment(payment: Payment) -> Happened:
    if payment.way == PaymentWay.ROUNDING:
        what = What.ROUNDED
    elif payment.way == PaymentWay.BAD_DEBT:
        what = What.WRITTEN_OFF
    elif payment.invoice_id:
        what = What.PAYMENT if payment.amount > 0 else What.TAKEN_BACK
    else:
        what = What.KEPT if payment.amount > 0 else What.USED
    return Happened(payment.paid_on, what, payment.invoice, -payment.amount, payment.pk)


def _account(happened: list[Happened], currency: str, *, first: date, last: date) -> Account:
    in_order = sorted(happened, key=lambda one: (one.on, one.what, one.key))
    balance = opening = sum((one.change for one in in_order if one.on < first), NOTHING)
    lines = []
    for one in in_order:
        if one.on >= first:
            balance += one.change
            lines.append(Line(one, Money(one.change, currency), Money(balance, currency)))
    items, over = _items(in_order, currency, last)
    kept = over - sum((one.change for one in in_order if one.document is None), NOTHING)
    opened, closed = Money(opening, currency), Money(balance, currency)
    return Account(currency, opened, lines, closed, items, Money(kept, currency), _age(items, currency))


def _items(happened: Iterable[Happened], currency: str, last: date) -> tuple[list[OpenItem], Decimal]:
    """What is open of each invoice; and what was paid of invoices that were credited, which is the client's."""
    left: dict[int, Decimal] = defaultdict(Decimal)
    invoices: dict[int, Invoice] = {}
    for one in happened:
        if one.document is None:
            continue
        invoice = (one.document.preceding or one.document) if one.what == What.CREDIT_NOTE else one.document
        left[invoice.pk] += one.change
        invoices.setdefault(invoice.pk, invoice)
    found = [(invoices[pk], amount) for pk, amount in left.items() if amount > 0]
    over = -sum((amount for amount in left.values() if amount < 0), NOTHING)
    in_order = sorted(found, key=lambda item: (item[0].due_on or last, item[0].pk))
    return [OpenItem(invoice, Money(amount, currency), days_overdue(invoice.due_on, last)) for invoice, amount in in_order], over


def _age(items: Iterable[OpenItem], currency: str) -> Age:
    groups = [NOTHING] * (len(AGES) + 1)
    for item in items:
        place = next((place for place, days in enumerate(AGES) if item.days_overdue <= days), len(AGES))
        groups[place] += item.open.amount
    return Age([Money(amount, currency) for amount in groups], Money(sum(groups, NOTHING), currency))


def _day(document: Invoice) -> date:
    if document.issued_on is None:
        msg = "a draft is on no statement"
        raise ValueError(msg)
    return document.issued_on
