"""The tables of a report as files: text for one of them, a workbook for all (rule C15).

What somebody typed never becomes a formula. Sums are numbers, without VAT, in a column of their own for the currency.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO, StringIO

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell.cell import TYPE_STRING
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from credits.exports.as_csv import BYTE_ORDER_MARK, FORMULA_AFTER, SEPARATORS
from credits.exports.table import safe
from delivery.reports import Report

Cell = str | int | Decimal | None
WIDEST = 48


@dataclass(frozen=True)
class Table:
    """One table: its title, the names of its columns, and its rows, in the active language."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def tables(report: Report) -> dict[str, Table]:
    """The tables of the report, by the word in their addresses."""
    return {"judgements": _judgements(report), "answers": _answers(report), "tasks": _tasks(report)}


def as_csv(table: Table, *, language: str) -> bytes:
    """One table as text, separated and with the decimal sign as the reader's spreadsheet expects."""
    separator = SEPARATORS.get(language, ",")
    written = StringIO()
    writer = csv.writer(written, delimiter=separator)
    writer.writerow(table.headings)
    writer.writerows([_text(cell, separator) for cell in row] for row in table.rows)
    return (BYTE_ORDER_MARK + written.getvalue()).encode()


def as_xlsx(found: Iterable[Table]) -> bytes:
    """All tables as a workbook, a sheet for each."""
    book = Workbook()
    book.remove(book.worksheets[0])
    book.properties.creator = "Tillgodo"
    for table in found:
        sheet: Worksheet = book.create_sheet(table.title)
        for number, row in enumerate([table.headings, *table.rows], start=1):
            _write(sheet, number, row, font=Font(bold=number == 1))
        for column, heading in enumerate(table.headings, start=1):
            longest = max([len(heading), *(len(str(row[column - 1] or "")) for row in table.rows)])
            sheet.column_dimensions[get_column_letter(column)].width = min(longest + 2, WIDEST)
        sheet.freeze_panes = "A2"
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def _judgements(report: Report) -> Table:
    headings = [_("Client"), _("Ground"), _("Judgements"), _("Objections"), _("Upheld"), _("Overturned"), _("Support before (minutes)")]
    rows = [
        (row.organisation, row.ground_display, row.decisions, row.objected, row.upheld, row.overturned, row.support_minutes)
        for row in report.judged
    ]
    return Table(_("Judgements"), headings, rows)


def _answers(report: Report) -> Table:
    headings = [
        _("Client"),
        _("Estimates sent"),
        _("Accepted"),
        _("Declined"),
        _("Expired"),
        _("Waiting"),
        _("Accepted (percent)"),
        _("Median time to acceptance (minutes)"),
    ]
    rows = [
        (row.organisation, row.offered, row.accepted, row.declined, row.expired, row.waits, row.rate_percent, row.median_minutes)
        for row in report.answers
    ]
    return Table(_("Answers"), headings, rows)


def _tasks(report: Report) -> Table:
    headings = [
        _("Task"),
        _("Title"),
        _("Client"),
        _("State"),
        _("Estimated for time and expenses"),
        _("Used"),
        _("Used (percent)"),
        _("Accepted"),
        _("To be invoiced"),
        _("Currency"),
    ]
    rows = [
        (
            f"D{row.number}",
            row.title,
            row.organisation,
            row.state,
            row.estimated.amount,
            row.used.amount,
            row.used_percent,
            row.accepted.amount,
            row.billed.amount,
            str(row.accepted.currency),
        )
        for row in report.tasks
    ]
    return Table(_("Delivery tasks"), headings, rows)


def _text(cell: Cell, separator: str) -> str | int | None:
    if isinstance(cell, str):
        return FORMULA_AFTER[separator].sub(r"\1'", safe(cell))
    if isinstance(cell, Decimal):
        return f"{cell:f}".replace(".", "," if separator == ";" else ".")
    return cell


def _write(sheet: Worksheet, number: int, row: Iterable[Cell], *, font: Font) -> None:
    for column, value in enumerate(row, start=1):
        if value is None or value == "":
            continue
        cell = sheet.cell(number, column, safe(value) if isinstance(value, str) else value)
        cell.font, cell.alignment = font, Alignment(vertical="top", wrap_text=True)
        if isinstance(value, str):
            cell.data_type = TYPE_STRING
