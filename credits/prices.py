"""What minutes of a lot are worth: their share of its total price (rules C12, C13). Pure.

Bonus minutes enlarge a lot and leave its total price, so every minute of it is worth the same. Shares are cut off
cumulatively, so that all the parts of a lot together are worth exactly what was paid for it.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def to_cents(amount: Decimal) -> Decimal:
    """The amount in whole cents, half a cent up."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class Worth:
    """What some minutes of a lot cost: without VAT, and the VAT on it."""

    net: Decimal
    vat: Decimal


def worth(total: Decimal, vat_percent: Decimal, *, minutes: int, of: int, before: int) -> Worth:
    """The share of `minutes` in a lot and in its VAT, so that all parts together are what was paid (rules C13, I2)."""
    vat = to_cents(total * vat_percent / 100)
    return Worth(net=share(total, minutes=minutes, of=of, before=before), vat=share(vat, minutes=minutes, of=of, before=before))


def minutes_for(amount: Decimal, *, total: Decimal, of: int) -> int:
    """How many whole minutes `amount` pays for in a lot of `of` minutes that cost `total`."""
    return min(int(amount * of / total), of)


def share(total: Decimal, *, minutes: int, of: int, before: int) -> Decimal:
    """What `minutes` are worth in a lot of `of` minutes that cost `total`, after `before` minutes have been cut off."""
    return to_cents(total * (before + minutes) / of) - to_cents(total * before / of)
