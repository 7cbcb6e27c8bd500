"""Where money is paid to (rule I3): bankgiro, plusgiro, IBAN and BIC, checked and written as people write them.

Bankgiro numbers have 7 or 8 digits, plusgiro numbers 2 to 8; the last digit of both is a check digit (Luhn). IBAN: ISO 13616,
with the check digits of ISO 7064 and the length of its country. BIC: ISO 9362. Numbers are kept without spaces and hyphens and
shown with them.

Pure: no Django models, no clock, no I/O.
"""

import re

from django.utils.translation import gettext_lazy as _
from stdnum import bic as bic_of
from stdnum import iban as iban_of
from stdnum import luhn
from stdnum.exceptions import ValidationError

from core.errors import DomainError

_FILLING = re.compile(r"[ \t\u00a0\u2007\u202f\u2010-\u2015\u2212-]")
_LONGEST = 60
"""No account is written with more characters, spaces counted."""


class NotABankgiro(DomainError):
    """Seven or eight digits of which the last checks the others."""

    message = _("That is not a bankgiro number: it has 7 or 8 digits, and the last one checks the others. Nothing has changed.")


class NotAPlusgiro(DomainError):
    """Two to eight digits of which the last checks the others."""

    message = _("That is not a plusgiro number: it has 2 to 8 digits, and the last one checks the others. Nothing has changed.")


class NotAnIban(DomainError):
    """An account number of ISO 13616."""

    message = _("That is not an IBAN: it begins with a country and two check digits, and has its country's length. Nothing has changed.")


class NotABic(DomainError):
    """A bank's code of ISO 9362."""

    message = _("That is not a BIC: it has 8 or 11 characters, with the country in the fifth and sixth. Nothing has changed.")


def bankgiro(text: str) -> str:
    """The digits of a bankgiro number. Raises NotABankgiro."""
    digits = _compact(text)
    if not _checked(digits, least=7):
        raise NotABankgiro
    return digits


def plusgiro(text: str) -> str:
    """The digits of a plusgiro number. Raises NotAPlusgiro."""
    digits = _compact(text)
    if not _checked(digits, least=2):
        raise NotAPlusgiro
    return digits


def iban(text: str) -> str:
    """An IBAN without spaces. Raises NotAnIban."""
    try:
        return str(iban_of.validate(_ascii(text)))
    except ValidationError as fault:
        raise NotAnIban from fault


def bic(text: str) -> str:
    """A BIC in capitals. Raises NotABic."""
    try:
        return str(bic_of.validate(_ascii(text)))
    except ValidationError as fault:
        raise NotABic from fault


def bankgiro_shown(text: str) -> str:
    """As it is printed: 123-4567 or 1234-5678. Raises NotABankgiro."""
    digits = bankgiro(text)
    return f"{digits[:-4]}-{digits[-4:]}"


def plusgiro_shown(text: str) -> str:
    """As it is printed, in pairs before the check digit: 12 34 56-6. Raises NotAPlusgiro."""
    body, check = plusgiro(text)[:-1], plusgiro(text)[-1]
    odd = len(body) % 2
    pairs = [body[:odd], *(body[at : at + 2] for at in range(odd, len(body), 2))]
    return f"{' '.join(pair for pair in pairs if pair)}-{check}"


def iban_shown(text: str) -> str:
    """As it is printed, in groups of four. Raises NotAnIban."""
    whole = iban(text)
    return " ".join(whole[at : at + 4] for at in range(0, len(whole), 4))


def _compact(text: str) -> str:
    return _FILLING.sub("", text) if len(text) <= _LONGEST else ""


def _ascii(text: str) -> str:
    compact = _compact(text).upper()
    return compact if compact.isascii() and compact.isalnum() else ""


def _checked(digits: str, *, least: int) -> bool:
    return digits.isascii() and digits.isdigit() and least <= len(digits) <= 8 and bool(digits.strip("0")) and bool(luhn.is_valid(digits))
