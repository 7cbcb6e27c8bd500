"""From the bytes of a CSV file to rows: UTF-8 with or without a mark, comma or semicolon, any line ends.

Pure: no database, no clock. Whatever cannot be read is refused with its line, never guessed.
"""

import csv
from collections.abc import Iterator, Sequence
from io import StringIO
from unicodedata import category, normalize

from django.utils.translation import gettext as _

from clients.profile_table import unknown
from credits.opening.facts import COLUMNS, OPTIONAL_COLUMNS, OpeningRefused, Problem, Row

MOST_BYTES = 20_000_000
MOST_COLUMNS = 100


def read_rows(data: bytes) -> tuple[list[Row], list[Problem]]:
    """The rows of the file with the problems of single lines. Raises OpeningRefused if it cannot be read at all."""
    text = _decode(data)
    delimiter = _delimiter(text)
    rows: list[Row] = []
    problems: list[Problem] = []
    columns: list[str] | None = None
    for line, cells in _lines(text, delimiter):
        if not any(cells):
            continue
        if columns is None:
            columns = _header(line, cells)
        elif len(cells) != len(columns):
            reason = _("has %(found)s cells, but the header has %(wanted)s columns") % {"found": len(cells), "wanted": len(columns)}
            problems.append(Problem(line, "", reason))
        else:
            problems += _unprintable(line, columns, cells)
            rows.append(Row(line, dict(zip(columns, cells, strict=True))))
    if columns is None:
        raise OpeningRefused([Problem(1, "", _("the file is empty"))])
    return rows, problems


def shown(text: str) -> str:
    """A cell as it can be quoted in a message: not too long, without control characters."""
    plain = "".join("�" if category(character) == "Cc" else character for character in text)
    return plain if len(plain) <= 40 else f"{plain[:40]}…"


def _decode(data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise OpeningRefused([Problem(1, "", _("the file is larger than %(most)s MB") % {"most": MOST_BYTES // 1_000_000})])
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise OpeningRefused([Problem(1, "", _("the file is UTF-16: save it as “CSV UTF-8”"))])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise OpeningRefused([Problem(line, "", _("is not UTF-8: save the file as “CSV UTF-8”"))]) from error
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise OpeningRefused([Problem(line, "", _("holds a NUL character: this is not a text file"))])
    return text


def _delimiter(text: str) -> str:
    """The one that separates the columns of the header: no column name holds either."""
    header = text.lstrip()[:10_000].split("\n", 1)[0]
    return ";" if header.count(";") > header.count(",") else ","


def _lines(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each line with the number where it begins (a quoted cell may hold line ends)."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for cells in reader:
            yield begins, [normalize("NFC", cell).strip() for cell in cells]
            begins = reader.line_num + 1
    except csv.Error as error:
        raise OpeningRefused([Problem(begins, "", _("cannot be read as CSV: %(error)s") % {"error": error})]) from error


def _header(line: int, cells: Sequence[str]) -> list[str]:
    """The columns in their order. Raises OpeningRefused if one is missing, unknown or there twice."""
    columns = [cell.lower() for cell in cells]
    if len(columns) > MOST_COLUMNS:
        raise OpeningRefused([Problem(line, "", _("the header has %(count)s columns") % {"count": len(columns)})])
    known = (*COLUMNS, *OPTIONAL_COLUMNS)
    problems = [Problem(line, shown(column), unknown(column, known)) for column in columns if column not in known]
    problems += [Problem(line, column, _("stands in the header twice")) for column in known if columns.count(column) > 1]
    problems += [Problem(line, column, _("is missing in the header")) for column in COLUMNS if column not in columns]
    if problems:
        raise OpeningRefused(problems)
    return columns


def _unprintable(line: int, columns: Sequence[str], cells: Sequence[str]) -> list[Problem]:
    return [
        Problem(line, column, _("holds a line end or another control character"))
        for column, cell in zip(columns, cells, strict=True)
        if any(category(character) == "Cc" for character in cell)
    ]
