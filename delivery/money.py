"""The arithmetic of estimates and of what is used (rules D1, D3, D6, I2). Pure: decimals for money, whole minutes for time.

A line is quantity times price, rounded to the cent, half a cent up. VAT is rounded once per rate, never per line. Time is
priced by the minute: the minutes of one rate are summed before they are priced, so that printed hours times price are the
total.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from clients import vat

CENT = Decimal("0.01")
MOST_NET = Decimal(100_000_000)
"""A larger estimate is a slip of the pen."""


@dataclass(frozen=True)
class Totals:
    """Net, VAT and total of some lines, and net and VAT by rate in percent."""

    net: Decimal
    vat: Decimal
    by_rate: dict[Decimal, tuple[Decimal, Decimal]]

    @property
    def total(self) -> Decimal:
        """With VAT."""
        return self.net + self.vat


def to_cents(amount: Decimal) -> Decimal:
    """Whole cents, half a cent up."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def line_net(quantity: Decimal, unit_price: Decimal) -> Decimal:
    """What a line comes to, without VAT."""
    return to_cents(quantity * unit_price)


def totals(lines: Iterable[tuple[Decimal, Decimal]]) -> Totals:
    """Of lines as (net, VAT percent)."""
    rates = vat.by_rate(lines)
    return Totals(sum((net for net, _ in rates.values()), Decimal(0)), sum((tax for _, tax in rates.values()), Decimal(0)), rates)


def time_net(entries: Iterable[tuple[int, Decimal]]) -> Decimal:
    """What entries of (minutes, price of an hour) come to: summed by price, then rounded once for each (rule I2)."""
    minutes: defaultdict[Decimal, int] = defaultdict(int)
    for worked, rate in entries:
        minutes[rate] += worked
    return sum((to_cents(Decimal(worked) * rate / 60) for rate, worked in minutes.items()), Decimal(0))


def minutes_within(left: Decimal, rate: Decimal, *, worked: int) -> int:
    """How many more minutes `left` pays at `rate`, where so many are `worked` at it already: they are priced together (rule I2)."""
    reach = left + to_cents(Decimal(worked) * rate / 60) + CENT / 2
    return max(_up(reach * 60 / rate) - 1 - worked, 0)


def credit_minutes(net: Decimal, price_per_hour: Decimal, *, step: int) -> int:
    """The minutes of credit that pay `net`, up to the next whole `step` (rule D6)."""
    whole, rest = divmod(net * 60, price_per_hour * step)
    return (int(whole) + (1 if rest else 0)) * step


def shares(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """`amount` split in proportion to `weights`, in whole cents that sum to it exactly; all zero where the weights are."""
    whole = sum(weights, Decimal(0))
    if not whole:
        return [Decimal(0) for _ in weights]
    parts, reached, cut = [], Decimal(0), Decimal(0)
    for weight in weights:
        reached += weight
        upto = to_cents(amount * reached / whole)
        parts.append(upto - cut)
        cut = upto
    return parts


def _up(amount: Decimal) -> int:
    """The next whole number: `//` of decimals cuts towards zero."""
    return int(amount.to_integral_value(rounding=ROUND_CEILING))
