"""Figures for the Swedish VAT return of a month or a quarter, each traceable to its documents (rules I2, I6).

**Which date counts.** A document counts in the period of its date of issue, an invoice and its credit note each in its own.
That is the invoice method, and it is the date by which VAT stands in the books, so that return and ledger agree to the
öre. Credit is paid in advance: of an advance VAT falls due when it is received (article 65 of Directive 2006/112/EC; rule
I2: VAT falls due on the advance; the later deduction is no supply of its own, and never counts again). The invoice of a
top-up is the invoice of that advance and comes before its payment, so that by the date of issue no VAT is ever reported too
late. The VAT of a debt that is given up is taken back in the period in which that is done, and owed again where it is undone. It may be
reported early: what was invoiced in the period and not paid by its last day stands beside the boxes
(`Return.advances`), for an accountant who reports by payment. Money that is kept for a client without an invoice is
for no known supply yet, and no advance.

Sums are in the books' currency; what the form asks for, whole kronor with the öre cut off, stands beside the exact sum.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db.models import DecimalField, Exists, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from djmoney.money import Money

from clients import provider
from clients.vat import Treatment
from invoicing import bad_debts, treatments, vat_boxes
from invoicing.models import Invoice, InvoiceKind, InvoiceLine, Payment, PaymentWay
from invoicing.tax_periods import TaxPeriod
from invoicing.vat_boxes import CENT, NOTHING, Document, Filled, Unboxed

SUM: DecimalField[Decimal, Decimal] = DecimalField(max_digits=14, decimal_places=2)


@dataclass(frozen=True)
class Advance:
    """An invoice of prepaid credit that was not paid by the last day of the period: its VAT that was reported early, in the books."""

    invoice: Invoice
    vat: Money


@dataclass(frozen=True)
class Return:
    """The figures of a period. `others`: documents from when the books were in another currency, which no box counts."""

    period: TaxPeriod
    currency: str
    boxes: Sequence[Filled]
    unboxed: Sequence[Unboxed]
    others: Sequence[Invoice]
    advances: Sequence[Advance]

    @property
    def is_empty(self) -> bool:
        """Whether nothing was issued."""
        return not (any(box.shares for box in self.boxes) or self.others or self.unboxed)

    @property
    def output_vat(self) -> Decimal:
        """The VAT of the sales together, as it is on the form: boxes 10 to 12."""
        return sum((box.whole for box in self.boxes if box.box in vat_boxes.OF_RATE.values()), NOTHING)


def figures(period: TaxPeriod) -> Return:
    """The figures of a period, from what was issued and given up in it. Four queries."""
    currency = provider.current().currency
    issued = list(issued_in(period))
    ours = [invoice for invoice in issued if invoice.books_currency == currency]
    boxes, unboxed = vat_boxes.filled([*(document(invoice) for invoice in ours), *_given_up(period, currency)])
    return Return(
        period=period,
        currency=currency,
        boxes=boxes,
        unboxed=unboxed,
        others=[invoice for invoice in issued if invoice.books_currency != currency],
        advances=list(_advances(period, currency)),
    )


def issued_in(period: TaxPeriod) -> QuerySet[Invoice]:
    """The invoices and credit notes of sales with a date in the period, in the order in which they were issued.

    What late payment costs is no sale, and in no return (`invoicing.treatments`).
    """
    found = Invoice.objects.issued().filter(issued_on__range=(period.first, period.last)).exclude(vat_treatment=treatments.NOT_A_SALE)
    return found.select_related("organisation").order_by("issued_on", "pk")


def document(invoice: Invoice) -> Document:
    """An issued invoice or credit note as a return sees it: by what was frozen on it."""
    if invoice.issued_on is None:
        msg = "a draft is in no return"
        raise ValueError(msg)
    return Document(
        key=invoice.pk,
        number=invoice.number or "",
        client=str(invoice.buyer.get("name", "")),
        issued_on=invoice.issued_on,
        is_credit=invoice.kind == InvoiceKind.CREDIT_NOTE,
        treatment=Treatment(invoice.vat_treatment),
        rates=[(Decimal(row["percent"]), Decimal(row["net"]), Decimal(row["vat"])) for row in invoice.vat_rows],
        rate=invoice.rate or Decimal(1),
        vat_in_books=invoice.vat_in_books or NOTHING,
    )


def _given_up(period: TaxPeriod, currency: str) -> Iterable[Document]:
    """Debts that were given up in the period, and such that were not after all, with the VAT that was in them."""
    found = Payment.objects.filter(way=PaymentWay.BAD_DEBT, paid_on__range=(period.first, period.last), invoice__books_currency=currency)
    for payment in found.select_related("invoice").order_by("paid_on", "pk"):
        invoice = payment.invoice
        if invoice is not None and (parts := bad_debts.parts(invoice, abs(payment.amount))):
            rates = [(part.percent, part.net, part.vat) for part in parts]
            tax, about = sum((part.vat_in_books for part in parts), NOTHING), str(_("written off"))
            is_given_up = payment.amount > 0
            yield replace(document(invoice), issued_on=payment.paid_on, is_credit=is_given_up, rates=rates, vat_in_books=tax, about=about)


def _advances(period: TaxPeriod, currency: str) -> Iterable[Advance]:
    """What was invoiced in advance in the period, and neither paid nor credited by its last day, by its share of the whole."""
    prepaid = InvoiceLine.objects.filter(invoice=OuterRef("pk"), top_up__isnull=False)
    found = issued_in(period).filter(Exists(prepaid), kind=InvoiceKind.INVOICE, vat__gt=0, books_currency=currency)
    for invoice in found.annotate(received=_received(period), taken_back=_taken_back(period)):
        left = invoice.payable - invoice.received - invoice.taken_back
        if left > 0 and invoice.vat_in_books and invoice.payable:
            share = (invoice.vat_in_books * min(left / invoice.payable, Decimal(1))).quantize(CENT)
            yield Advance(invoice, Money(share, currency))


def _received(period: TaxPeriod) -> Coalesce:
    paid = Payment.objects.filter(invoice=OuterRef("pk"), paid_on__lte=period.last).order_by().values("invoice")
    return Coalesce(Subquery(paid.annotate(sum=Sum("amount")).values("sum")), NOTHING, output_field=SUM)


def _taken_back(period: TaxPeriod) -> Coalesce:
    notes = Invoice.objects.issued().filter(preceding=OuterRef("pk"), issued_on__lte=period.last).order_by().values("preceding")
    return Coalesce(Subquery(notes.annotate(sum=Sum("payable")).values("sum")), NOTHING, output_field=SUM)
