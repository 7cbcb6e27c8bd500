"""The list of invoices as a file (rule I6): what somebody typed never becomes a formula, sums are numbers."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from delivery.report_files import Cell, Table, as_csv, as_xlsx
from invoicing.listing import Row
from invoicing.models import Invoice, InvoiceKind

NOTHING = Decimal("0.00")

__all__ = ["Table", "as_csv", "as_xlsx", "table"]


def table(rows: Iterable[Row]) -> Table:
    """One line for each document, in the active language. Sums of credit notes are less than nothing."""
    headings = [
        _("Number"),
        _("Kind"),
        _("State"),
        _("Client"),
        _("Organisation number"),
        _("Date"),
        _("Due"),
        _("Reference of the payment"),
        _("Order number"),
        _("Net"),
        _("VAT"),
        _("To pay"),
        pgettext("a payment", "Paid"),
        _("Credited"),
        _("Written off"),
        _("Left to pay"),
        _("Owed back to the client"),
        _("Currency"),
        _("Corrects"),
    ]
    return Table(_("Invoices"), headings, [_line(row) for row in rows])


def _sums(invoice: Invoice) -> Sequence[Cell]:
    """Of an invoice: paid, credited, written off, open, and what was paid of it and credited."""
    left = invoice.open.amount
    return invoice.paid - invoice.written_off, invoice.credited, invoice.written_off, max(left, NOTHING), max(-left, NOTHING)


def _line(row: Row) -> Sequence[Cell]:
    invoice = row.invoice
    is_note = invoice.kind == InvoiceKind.CREDIT_NOTE
    sign = -1 if is_note else 1
    return (
        invoice.number or "",
        str(invoice.get_kind_display()),
        str(row.standing.word),
        invoice.organisation.name,
        invoice.organisation.organisation_number,
        invoice.issued_on.isoformat() if invoice.issued_on else "",
        invoice.due_on.isoformat() if invoice.due_on else "",
        invoice.ocr,
        invoice.order_reference,
        sign * invoice.net,
        sign * invoice.vat,
        sign * invoice.payable,
        *([None] * 5 if is_note else _sums(invoice)),
        invoice.currency,
        (invoice.preceding.number or "") if invoice.preceding else "",
    )
