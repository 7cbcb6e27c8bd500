"""A statement as text for a spreadsheet: UTF-8 with a mark in front, so that Excel reads it (rule C15).

Columns are separated as the reader's spreadsheet expects: by semicolons in Swedish, by commas in English. A file may
be opened in another language than it was made in and is then cut at other places: what would begin like a formula
there is marked as text as well.
"""

import csv
import re
from datetime import date
from io import StringIO
from zoneinfo import ZoneInfo

from credits.exports.table import Cell, headings, rows, safe
from credits.statement import Statement

BYTE_ORDER_MARK = "\ufeff"
SEPARATORS = {"sv": ";"}
FORMULA_AFTER = {
    separator: re.compile(rf"([{others}\t\r\n\u2028\u2029][\"\s\ufeff]*)(?=[=+\-@＝＋－＠])")
    for separator, others in ((",", ";"), (";", ","))
}
"""Where a spreadsheet that expects another separator would find a formula inside a text."""


def statement_csv(statement: Statement, *, language: str, zone: ZoneInfo) -> bytes:
    """The statement as a file: heading, opening balance, entries, closing balance. `zone` is that of its dates."""
    separator = SEPARATORS.get(language, ",")
    written = StringIO()
    writer = csv.writer(written, delimiter=separator)
    writer.writerow(headings())
    writer.writerows([_cell(cell, separator) for cell in row] for row in rows(statement, zone))
    return (BYTE_ORDER_MARK + written.getvalue()).encode()


def _cell(cell: Cell, separator: str) -> str | int | None:
    if isinstance(cell, str):
        return FORMULA_AFTER[separator].sub(r"\1'", safe(cell))
    return cell.isoformat() if isinstance(cell, date) else cell
