"""Figures for the authorities and the accountant as files: what somebody typed never becomes a formula (rule I6)."""

from collections.abc import Callable, Sequence

from django.utils.translation import gettext as _

from delivery.report_files import Cell, Table, as_csv, as_xlsx
from invoicing import ec_sales, penalty_list, vat_return
from invoicing.ec_sales import Buyer
from invoicing.penalty_list import Line
from invoicing.tax_periods import TaxPeriod
from invoicing.vat_boxes import Filled, Share

__all__ = ["TABLES", "Table", "as_csv", "as_xlsx"]


def vat(period: TaxPeriod) -> list[Table]:
    """The boxes, and the documents that fill them."""
    found = vat_return.figures(period)
    boxes = [(box.box.value, str(box.label), box.exact, int(box.whole), found.currency) for box in found.boxes]
    headings = [_("Box"), _("What"), _("Exact sum"), _("Whole kronor"), _("Currency")]
    return [Table(_("VAT return"), headings, boxes), Table(_("Documents"), _document_headings(_("Box")), _documents(found.boxes))]


def sales(period: TaxPeriod) -> list[Table]:
    """The buyers, with those that cannot be reported, and the documents behind them."""
    found = ec_sales.listed(period)
    rows = [_buyer(buyer, found.currency) for buyer in (*found.buyers, *found.faults)]
    headings = [_("VAT number"), _("Buyer"), _("Exact sum"), _("Whole kronor"), _("Currency"), _("In the file")]
    shares = [(buyer.number, share) for buyer in (*found.buyers, *found.faults) for share in buyer.shares]
    documents = [(number, *_document(share)) for number, share in shares]
    return [Table(_("EC sales list"), headings, rows), Table(_("Documents"), _document_headings(_("VAT number")), documents)]


def penalties(period: TaxPeriod) -> list[Table]:
    """One line for each part of a penalty."""
    headings = [
        _("Date"),
        _("Kind"),
        _("Client"),
        _("Session"),
        _("Minutes"),
        _("From"),
        _("Price per hour"),
        _("Net"),
        _("VAT (percent)"),
        _("VAT"),
        _("Currency"),
        _("Session by its estimate (minutes)"),
        _("Less than the session"),
        _("Taken back"),
    ]
    return [Table(_("Penalties"), headings, [_penalty(line) for line in penalty_list.of(period)])]


TABLES: dict[str, Callable[[TaxPeriod], list[Table]]] = {"vat": vat, "ec-sales": sales, "penalties": penalties}
"""The tables of each report, by its word in addresses."""


def _document_headings(first: str) -> list[str]:
    return [first, _("Number"), _("Client"), _("Date"), _("Amount")]


def _documents(boxes: Sequence[Filled]) -> list[Sequence[Cell]]:
    return [(box.box.value, *_document(share)) for box in boxes for share in box.shares]


def _document(share: Share) -> Sequence[Cell]:
    return (share.document.number, share.document.client, share.document.issued_on.isoformat(), share.amount)


def _buyer(buyer: Buyer, currency: str) -> Sequence[Cell]:
    return (buyer.number, buyer.name, buyer.exact, int(buyer.whole), currency, _("yes") if buyer.valid else _("no"))


def _penalty(line: Line) -> Sequence[Cell]:
    part = line.part
    return (
        line.entry.occurred_on.isoformat(),
        str(line.penalty.get_kind_display()),
        line.client.name,
        line.session.title if line.session else line.penalty.text,
        part.minutes,
        str(part.lot.get_source_display()) if part.lot else _("owed"),
        part.price.amount,
        part.net.amount,
        part.vat_percent,
        part.vat.amount,
        str(part.net.currency),
        line.session_minutes,
        {True: _("yes"), False: _("no"), None: ""}[line.is_below],
        line.reversed_on.isoformat() if line.reversed_on else "",
    )
