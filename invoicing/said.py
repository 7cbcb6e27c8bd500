"""What an issued invoice says, read back from its row and its lines (rules I1, I2, I4).

Nothing of what has changed since is looked at: no client, no provider, no terms. The same row gives the same facts for ever.
"""

from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from invoicing import life, look, treatments
from invoicing.facts import InvoiceFacts, Kind, Line, Party, PaymentMeans, Unit, VatCategory, VatRow
from invoicing.models import Invoice, InvoiceKind, InvoiceLine, InvoiceState

KINDS = {InvoiceKind.INVOICE: Kind.INVOICE, InvoiceKind.CREDIT_NOTE: Kind.CREDIT_NOTE}


def facts_of(invoice: Invoice) -> InvoiceFacts:
    """The facts of an issued invoice or credit note, as they were frozen. Raises NotIssued for a draft."""
    if invoice.state != InvoiceState.ISSUED or invoice.issued_on is None:
        raise life.NotIssued
    is_credit = invoice.kind == InvoiceKind.CREDIT_NOTE
    rows = list(invoice.lines.select_related("plan_charge", "billable", "top_up__debt__entry").order_by("position"))
    lines = tuple(_line(row, invoice) for row in rows)
    return InvoiceFacts(
        kind=KINDS[InvoiceKind(invoice.kind)],
        number=invoice.number or "",
        issued_on=invoice.issued_on,
        due_on=invoice.due_on,
        supplied_on=None if is_credit else _supplied_on(rows, look.zone_of(invoice)),
        currency=invoice.currency,
        language=invoice.language,
        seller=_party(invoice.seller),
        buyer=_party(invoice.buyer),
        lines=lines,
        period=_period(lines),
        vat_rows=tuple(_row(row) for row in invoice.vat_rows),
        net=invoice.net,
        vat=invoice.vat,
        total=invoice.total,
        rounding=invoice.rounding,
        payable=invoice.payable,
        payment=PaymentMeans() if is_credit else _of(PaymentMeans, invoice.payment),
        buyer_reference=invoice.buyer_reference,
        order_reference=invoice.order_reference,
        preceding=_preceding(invoice),
        notes=(invoice.reason,) if is_credit else (),
        **_in_books(invoice),
    )


def _party(frozen: dict[str, Any]) -> Party:
    party: Party = _of(Party, {**frozen, "address_lines": tuple(frozen.get("address_lines", ()))})
    return party


def _of(kind: Any, frozen: dict[str, Any]) -> Any:
    """What was frozen, by the names that the facts have now: a name that came later is empty, one that went is left out."""
    names = {field.name for field in fields(kind)}
    return kind(**{name: value for name, value in frozen.items() if name in names})


def _line(line: InvoiceLine, invoice: Invoice) -> Line:
    return Line(
        position=line.position,
        text=line.text,
        quantity=line.quantity,
        unit=Unit(line.unit),
        price=line.price,
        base=Decimal(line.base),
        net=line.net,
        category=_category(treatments.CATEGORIES[invoice.vat_treatment], line.vat_percent),
        vat_percent=line.vat_percent,
        period=None if line.plan_charge is None else (line.plan_charge.first, line.plan_charge.last),
    )


def _supplied_on(rows: list[InvoiceLine], zone: ZoneInfo) -> date | None:
    """The last day of the work that it is for (art. 226 (7), BT-72); None where some of it is paid in advance, or is no work."""
    days = [_day_of(row, zone) for row in rows]
    known = [day for day in days if day is not None]
    return max(known) if known and len(known) == len(days) else None


def _day_of(row: InvoiceLine, zone: ZoneInfo) -> date | None:
    """When what was delivered was accepted, or what is owed was worked: both are written once, and the day is one of that zone."""
    if row.billable is not None:
        return row.billable.arose_at.astimezone(zone).date()
    debt = row.top_up.debt if row.top_up is not None else None
    return debt.entry.occurred_on if debt is not None else None


def _period(lines: tuple[Line, ...]) -> tuple[date, date] | None:
    """From the first to the last day of the plan fees on it (BT-73, BT-74); None where it has none (rule I7)."""
    periods = [line.period for line in lines if line.period is not None]
    return (min(first for first, _last in periods), max(last for _first, last in periods)) if periods else None


def _row(frozen: dict[str, Any]) -> VatRow:
    percent = Decimal(frozen["percent"])
    return VatRow(
        category=_category(VatCategory(frozen["category"]), percent),
        percent=percent,
        net=Decimal(frozen["net"]),
        vat=Decimal(frozen["vat"]),
        reason=frozen["reason"],
    )


def _category(category: VatCategory, percent: Decimal) -> VatCategory:
    """Domestic at no percent is a rate of zero, which has a code of its own (UNCL 5305)."""
    return VatCategory.ZERO if category == VatCategory.STANDARD and not percent else category


def _preceding(invoice: Invoice) -> tuple[Any, ...]:
    before = invoice.preceding
    return () if before is None else ((before.number, before.issued_on),)


def _in_books(invoice: Invoice) -> dict[str, Any]:
    """VAT in the currency of the books, where that is another one (rule I2)."""
    if invoice.books_currency in {"", invoice.currency}:
        return {}
    return {
        "books_currency": invoice.books_currency,
        "vat_in_books": invoice.vat_in_books,
        "rate": invoice.rate,
        "rate_on": invoice.rate_on,
    }
