"""A statement as a table for a spreadsheet: UTF-8 with a mark in front, so that Excel reads it (rule C15).

Columns are separated as the reader's spreadsheet expects: by semicolons in Swedish, by commas in English. What
somebody typed never becomes a formula: a cell of text that begins like one gets an apostrophe. Minutes are plain
numbers, exact.
"""

import csv
import re
from collections.abc import Iterator
from io import StringIO
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from credits.statement import Entry, Statement

BYTE_ORDER_MARK = "\ufeff"
FORMULA = re.compile(r"[\s\ufeff]*[=+\-@＝＋－＠]|[\t\r\n]")
"""How a text begins that a spreadsheet may calculate: also after blanks, also in the wide letters of East Asia."""
SEPARATORS = {"sv": ";"}

Cell = str | int | None


def statement_csv(statement: Statement, *, language: str, zone: ZoneInfo) -> bytes:
    """The statement as a file: heading, opening balance, entries, closing balance. `zone` is that of its dates."""
    written = StringIO()
    writer = csv.writer(written, delimiter=SEPARATORS.get(language, ","))
    writer.writerows([_safe(cell) for cell in row] for row in _rows(statement, zone))
    return (BYTE_ORDER_MARK + written.getvalue()).encode()


def _rows(statement: Statement, zone: ZoneInfo) -> Iterator[list[Cell]]:
    yield [
        _("Number"),
        _("Date"),
        _("Happened on"),
        _("Kind"),
        _("What"),
        _("Worked (minutes)"),
        _("Change (minutes)"),
        _("Balance (minutes)"),
        _("By"),
        _("Reason"),
    ]
    yield _balance(_("Opening balance"), statement.first.isoformat(), statement.opening_minutes)
    yield from (_entry(entry, zone) for entry in statement.entries)
    yield _balance(_("Closing balance"), statement.last.isoformat(), statement.closing_minutes)


def _balance(words: str, on: str, minutes: int) -> list[Cell]:
    return [None, on, None, words, None, None, None, minutes, None, None]


def _entry(entry: Entry, zone: ZoneInfo) -> list[Cell]:
    return [
        entry.number,
        entry.recorded_at.astimezone(zone).date().isoformat(),
        entry.occurred_on.isoformat(),
        str(entry.get_kind_display()),
        entry.text,
        entry.raw_minutes,
        entry.minutes,
        entry.balance_after,
        entry.by.name if entry.by else "",
        entry.reason,
    ]


def _safe(cell: Cell) -> Cell:
    """Text that a spreadsheet would calculate is marked as text; numbers are ours and stay numbers."""
    if isinstance(cell, str) and FORMULA.match(cell):
        return f"'{cell}"
    return cell
