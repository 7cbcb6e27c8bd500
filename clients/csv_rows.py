"""From the bytes of a CSV file to rows: UTF-8 with or without a mark, comma or semicolon, any line ends.

Pure: no database, no clock. Whatever cannot be read is refused with its line, never guessed.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from unicodedata import category, normalize

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.profile_table import unknown
from core.errors import DomainError

MOST_BYTES = 20_000_000
MOST_COLUMNS = 100


@dataclass(frozen=True, order=True)
class Problem:
    """What is wrong: the line of the file, the column (empty for the whole line), and the reason."""

    line: int
    column: str
    reason: str

    def told(self, file: Path) -> str:
        """The problem in words, with its file."""
        place = _("line %(line)s") % {"line": self.line}
        where = f"{place}, {self.column}" if self.column else place
        return f"{file}: {where}: {self.reason}"


class FileRefused(DomainError):
    """The file has faults, or contradicts what is there. Nothing was imported."""

    message = gettext_lazy("The file has faults. Nothing was imported.")

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__(self.problems)


@dataclass(frozen=True)
class Row:
    """One line of the file, its cells by column, trimmed."""

    line: int
    cells: Mapping[str, str]


def read_rows(data: bytes, *, columns: Sequence[str], optional: Sequence[str] = ()) -> tuple[list[Row], list[Problem]]:
    """The rows of a file that has these columns, some of them `optional`, with the problems of single lines.

    Raises FileRefused if it cannot be read at all.
    """
    text = _decode(data)
    delimiter = _delimiter(text)
    rows: list[Row] = []
    problems: list[Problem] = []
    header: list[str] | None = None
    for line, cells in _lines(text, delimiter):
        if not any(cells):
            continue
        if header is None:
            header = _header(line, cells, columns, optional)
        elif len(cells) != len(header):
            reason = _("has %(found)s cells, but the header has %(wanted)s columns") % {"found": len(cells), "wanted": len(header)}
            problems.append(Problem(line, "", reason))
        else:
            problems += _unprintable(line, header, cells)
            rows.append(Row(line, dict(zip(header, cells, strict=True))))
    if header is None:
        raise FileRefused([Problem(1, "", _("the file is empty"))])
    return rows, problems


def shown(text: str) -> str:
    """A cell as it can be quoted in a message: not too long, without control characters."""
    plain = "".join("�" if category(character) == "Cc" else character for character in text)
    return plain if len(plain) <= 40 else f"{plain[:40]}…"


def _decode(data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise FileRefused([Problem(1, "", _("the file is larger than %(most)s MB") % {"most": MOST_BYTES // 1_000_000})])
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileRefused([Problem(1, "", _("the file is UTF-16: save it as “CSV UTF-8”"))])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise FileRefused([Problem(line, "", _("is not UTF-8: save the file as “CSV UTF-8”"))]) from error
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise FileRefused([Problem(line, "", _("holds a NUL character: this is not a text file"))])
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
        raise FileRefused([Problem(begins, "", _("cannot be read as CSV: %(error)s") % {"error": error})]) from error


def _header(line: int, cells: Sequence[str], wanted: Sequence[str], optional: Sequence[str]) -> list[str]:
    """The columns in their order. Raises FileRefused if one is missing, unknown or there twice."""
    columns = [cell.lower() for cell in cells]
    if len(columns) > MOST_COLUMNS:
        raise FileRefused([Problem(line, "", _("the header has %(count)s columns") % {"count": len(columns)})])
    known = (*wanted, *optional)
    problems = [Problem(line, shown(column), unknown(column, known)) for column in columns if column not in known]
    problems += [Problem(line, column, _("stands in the header twice")) for column in known if columns.count(column) > 1]
    problems += [Problem(line, column, _("is missing in the header")) for column in wanted if column not in columns]
    if problems:
        raise FileRefused(problems)
    return columns


def _unprintable(line: int, columns: Sequence[str], cells: Sequence[str]) -> list[Problem]:
    return [
        Problem(line, column, _("holds a line end or another control character"))
        for column, cell in zip(columns, cells, strict=True)
        if any(category(character) == "Cc" for character in cell)
    ]
