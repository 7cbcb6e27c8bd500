"""An invoice as its reader sees it on a page, the same at the desk and in the portal (rules I1 to I3).

Of an issued one everything is what was frozen on it; a draft shows who seller and buyer are now.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.formats import number_format
from djmoney.money import Money

from clients import provider, purchase_orders, vat
from clients.models import PurchaseOrder
from core.formatting import hours
from invoicing import issuing, terms, treatments
from invoicing.facts import Unit
from invoicing.models import Invoice, InvoiceKind, InvoiceLine, InvoiceState, Payment


@dataclass(frozen=True)
class PaperLine:
    """A line for people: how much, at which price of one (of an hour, for time), and what that is without VAT."""

    line: InvoiceLine
    quantity: str
    is_time: bool
    price: Money
    net: Money


@dataclass(frozen=True)
class Rate:
    """The net and the VAT at one rate; `reason` says why there is none."""

    percent: Decimal
    net: Money
    vat: Money
    reason: str = ""


@dataclass(frozen=True)
class Paper:
    """All that stands on it. `books` is the VAT in the currency of the books, where that is another one.

    `purchase_order` is the client's own order that its number names, where it names one (rule I8).
    """

    invoice: Invoice
    seller: dict[str, Any]
    buyer: dict[str, Any]
    lines: list[PaperLine]
    rates: list[Rate]
    net: Money
    total: Money
    rounding: Money
    payable: Money
    credited: Money
    payments: list[tuple[Payment, Money]]
    credit_notes: list[Invoice]
    books: Money | None
    purchase_order: PurchaseOrder | None

    @property
    def is_note(self) -> bool:
        """Whether it is a credit note."""
        return self.invoice.kind == InvoiceKind.CREDIT_NOTE


def of(invoice: Invoice) -> Paper:
    """The document with its lines, payments and credit notes, in a fixed number of queries."""
    with_sources = ("top_up__account", "top_up__debt", "billable__task", "late_charge__invoice", "refund__entry", "plan_charge__plan")
    lines = list(invoice.lines.select_related(*with_sources).order_by("position"))
    seller, buyer = _parties(invoice)
    return Paper(
        invoice=invoice,
        seller=seller,
        buyer=buyer,
        lines=[_line(line, invoice.currency) for line in lines],
        rates=list(_rates(invoice, lines)),
        net=Money(invoice.net, invoice.currency),
        total=Money(invoice.total, invoice.currency),
        rounding=Money(invoice.rounding, invoice.currency),
        payable=invoice.payable_money,
        credited=Money(invoice.credited, invoice.currency),
        payments=[(payment, Money(payment.amount, payment.currency)) for payment in _payments(invoice)],
        credit_notes=list(invoice.credit_notes.filter(state=InvoiceState.ISSUED).order_by("pk")),
        books=_in_books(invoice),
        purchase_order=purchase_orders.named(invoice.organisation, invoice.order_reference),
    )


def _payments(invoice: Invoice) -> QuerySet[Payment]:
    return invoice.payments.select_related("recorded_by", "reversed_by", "reverses").order_by("paid_on", "pk")


def _line(line: InvoiceLine, currency: str) -> PaperLine:
    is_time = line.unit == Unit.MINUTE
    written = hours(int(line.quantity)) if is_time else number_format(line.quantity.normalize(), use_l10n=True)
    return PaperLine(line, written, is_time, Money(line.price, currency), Money(line.net, currency))


def _rates(invoice: Invoice, lines: Iterable[InvoiceLine]) -> Iterable[Rate]:
    if invoice.state == InvoiceState.ISSUED:
        for row in invoice.vat_rows:
            yield Rate(Decimal(row["percent"]), Money(row["net"], invoice.currency), Money(row["vat"], invoice.currency), row["reason"])
        return
    for percent, (net, tax) in vat.by_rate((line.net, line.vat_percent) for line in lines).items():
        yield Rate(percent, Money(net, invoice.currency), Money(tax, invoice.currency), _reason(invoice))


def _reason(invoice: Invoice) -> str:
    """Why a draft bears no VAT, in the reader's words; an issued one says what was frozen (rule I2)."""
    return treatments.reason(invoice.vat_treatment)


def _parties(invoice: Invoice) -> tuple[dict[str, Any], dict[str, Any]]:
    if invoice.state == InvoiceState.ISSUED:
        return invoice.seller, invoice.buyer
    seller = issuing.party_of_provider(provider.current(), terms.current())
    return asdict(seller), asdict(issuing.party_of_client(invoice.organisation, terms.buyer_of(invoice.organisation)))


def _in_books(invoice: Invoice) -> Money | None:
    if invoice.vat_in_books is None or not invoice.books_currency or invoice.books_currency == invoice.currency:
        return None
    return Money(invoice.vat_in_books, invoice.books_currency)
