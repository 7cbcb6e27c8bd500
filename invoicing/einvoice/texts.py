"""Texts and figures as they stand in an e-invoice (rule I4). Pure.

What somebody typed may hold what XML cannot carry, or what makes a program show a name or a sum otherwise than it is written:
control characters, halves of pairs, marks that turn the direction of writing. Those go; letters of every script stay.
"""

import re
import unicodedata
from datetime import date
from decimal import Decimal

CENT = Decimal("0.01")
TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
UNFIT = {"Cc", "Cs", "Cn", "Co", "Zl", "Zp"}
"""Control characters, halves of pairs, what is no character at all, private ones, separators that XML programs take for line ends."""


def one_line(text: str) -> str:
    """`text` on one line, without what cannot be carried; empty where nothing is left."""
    return " ".join(_carried(text).split())


def paragraphs(text: str) -> str:
    """`text` with its line ends, each line tidied, empty lines left out."""
    lines = (one_line(line) for line in re.split(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]", text))
    return "\n".join(line for line in lines if line)


def money(amount: Decimal) -> str:
    """An amount with two decimals. It must be one to the cent: what is rounded here would be rounded nowhere else."""
    if amount != amount.quantize(CENT):
        raise ValueError(f"{amount} is not an amount to the cent")
    return f"{amount.quantize(CENT):f}" if amount else "0.00"


def number(value: Decimal) -> str:
    """A quantity, price or percentage, without exponent and without zeros that say nothing."""
    plain = f"{value:f}"
    trimmed = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if trimmed in {"", "-0", "-"} else trimmed


def day(when: date) -> str:
    """A date as UBL writes it: 2026-11-27."""
    return when.isoformat()


def _carried(text: str) -> str:
    seen = (" " if mark.isspace() else mark for mark in text if mark not in TURNING)
    return "".join(mark for mark in seen if mark == " " or unicodedata.category(mark) not in UNFIT)
