"""The payment reference that finds an invoice again (rule I3): Bankgirot's OCR reference.

A reference is 2 to 25 digits. The last is a check digit (Luhn, which Bankgirot calls 10-modul). Under an agreement with length
control the last but one is the length digit: the number of digits of the whole reference, both control digits counted, of
which only the last figure is kept (Bankgirot, "OCR-referenskontroll"). 12345 becomes 1234574.

Pure: no Django models, no clock, no I/O.
"""

import re
from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _
from stdnum import luhn

from core.errors import DomainError

MOST_DIGITS = 25
_LEAST_DIGITS = 2
_READ = 2_000
"""Characters of a text that are looked at: ISO 20022 has 500 in its longest one."""
_DIGITS = re.compile(r"[0-9]+")
_GROUPED = re.compile(r"(?<![0-9])[0-9]+(?:[ \u00a0-][0-9]+)+(?![0-9])")


class NotANumber(DomainError):
    """What a reference is made from is digits, not all of them zero."""

    message = _("A payment reference is made of digits 0 to 9, not all of them zero. Nothing has changed.")


class NumberTooLong(DomainError):
    """With its control digits the reference would not fit in a payment."""

    message = _("With its control digits a payment reference has at most 25 digits. Nothing has changed.")


def reference(number: str, *, length_digit: bool = True) -> str:
    """The reference of `number`: with length and check digit, or with the check digit only.

    Raises NotANumber or NumberTooLong.
    """
    if not _is_digits(number) or not number.strip("0"):
        raise NotANumber
    length = len(number) + (2 if length_digit else 1)
    if length > MOST_DIGITS:
        raise NumberTooLong
    body = f"{number}{length % 10}" if length_digit else number
    return body + luhn.calc_check_digit(body)


def is_valid(reference: str, *, length_digit: bool = True) -> bool:
    """Whether `reference` is one as printed on an invoice: digits only, with the right control digits."""
    if not _is_digits(reference) or not (_LEAST_DIGITS + length_digit <= len(reference) <= MOST_DIGITS) or not reference.strip("0"):
        return False
    return bool(luhn.is_valid(reference)) and (not length_digit or int(reference[-2]) == len(reference) % 10)


def unbroken_in(text: str, *, length_digit: bool = True) -> list[str]:
    """The valid references that stand in `text` as they are printed, each once, in their order.

    Zeros that a bank puts in front to fill a field are taken away. Part of a longer number is no reference.
    """
    return _valid(_DIGITS.findall(text[:_READ]), length_digit=length_digit)


def numbers_in(text: str, *, length_digit: bool = True) -> list[str]:
    """All that may be meant as a reference in a bank's free text: unbroken ones first, then those in groups ("123 45 74").

    One number in a hundred passes both controls by chance, so that a candidate is a hint and not yet a match.
    """
    return _valid([*_DIGITS.findall(text[:_READ]), *_joined(text[:_READ])], length_digit=length_digit)


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _joined(text: str) -> Iterator[str]:
    """Neighbouring groups of digits written together, in every way that fits in a reference."""
    for found in _GROUPED.finditer(text):
        groups = _DIGITS.findall(found[0])
        for first in range(len(groups)):
            together = groups[first]
            for group in groups[first + 1 : first + MOST_DIGITS]:
                together += group
                if len(together) > MOST_DIGITS:
                    break
                yield together


def _valid(runs: list[str], *, length_digit: bool) -> list[str]:
    read = dict.fromkeys(way for run in runs for way in (run, run.lstrip("0")))
    return [way for way in read if is_valid(way, length_digit=length_digit)]
