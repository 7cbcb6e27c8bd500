"""The boxes of the Swedish VAT return that sales of services fill (SKV 4700; rules I2, I6). Pure.

Which box a sum belongs in follows from what was frozen on the document: its VAT treatment and the rate. Each document is
turned into the currency of the books by its own rate, each sum to the öre; together its VAT is what the document itself
says in that currency. Credit notes count less than nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clients.vat import Treatment

CENT, WHOLE, NOTHING = Decimal("0.01"), Decimal(1), Decimal(0)


class Box(StrEnum):
    """A box of the return, by its number on the form."""

    SALES = "05"
    VAT_25 = "10"
    VAT_12 = "11"
    VAT_6 = "12"
    EU_SERVICES = "39"
    ABROAD = "40"
    EXEMPT = "42"


LABELS: dict[Box, str | Promise] = {
    Box.SALES: _("Sales subject to VAT, not in boxes 06, 07 or 08"),
    Box.VAT_25: _("Output VAT 25 %"),
    Box.VAT_12: _("Output VAT 12 %"),
    Box.VAT_6: _("Output VAT 6 %"),
    Box.EU_SERVICES: _("Services to businesses in other EU countries, by the main rule"),
    Box.ABROAD: _("Other services supplied outside Sweden"),
    Box.EXEMPT: _("Other sales without VAT"),
}
OF_RATE = {Decimal(25): Box.VAT_25, Decimal(12): Box.VAT_12, Decimal(6): Box.VAT_6}
UNTAXED = {Treatment.REVERSE_CHARGE: Box.EU_SERVICES, Treatment.OUTSIDE_SCOPE: Box.ABROAD}


@dataclass(frozen=True, kw_only=True)
class Document:
    """An issued invoice or credit note, as far as a return asks: (percent, net, VAT) of each rate, in its own currency.

    `rate`: what one unit of that currency is in the books. `vat_in_books`: its whole VAT there. All sums positive. A debt that was
    given up stands as a credit of its invoice, `about` says so, and `issued_on` is its day.
    """

    key: int
    number: str
    client: str
    issued_on: date
    is_credit: bool
    treatment: Treatment
    rates: Sequence[tuple[Decimal, Decimal, Decimal]]
    rate: Decimal = WHOLE
    vat_in_books: Decimal
    about: str = ""


@dataclass(frozen=True)
class Share:
    """What one document adds to a box, exact to the öre."""

    document: Document
    amount: Decimal


class OfShares:
    """What shares of documents come to, exactly and as the tax agency's forms ask for it."""

    shares: Sequence[Share]

    @property
    def exact(self) -> Decimal:
        """The sum to the öre."""
        return sum((share.amount for share in self.shares), NOTHING)

    @property
    def whole(self) -> Decimal:
        """What goes on the form: whole kronor, the öre cut off."""
        return self.exact.quantize(WHOLE, rounding=ROUND_DOWN) + 0


@dataclass(frozen=True)
class Filled(OfShares):
    """A box with the documents that fill it."""

    box: Box
    shares: Sequence[Share]

    @property
    def label(self) -> str | Promise:
        """What the form calls it."""
        return LABELS[self.box]


@dataclass(frozen=True)
class Unboxed:
    """A sum with VAT at a rate that the form has no box for. Its net counts in box 05; its VAT counts nowhere."""

    document: Document
    percent: Decimal
    vat: Decimal


def filled(documents: Iterable[Document]) -> tuple[list[Filled], list[Unboxed]]:
    """Every box of the form in its order, empty ones too, and what no box takes."""
    shares: dict[Box, list[Share]] = {box: [] for box in Box}
    unboxed = []
    for document in documents:
        sums, left = _boxes_of(document)
        for box, amount in sums.items():
            shares[box].append(Share(document, amount))
        unboxed += left
    return [Filled(box, found) for box, found in shares.items()], unboxed


def _boxes_of(document: Document) -> tuple[dict[Box, Decimal], list[Unboxed]]:
    sign = -1 if document.is_credit else 1
    sums: dict[Box, Decimal] = {}
    unboxed = []
    for (percent, net, _vat), vat in zip(document.rates, _vat_in_books(document), strict=True):
        main = UNTAXED.get(document.treatment) or (Box.SALES if percent else Box.EXEMPT)
        sums[main] = sums.get(main, NOTHING) + sign * _to_cents(net * document.rate)
        if percent not in OF_RATE:
            unboxed += [Unboxed(document, percent, sign * vat)] if vat else []
        else:
            sums[OF_RATE[percent]] = sums.get(OF_RATE[percent], NOTHING) + sign * vat
    return sums, unboxed


def _vat_in_books(document: Document) -> list[Decimal]:
    """The VAT of each rate in the books; the last that has any takes what rounding left of the whole."""
    found = [_to_cents(vat * document.rate) for _percent, _net, vat in document.rates]
    taxed = [place for place, vat in enumerate(found) if vat]
    if taxed:
        found[taxed[-1]] += document.vat_in_books - sum(found, NOTHING)
    return found


def _to_cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)
