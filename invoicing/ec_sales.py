"""The EC sales list (periodisk sammanställning, SKV 5740): services sold to businesses in other EU countries (rules I2, I6).

What counts are documents with reverse charge, in the period of their date of issue: credit notes take away, also from a
later period than their invoice's, and a buyer may come to less than nothing. Sums in kronor, the öre cut off, like
box 39 of the VAT return. A buyer without a valid number cannot be reported: it is named, and left out of the file.

The file is the tax agency's text for its service for file transfer: `SKV574008;`, then who reports, for when, and whom to
ask, then a line for each buyer with goods, triangular trade and services, of which we only ever sell the last.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from clients import provider, vat
from clients.models import Provider
from clients.vat import Treatment
from core.errors import DomainError
from invoicing import vat_boxes, vat_return
from invoicing.models import Invoice
from invoicing.tax_periods import TaxPeriod
from invoicing.vat_boxes import NOTHING, Box, Share
from invoicing.vies import compact
from people.models import Person

MARK, ENCODING, LINE_END = "SKV574008;", "iso-8859-1", "\r\n"
OURS = re.compile(r"(?:SE)?(\d{12})")
TELEPHONE = re.compile(r"\+?\d[\d-]{3,15}", re.ASCII)
LONGEST_NAME, LONGEST_ADDRESS, MOST_DIGITS = 35, 100, 12


class NumberOfOurs(DomainError):
    """Who reports needs a Swedish VAT number."""

    message = _("The provider has no Swedish VAT number of twelve digits, so that there is nobody to report. Write it in its profile.")


class ContactIncomplete(DomainError):
    """The tax agency wants a name and a telephone number."""

    message = _("The list needs a name and a telephone number that the tax agency can call. Write the provider’s in its profile.")


class SumTooLong(DomainError):
    """The format has room for twelve digits."""

    message = _("A sum has more digits than the tax agency’s format holds, which is twelve.")


@dataclass(frozen=True)
class Contact:
    """Whom the tax agency may ask."""

    name: str
    phone: str
    email: str = ""


@dataclass(frozen=True)
class Buyer(vat_boxes.OfShares):
    """What one VAT number bought in the period, in the books; the documents behind it. `name` as on the latest of them."""

    number: str
    name: str
    shares: Sequence[Share]
    valid: bool = True


@dataclass(frozen=True)
class SalesList:
    """The list of a period. `faults`: buyers that cannot be reported. `others`: documents from books in another currency."""

    period: TaxPeriod
    currency: str
    buyers: Sequence[Buyer]
    faults: Sequence[Buyer]
    others: Sequence[Invoice]

    @property
    def is_empty(self) -> bool:
        """Whether nothing was sold so."""
        return not (self.buyers or self.faults or self.others)

    @property
    def whole(self) -> Decimal:
        """What the file comes to."""
        return sum((buyer.whole for buyer in self.buyers), NOTHING)


def listed(period: TaxPeriod) -> SalesList:
    """The list of a period, from what was issued in it. One query, and one for the provider."""
    currency = provider.current().currency
    issued = [one for one in vat_return.issued_in(period) if one.vat_treatment == Treatment.REVERSE_CHARGE]
    ours = [one for one in issued if one.books_currency == currency]
    buyers = by_number(_sold(one) for one in ours)
    return SalesList(
        period,
        currency,
        buyers=[buyer for buyer in buyers if buyer.valid],
        faults=[buyer for buyer in buyers if not buyer.valid],
        others=[one for one in issued if one.books_currency != currency],
    )


def by_number(sold: Iterable[tuple[str, str, Share]]) -> list[Buyer]:
    """Of (country, VAT number, share) in order of time: each number's buyer, in order of number."""
    found: dict[tuple[str, bool], list[Share]] = {}
    for country, number, share in sold:
        key = (compact(number), vat.has_valid_number(country, number))
        found.setdefault(key, []).append(share)
    return [Buyer(number, shares[-1].document.client, shares, valid) for (number, valid), shares in sorted(found.items())]


def contact_of(person: Person, ours: Provider) -> Contact:
    """The person who makes the file, by the provider's telephone and address."""
    return Contact(name=person.name, phone=ours.phone, email=ours.email)


def file_of(found: SalesList, *, our_number: str, contact: Contact) -> bytes:
    """The list as a file for the tax agency. Raises NumberOfOurs, ContactIncomplete, SumTooLong.

    Nothing that somebody typed can end a line or begin a column: names lose their semicolons and line breaks.
    """
    ours = OURS.fullmatch(compact(our_number))
    if ours is None:
        raise NumberOfOurs
    name, phone = _words(contact.name, LONGEST_NAME), _telephone(contact.phone)
    if not name or not TELEPHONE.fullmatch(phone):
        raise ContactIncomplete
    head = ";".join([ours[1], found.period.agency_code, name, phone, _words(contact.email, LONGEST_ADDRESS)])
    lines = [MARK, head, *(_line(buyer) for buyer in found.buyers)]
    return "".join(f"{line}{LINE_END}" for line in lines).encode(ENCODING)


def _sold(invoice: Invoice) -> tuple[str, str, Share]:
    boxes, _unboxed = vat_boxes.filled([vat_return.document(invoice)])
    (share,) = next(box.shares for box in boxes if box.box == Box.EU_SERVICES)
    return str(invoice.buyer.get("country", "")), str(invoice.buyer.get("vat_number", "")), share


def _line(buyer: Buyer) -> str:
    """Number; goods; triangular trade; services. Nothing sold so is an empty column; a sum of nothing is 0."""
    amount = f"{buyer.whole:f}"
    if len(amount) > MOST_DIGITS:
        raise SumTooLong
    return f"{buyer.number};;;{amount};"


def _words(text: str, most: int) -> str:
    """A text that the file can hold: Latin letters as they are, others without their marks or not at all."""
    plain = "".join(_sign(sign) for sign in text.replace(";", " "))
    return " ".join(plain.split())[:most].strip()


def _sign(sign: str) -> str:
    if sign.isspace():
        return " "
    for form in (sign, unicodedata.normalize("NFKD", sign)):
        kept = "".join(part for part in form if part.isprintable() and ord(part) < 256)
        if kept:
            return kept.replace(";", " ")
    return ""


def _telephone(phone: str) -> str:
    """Digits with a hyphen after the area code, or a plus and digits: nothing but what the format allows."""
    bare = re.sub(r"[\s()/.]", "", phone)
    return bare.replace("-", "") if bare.startswith("+") else bare
