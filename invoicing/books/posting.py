"""Posting (rule I6): every event into one voucher, once, on its own day.

Invoices come before payments, and these before the use of credit, since a lot is worth what its invoice said; price reductions
come last, since they are what credit notes took off and no refund has met. Each event is
posted in a step of its own; one that cannot be, for an account or a rate that is missing, waits with its reason, and whatever
follows it in the same credit account with it. The same event is never posted twice: the database holds that too.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import TypeVar

from django.db import transaction
from django.db.models import QuerySet

from clients.agreements import local_date
from core.errors import DomainError
from core.once import at_one_moment
from credits.flows import Entry, EntryKind
from invoicing.books import accruals, chart, months, of_invoices, of_payments, recognising, reducing, vouchers
from invoicing.books.chart import Chart
from invoicing.books.vouchers import Happened, Posting
from invoicing.models import BookEvent, Invoice, InvoiceState, Payment, PaymentWay, Series

Row = TypeVar("Row", Invoice, Payment, Entry)
AT_ONCE = 500
"""So many events are looked up in one query."""


@dataclass
class Outcome:
    """How many events were posted, and why others were not: a sentence for each cause."""

    posted: int = 0
    refused: dict[str, str] = field(default_factory=dict)


def post_due(*, at: datetime) -> int:
    """Post everything that has happened and is not posted (rule I6): how many events. Nothing where there is no chart of accounts."""
    return post(at=at).posted if chart.offered() else 0


@at_one_moment()
def post(*, at: datetime) -> Outcome:
    """The same, with what could not be posted and why. Raises BooksNotSet."""
    accounts, outcome = chart.current(), Outcome()
    for happened, make in _waiting(accounts, outcome):
        _attempt(outcome, happened.cause, partial(_posted, happened, make, at=at))
    for reduced in reducing.waiting():
        _attempt(outcome, reduced.cause, partial(_reduced, reduced.line.pk, accounts, at=at))
    _accrue(accounts, outcome, at=at)
    return outcome


def unposted(*, until: date) -> int:
    """How many events until the end of a day wait to be posted."""
    found = (invoices().filter(issued_on__lte=until), payments().filter(paid_on__lte=until), entries().filter(occurred_on__lte=until))
    return sum(rows.count() for rows in found)


def invoices() -> QuerySet[Invoice]:
    """Documents that wait to be posted."""
    return Invoice.objects.filter(state=InvoiceState.ISSUED, book_event=None)


def payments() -> QuerySet[Payment]:
    """Payments that wait; what is the other side of one with an invoice is posted with that."""
    return Payment.objects.filter(book_event=None).exclude(invoice=None, way=PaymentWay.CREDIT)


def entries() -> QuerySet[Entry]:
    """Ledger entries that wait."""
    return Entry.objects.filter(book_event=None)


def _waiting(accounts: Chart, outcome: Outcome) -> Iterator[tuple[Happened, Callable[[], Posting]]]:
    """All that waits, in order."""
    for invoice in _in_order(invoices().select_related("organisation", "preceding")):
        yield _of_invoice(invoice), partial(of_invoices.posting_of, invoice, accounts)
    for payment in _in_order(payments().select_related("organisation", "invoice", "reverses")):
        yield _of_payment(payment), partial(of_payments.posting_of, payment, accounts)
    stuck: set[int] = set()
    for entry in _in_order(entries().select_related("account__organisation", "reverses", "hold")):
        if entry.account_id not in stuck:
            yield _of_entry(entry), partial(recognising.posting_of, entry, accounts)
            if f"entry:{entry.pk}" in outcome.refused:
                stuck.add(entry.account_id)


def _in_order(rows: QuerySet[Row]) -> Iterator[Row]:
    """The rows by number, some at a time, each once."""
    last = 0
    while found := list(rows.filter(pk__gt=last).order_by("pk")[:AT_ONCE]):
        yield from found
        last = found[-1].pk


def _of_invoice(invoice: Invoice) -> Happened:
    on = invoice.issued_on or date.min
    return Happened(cause=f"invoice:{invoice.pk}", series=Series.INVOICES, on=on, text=of_invoices.text_of(invoice), invoice=invoice)


def _of_payment(payment: Payment) -> Happened:
    text = of_payments.text_of(payment)
    return Happened(cause=f"payment:{payment.pk}", series=Series.PAYMENTS, on=payment.paid_on, text=text, payment=payment)


def _of_entry(entry: Entry) -> Happened:
    accrued = accruals.taken_back_on(entry.hold) if entry.hold and entry.kind == EntryKind.DEDUCTION else None
    text, on = recognising.text_of(entry), entry.occurred_on
    return Happened(cause=f"entry:{entry.pk}", series=Series.CREDIT, on=on, text=text, entry=entry, not_before=accrued)


@transaction.atomic
def _posted(happened: Happened, make: Callable[[], Posting], *, at: datetime) -> int:
    """Post one event, unless somebody else has meanwhile."""
    books = vouchers.locked()
    if BookEvent.objects.filter(cause=happened.cause).exists():
        return 0
    vouchers.write(books, happened, make(), at=at)
    return 1


@transaction.atomic
def _reduced(line: int, accounts: Chart, *, at: datetime) -> int:
    """Post what the price of a line was reduced by, as it stands now."""
    books = vouchers.locked()
    for now in reducing.waiting(line):
        happened = Happened(cause=now.cause, series=Series.INVOICES, on=now.on, text=now.text)
        vouchers.write(books, happened, reducing.posting_of(now, accounts), at=at)
        return 1
    return 0


def _accrue(accounts: Chart, outcome: Outcome, *, at: datetime) -> None:
    """Accrue what waits of every month that is over, from the first in the books, or the first that something waits of."""
    first_posted = BookEvent.objects.order_by("booked_on").values_list("booked_on", flat=True).first()
    known = [day for day in (first_posted, accruals.first_day()) if day]
    for month in months.between(min(known), local_date(at)) if known else []:
        if months.last_of(month) < local_date(at):
            _attempt(outcome, f"accrual:{month:%Y-%m}", partial(_accrued, month, accounts, at=at))


@transaction.atomic
def _accrued(month: date, accounts: Chart, *, at: datetime) -> int:
    books = vouchers.locked()
    return accruals.accrue(books, months.row_of(month), accounts, at=at)


def _attempt(outcome: Outcome, cause: str, act: Callable[[], int]) -> None:
    try:
        outcome.posted += act()
    except DomainError as refusal:
        outcome.refused[cause] = str(refusal)
