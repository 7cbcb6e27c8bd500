"""Reading one cell: Swedish and English numbers, ISO dates, addresses. Strict: what is doubtful is refused.

Pure: no database, no clock.
"""

import re
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from moneyed import CURRENCIES

SPACES = "[ \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}]"
NUMBER = re.compile(rf"-?(?:\d{{1,3}}(?:{SPACES}\d{{3}})+|\d{{1,12}})(?:[.,]\d{{1,2}})?", re.ASCII)
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
MOST_HOURS = 100_000
MOST_MONEY = Decimal(10) ** 9
MOST_TOTAL = Decimal(10) ** 12


class Unreadable(Exception):
    """A cell does not say what its column asks for; the message says what it should."""


def number(text: str) -> Decimal:
    """A number with at most two decimals: "1 200,50", "1200.50", "-3". A thousand is parted by a space or not at all."""
    if not NUMBER.fullmatch(text.replace("\N{MINUS SIGN}", "-")):
        raise Unreadable(_("must be a number with at most two decimals, like 1 200,50 or 1200.50"))
    plain = re.sub(SPACES, "", text).replace("\N{MINUS SIGN}", "-")
    return Decimal(plain.replace(",", "."))


def minutes(text: str) -> int:
    """Hours above 0, in whole minutes: "12,5" is 750."""
    hours = number(text)
    if hours <= 0:
        raise Unreadable(_("must be above 0"))
    if hours > MOST_HOURS:
        raise Unreadable(_("must be at most %(most)s hours") % {"most": MOST_HOURS})
    exact = hours * 60
    if exact != exact.to_integral_value():
        raise Unreadable(_("must be whole minutes: %(minutes)s minutes are not") % {"minutes": exact.normalize()})
    return int(exact)


def price(text: str) -> Decimal:
    """A price per hour, 0 or more."""
    amount = number(text)
    if not 0 <= amount < MOST_MONEY:
        raise Unreadable(_("must be 0 or more, and below %(most)s") % {"most": MOST_MONEY})
    return amount.quantize(Decimal("0.01"))


def percent(text: str) -> Decimal:
    """A share from 0 to 100, with or without its sign."""
    share = number(text.removesuffix("%").strip())
    if not 0 <= share <= 100:
        raise Unreadable(_("must be from 0 to 100"))
    return share.quantize(Decimal("0.01"))


def currency(text: str) -> str:
    """A currency by its three letters."""
    if text.upper() not in CURRENCIES:
        raise Unreadable(_("must be a currency by its three letters, like SEK"))
    return text.upper()


def day(text: str) -> date:
    """A date like 2027-12-31."""
    try:
        return date.fromisoformat(text if DAY.fullmatch(text) else "")
    except ValueError:
        raise Unreadable(_("must be a date like 2027-12-31")) from None


def email(text: str) -> str:
    """An e-mail address, in lower case."""
    try:
        validate_email(text)
    except ValidationError:
        raise Unreadable(_("must be an e-mail address, like anna@client.example")) from None
    if len(text) > 254:
        raise Unreadable(_("must be at most %(most)s characters") % {"most": 254})
    return text.lower()


def words(text: str, most: int) -> str:
    """A name or a reference of at most so many characters."""
    if len(text) > most:
        raise Unreadable(_("must be at most %(most)s characters") % {"most": most})
    return " ".join(text.split())
