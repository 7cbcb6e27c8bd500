"""The list of invoices as a file (rule I6): what somebody typed never becomes a formula, sums are numbers."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from delivery.report_files import Cell, Table, as_csv, as_xlsx
from invoicing.listing import Row
from invoicing.models import InvoiceKind

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
        _("Paid"),
        _("Credited"),
        _("Open"),
        _("Currency"),
        _("Corrects"),
    ]
    return Table(_("Invoices"), headings, [_line(row) for row in rows])


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
        None if is_note else invoice.paid,
        None if is_note else invoice.credited,
        None if is_note else invoice.open.amount,
        invoice.currency,
        (invoice.preceding.number or "") if invoice.preceding else "",
    )
