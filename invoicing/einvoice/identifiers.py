"""Numbers by which a business and its accounts are known, in the form the network wants (rules I3, I4). Pure.

ICD 0007 is the register of Swedish organisation numbers: ten digits, the last a check digit (Luhn).
"""

import re

from stdnum import iban, luhn
from stdnum.exceptions import ValidationError

from invoicing.einvoice.texts import one_line
from invoicing.facts import Party, PaymentMeans

SWEDISH_NUMBER = "0007"
SCHEME = re.compile(r"\d{4}\Z", re.ASCII)
BANKGIRO = "SE:BANKGIRO"
PLUSGIRO = "SE:PLUSGIRO"
CENTURIES = ("16", "19", "20")
"""Registers that write twelve digits put one in front: 16 for companies, the century of birth for sole traders."""


def compact(text: str) -> str:
    """Letters and digits only, capitals: `SE 556677-8899 01` is SE556677889901."""
    return "".join(mark for mark in text.upper() if mark.isascii() and mark.isalnum())


def registered(party: Party) -> tuple[str, str]:
    """The scheme and the number of the register of companies; the scheme is empty where we know none for the country."""
    if party.country != "SE":
        return "", one_line(party.organisation_number)
    digits = compact(party.organisation_number)
    has_century = len(digits) == 12 and digits.startswith(CENTURIES)
    return SWEDISH_NUMBER, digits[2:] if has_century else digits


def is_swedish_number(digits: str) -> bool:
    """Whether these are ten digits of which the last is the right check digit."""
    return len(digits) == 10 and digits.isascii() and digits.isdigit() and bool(luhn.is_valid(digits))


def is_vat_number(number: str) -> bool:
    """Whether a compact number begins with a country's letters (BR-CO-09), and a Swedish one is SE and twelve digits (SE-R-001)."""
    is_swedish = number.startswith("SE")
    return number[:2].isalpha() and len(number) > 2 and (not is_swedish or (len(number) == 14 and number[2:].isdigit()))


def electronic_address(party: Party) -> tuple[str, str]:
    """The scheme and the address in the network: a Swedish number without its hyphen, everything else as it was given.

    A scheme is four digits of the list EAS; what is none is empty.
    """
    scheme = party.endpoint_scheme.strip()
    address = one_line(party.endpoint).replace(" ", "")
    return scheme if SCHEME.match(scheme) else "", compact(address) if scheme == SWEDISH_NUMBER else address


def accounts(payment: PaymentMeans) -> list[tuple[str, str]]:
    """The accounts one may pay to, each with what names its institution: (SE:BANKGIRO, digits), (BIC or empty, IBAN)."""
    known = [(BANKGIRO, compact(payment.bankgiro)), (PLUSGIRO, compact(payment.plusgiro)), (compact(payment.bic), compact(payment.iban))]
    return [(institution, account) for institution, account in known if account]


def is_account(institution: str, account: str) -> bool:
    """Whether the number can be one: length and check digits."""
    if institution == BANKGIRO:
        return len(account) in {7, 8} and _has_check_digit(account)
    if institution == PLUSGIRO:
        return 2 <= len(account) <= 8 and _has_check_digit(account)
    try:
        return bool(iban.validate(account))
    except ValidationError:
        return False


def is_iban(institution: str) -> bool:
    """Whether the account at this institution is an IBAN, and no number of bankgiro or plusgiro."""
    return institution not in {BANKGIRO, PLUSGIRO}


def _has_check_digit(account: str) -> bool:
    return account.isdigit() and bool(luhn.is_valid(account))
