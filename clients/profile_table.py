"""Reading one table of a provider profile, strictly and in words: "24 h", "15 %", "1200.00 SEK" (rule P1).

A table is asked for each key it may hold. What is missing, malformed or unknown becomes a fault with the full key
and the reason; reading goes on after a fault, so that a file's faults are all told at once. A value that was at
fault is replaced by an empty one of its type, which nobody uses: a profile with faults is never applied.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from difflib import get_close_matches
from itertools import pairwise
from typing import Any, TypeVar, cast
from unicodedata import category

from babel import Locale
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from djmoney.money import Money
from moneyed import CURRENCIES

from core.errors import DomainError

Value = TypeVar("Value")

DURATION = re.compile(r"(?:(?P<hours>\d{1,5}) ?h)?(?: ?(?P<minutes>\d{1,6}) ?min)?")
A_DAY = 24 * 60
A_YEAR = 366 * A_DAY
NO_COUNTRIES = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}
COUNTRIES = frozenset(code for code in Locale("en").territories if re.fullmatch(r"[A-Z]{2}", str(code))) - NO_COUNTRIES


@dataclass(frozen=True)
class Fault:
    """What is wrong with one key of a profile."""

    key: str
    reason: str


class Malformed(Exception):
    """A value is not what its key asks for; the message says what it should be."""


class Table:
    """One table of the file. `path` is its full key; `faults` is shared by all tables of the file.

    `sections`, of a section's own table only: what was read of the sections before it.
    """

    def __init__(self, path: str, values: Mapping[str, Any], faults: list[Fault]) -> None:
        self.path, self.values, self.faults = path, values, faults
        self.known: list[str] = []
        self.sections: Mapping[str, Any] = {}

    def text(self, key: str, *, default: str | None = None) -> str:
        """A text; it may be left out where there is a default."""
        return self._read(key, default if default is not None else "", _text, required=default is None)

    def lines(self, key: str) -> str:
        """A text of several lines."""
        return self._read(key, "", _lines)

    def checked(self, key: str, check: Callable[[str], Any], *, default: str | None = None) -> str:
        """A text that `check` finds nothing wrong with (it raises ValidationError or a refusal). Returns what `check` makes of it."""

        def read(value: object) -> str:
            text = _text(value)
            try:
                made = check(text) if text else text
            except (ValidationError, DomainError) as fault:
                raise Malformed(" ".join(fault.messages) if isinstance(fault, ValidationError) else str(fault)) from None
            return made if isinstance(made, str) else text

        return self._read(key, default if default is not None else "", read, required=default is None)

    def minutes(self, key: str, *, least: int = 0, most: int = A_YEAR, default: int | None = None) -> int:
        """A duration like "24 h", "10 min" or "2 h 30 min", in minutes; at most a year. `default`: it may be left out."""

        def read(value: object) -> int:
            found = DURATION.fullmatch(_quantity(value, "24 h", "10 min"))
            if not found or not found[0]:
                raise Malformed(_("must be a duration like “24 h”, “10 min” or “2 h 30 min”"))
            minutes = int(found["hours"] or 0) * 60 + int(found["minutes"] or 0)
            if minutes < least:
                raise Malformed(_("must be a whole number of minutes above 0"))
            if minutes > most:
                raise Malformed(_("must be at most %(most)s h") % {"most": most // 60})
            return minutes

        return self._read(key, least if default is None else default, read, required=default is None)

    def count(self, key: str, unit: str, *, least: int = 0) -> int:
        """A whole number with its unit, like "3 working days" or "1 man-day"."""

        def read(value: object) -> int:
            found = re.fullmatch(rf"(\d{{1,4}}) {unit}s?", _quantity(value, f"3 {unit}s", f"1 {unit}"))
            if not found:
                raise Malformed(_("must be a whole number with its unit, like “3 %(unit)ss” or “1 %(unit)s”") % {"unit": unit})
            if int(found[1]) < least:
                raise Malformed(_("must be at least %(least)s") % {"least": least})
            return int(found[1])

        return self._read(key, least, read)

    def count_or_never(self, key: str, unit: str, *, least: int = 0) -> int | None:
        """A whole number with its unit, or the word "never": None."""
        if self.values.get(key) == "never":
            self.known.append(key)
            return None
        return self.count(key, unit, least=least)

    def several(self, key: str, read_one: Callable[["Table", str], int]) -> list[int]:
        """A list whose items `read_one` reads, such as ["60 days", "7 days"]: from the largest to the smallest, none twice."""

        def read(value: object) -> list[int]:
            if not isinstance(value, list):
                raise Malformed(_("must be a list in square brackets"))
            items = Table(self._full(key), {str(number): item for number, item in enumerate(value, start=1)}, self.faults)
            numbers = [read_one(items, name) for name in items.values]
            if len(set(numbers)) < len(numbers):
                raise Malformed(_("names something twice"))
            return sorted(numbers, reverse=True)

        return self._read(key, [], read)

    def whole(self, key: str, *, most: int) -> int:
        """A bare whole number from 0 to `most`."""

        def read(value: object) -> int:
            if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
                raise Malformed(_("must be a whole number from 0 to %(most)s") % {"most": most})
            return value

        return self._read(key, 0, read)

    def number(self, key: str, *, least: int, most: int) -> int | None:
        """A bare whole number that may be left out, and may be negative where `least` is."""

        def read(value: object) -> int:
            if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
                raise Malformed(_("must be a whole number from %(least)s to %(most)s") % {"least": least, "most": most})
            return value

        return self._read(key, None, read, required=False)

    def percent(self, key: str) -> Decimal:
        """A share like "25 %", from 0 to 100."""

        def read(value: object) -> Decimal:
            found = re.fullmatch(r"(\d{1,3}(?:\.\d{1,2})?) ?%", _quantity(value, "25 %", "12.5 %"))
            if not found or Decimal(found[1]) > 100:
                raise Malformed(_("must be a share from 0 to 100 like “25 %” or “12.5 %”"))
            return Decimal(found[1]).quantize(Decimal("0.01"))

        return self._read(key, Decimal(0), read)

    def money(self, key: str, books: str = "") -> Money:
        """An amount with its currency, like "1200.00 SEK"; in that of the books where it is named."""

        def read(value: object) -> Money:
            found = re.fullmatch(r"(\d{1,10}(?:\.\d{1,2})?) ([A-Z]{3})", _quantity(value, "1200.00 SEK", "95 EUR"))
            if not found or found[2] not in CURRENCIES:
                raise Malformed(_("must be an amount with its currency, like “1200.00 SEK”"))
            if books and found[2] != books:
                raise Malformed(_("must be in %(currency)s, the currency of the books") % {"currency": books})
            return Money(Decimal(found[1]).quantize(Decimal("0.01")), found[2])

        return self._read(key, Money(0, "SEK"), read)

    def flag(self, key: str, *, required: bool = True) -> bool:
        """Yes or no: true or false; no where it may be left out and is."""

        def read(value: object) -> bool:
            if not isinstance(value, bool):
                raise Malformed(_("must be true or false"))
            return value

        return self._read(key, False, read, required=required)

    def choice(self, key: str, among: Collection[str]) -> str:
        """One of these words."""
        return self._read(key, "", lambda value: _one_of(value, among))

    def choices(self, key: str, among: Collection[str], *, required: bool = True) -> list[str]:
        """A list of these words, each at most once; none is a choice too. In the order of `among`."""

        def read(value: object) -> list[str]:
            if not isinstance(value, list):
                raise Malformed(_("must be a list, like [%(words)s]") % {"words": ", ".join(f'"{word}"' for word in among)})
            words = [_one_of(word, among) for word in value]
            if len(set(words)) < len(words):
                raise Malformed(_("names something twice"))
            return [word for word in among if word in words]

        return self._read(key, [], read, required=required)

    def dates(self, key: str, *, required: bool = True) -> list[date]:
        """A list of dates like "2026-12-24", each at most once, in order."""

        def read(value: object) -> list[date]:
            if not isinstance(value, list):
                raise Malformed(_("must be a list, like [%(words)s]") % {"words": '"2026-12-24", "2026-12-25"'})
            found = [_date(item) for item in value]
            if len(set(found)) < len(found):
                raise Malformed(_("names something twice"))
            return sorted(found)

        return self._read(key, [], read, required=required)

    def date(self, key: str) -> date:
        """One date like "2026-12-24"."""
        return self._read(key, date.min, _date)

    def clock(self, key: str) -> time:
        """A time of day by the clock, like "18:00"."""

        def read(value: object) -> time:
            if not isinstance(value, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
                raise Malformed(_("must be a time of day like “08:00”, at most “23:59”"))
            return time.fromisoformat(value)

        return self._read(key, time(), read)

    def spans(self, key: str) -> list[tuple[time, time]]:
        """Opening hours like ["08:00–12:00", "13:00–17:00"], in order and apart; "00:00" as the end is midnight. May be left out."""

        def read(value: object) -> list[tuple[time, time]]:
            if not isinstance(value, list):
                raise Malformed(_("must be a list, like [%(words)s]") % {"words": '"08:00–12:00", "13:00–17:00"'})
            found = sorted(_span(item) for item in value)
            if any(later[0] < (earlier[1] or time.max) for earlier, later in pairwise(found)):
                raise Malformed(_("has hours that overlap"))
            return found

        return self._read(key, [], read, required=False)

    def table(self, key: str, *, required: bool = True) -> "Table":
        """A table within this one. One that may be left out is then empty."""

        def read(value: object) -> "Table":
            if not isinstance(value, dict):
                raise Malformed(_("must be a table: [%(key)s]") % {"key": self._full(key)})
            return Table(self._full(key), value, self.faults)

        return self._read(key, cast("Table", Nowhere()), read, required=required)

    def tables(self, key: str, *, required: bool = True) -> list["Table"]:
        """A list of tables: [[path.key]] in the file."""

        def read(value: object) -> list[Table]:
            if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
                raise Malformed(_("must be a list of tables: [[%(key)s]]") % {"key": self._full(key)})
            return [Table(f"{self._full(key)}[{number}]", item, self.faults) for number, item in enumerate(value, start=1)]

        return self._read(key, [], read, required=required)

    def fault(self, key: str, reason: str) -> None:
        """Something is wrong with the value of `key`."""
        self.faults.append(Fault(self._full(key) if key else self.path, reason))

    def close(self) -> None:
        """Nobody asks for more: whatever else the table holds is unknown."""
        for key in self.values:
            if key not in self.known:
                self.fault(key, unknown(key, self.known))

    def fits(self, row: models.Model, keys: Mapping[str, str], *, besides: Collection[str] = ()) -> None:
        """Let the columns of `row`, `besides` some, check their values: length, range.

        `keys` says which key a column's value came from, where that is not called like the column.
        """
        faulty = tuple(f"{fault.key}." for fault in self.faults)
        columns = {field.name for field in row._meta.concrete_fields}
        told = {column for column in columns if f"{self._full(keys.get(column, column))}.".startswith(faulty)}
        try:
            row.clean_fields(exclude={*besides, *told})
        except ValidationError as error:
            for column, messages in error.message_dict.items():
                self.fault(keys.get(column, column), " ".join(messages))

    def _full(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def _read(self, key: str, empty: Value, read: Callable[[object], Value], *, required: bool = True) -> Value:
        self.known.append(key)
        if key not in self.values:
            if required:
                self.fault(key, _("is missing"))
            return empty
        try:
            return read(self.values[key])
        except Malformed as fault:
            self.fault(key, str(fault))
            return empty


class Nowhere(Table):
    """A table that is missing: that is one fault, not one for each key it should hold."""

    def __init__(self) -> None:
        super().__init__("", {}, [])


def unknown(word: str, known: Collection[str]) -> str:
    """The reason why an unknown key is refused, with the known one that looks most like it."""
    close = get_close_matches(word, known, n=1)
    if close:
        return _("is not known. Did you mean “%(word)s”?") % {"word": close[0]}
    return _("is not known. Known here: %(words)s") % {"words": ", ".join(known)}


def country(text: str) -> str:
    """A country by its two letters."""
    if text not in COUNTRIES:
        raise ValidationError(_("must be a country by its two letters, like SE"))
    return text


def currency(text: str) -> str:
    """A currency by its three letters."""
    if text not in CURRENCIES:
        raise ValidationError(_("must be a currency by its three letters, like SEK"))
    return text


def _text(value: object) -> str:
    text = _lines(value)
    if "\n" in text:
        raise Malformed(_("must be a single line"))
    return text


def _lines(value: object) -> str:
    if not isinstance(value, str):
        raise Malformed(_("must be a text in quotes"))
    text = "\n".join(value.strip().splitlines())
    if any(category(character) == "Cc" and character != "\n" for character in text):
        raise Malformed(_("must not contain control characters"))
    return text


def _quantity(value: object, *examples: str) -> str:
    if not isinstance(value, str):
        raise Malformed(_("must be written with its unit, like %(examples)s") % {"examples": " / ".join(f'"{text}"' for text in examples)})
    return value.strip()


def _date(value: object) -> date:
    """A date in quotes, or as TOML writes one."""
    written = value.isoformat() if isinstance(value, date) else value
    try:
        if isinstance(written, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", written):
            return date.fromisoformat(written)
    except ValueError:
        pass
    raise Malformed(_("must be dates like “2026-12-24”"))


def _span(value: object) -> tuple[time, time]:
    """Opens and closes; closes 00:00 is the next midnight."""
    clock = r"((?:[01]\d|2[0-3]):[0-5]\d)"
    found = re.fullmatch(rf"{clock}[–-]{clock}", value) if isinstance(value, str) else None
    if found:
        opens, closes = time.fromisoformat(found[1]), time.fromisoformat(found[2])
        if opens < closes or closes == time():
            return opens, closes
    raise Malformed(_("must be hours like “08:00–17:00”; “00:00” is the midnight that ends the day"))


def _one_of(value: object, among: Collection[str]) -> str:
    if value not in among:
        raise Malformed(_("must be one of: %(words)s") % {"words": ", ".join(among)})
    return str(value)
