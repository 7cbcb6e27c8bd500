"""The table behind every file of a statement: opening balance, entries, closing balance (rules C7, C15).

What somebody typed never becomes a formula: in a spreadsheet, text that begins like one gets an apostrophe.
Minutes are whole and exact.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from credits.statement import Entry, Statement

SIGNS = frozenset("=+-@")
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
"""Characters that a workbook cannot hold, and that no text needs."""

Cell = str | int | date | None


class Row(NamedTuple):
    """One line of the table. The opening and the closing balance have no number and change nothing."""

    number: int | None
    recorded_on: date
    occurred_on: date | None
    kind: str
    text: str | None
    raw_minutes: int | None
    factor_percent: int | None
    change_minutes: int | None
    balance_minutes: int
    takes_back: int | None
    by: str | None
    reason: str | None


def headings() -> list[str]:
    """The name of each column, in the active language."""
    return [
        _("Number"),
        _("Date"),
        _("Happened on"),
        _("Kind"),
        _("What"),
        _("Worked (minutes)"),
        _("Factor (percent)"),
        _("Change (minutes)"),
        _("Balance (minutes)"),
        _("Takes back line"),
        _("By"),
        _("Reason"),
    ]


def rows(statement: Statement, zone: ZoneInfo) -> Iterator[Row]:
    """The rows in their order, in the active language; `zone` is that of the dates."""
    yield _balance(_("Opening balance"), statement.first, statement.opening_minutes)
    yield from (_entry(entry, zone) for entry in statement.entries)
    yield _balance(_("Closing balance"), statement.last, statement.closing_minutes)


def safe(text: str) -> str:
    """`text` for a cell: without what cannot be written, and marked as text where a spreadsheet would calculate it."""
    plain = UNWRITABLE.sub(" ", text)
    return f"'{plain}" if begins_like_a_formula(plain) else plain


def begins_like_a_formula(text: str) -> bool:
    """Whether a spreadsheet may calculate `text`: also after blanks, and in the wide or small letters of East Asia."""
    for character in text:
        if character in "\t\r\n":
            return True
        if unicodedata.category(character)[0] not in "ZC":  # blanks, and what is not seen at all
            return unicodedata.normalize("NFKC", character)[:1] in SIGNS
    return False


def _balance(words: str, on: date, minutes: int) -> Row:
    return Row(None, on, None, words, None, None, None, None, minutes, None, None, None)


def _entry(entry: Entry, zone: ZoneInfo) -> Row:
    return Row(
        number=entry.number,
        recorded_on=entry.recorded_at.astimezone(zone).date(),
        occurred_on=entry.occurred_on,
        kind=str(entry.get_kind_display()),
        text=entry.text,
        raw_minutes=entry.raw_minutes,
        factor_percent=None if entry.raw_minutes is None else entry.factor_percent,
        change_minutes=entry.minutes,
        balance_minutes=entry.balance_after,
        takes_back=entry.reverses.number if entry.reverses else None,
        by=entry.by.name if entry.by else "",
        reason=entry.reason,
    )
