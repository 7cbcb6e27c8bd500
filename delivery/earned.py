"""What an accepted estimate has earned, and how a sum of it is spread over rates of VAT (rules D3, D5, I2). Pure.

A fixed price earns all of it. A ceiling and a running account earn their fixed sums and what has been used, never more than
was accepted. What is used of a task is used of its first estimate, then of its change estimates in their order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from delivery.money import shares

Rates = dict[Decimal, Decimal]
"""Sums without VAT, by the VAT on them in percent."""


@dataclass(frozen=True)
class Accepted:
    """An accepted estimate: what is earned whatever is used (`fixed`), and what is earned as it is used, both by rate."""

    fixed: Rates
    workable: Rates

    @property
    def most(self) -> Decimal:
        """Its net: never more is earned."""
        return total(self.fixed) + total(self.workable)


def earned(estimates: Sequence[Accepted], used: Decimal) -> list[Rates]:
    """What each of the `estimates`, in their order, has earned when `used` has been used of all of them together."""
    found = []
    for estimate in estimates:
        of_it = min(used, total(estimate.workable))
        used -= of_it
        found.append(add(estimate.fixed, spread(of_it, estimate.workable)))
    return found


def left(due: Mapping[Decimal, Decimal], billed: Mapping[Decimal, Decimal]) -> Decimal:
    """What is due and not billed yet; nothing where more was billed."""
    return max(total(due) - total(billed), Decimal(0))


def part(amount: Decimal, due: Mapping[Decimal, Decimal], billed: Mapping[Decimal, Decimal]) -> Rates:
    """`amount` of what is left, spread over the rates by what is left of each: the last part leaves nothing at any rate.

    Raises ValueError for more than is left.
    """
    if amount > left(due, billed):
        msg = f"{amount} is more than is left"
        raise ValueError(msg)
    return spread(amount, {rate: max(net - billed.get(rate, Decimal(0)), Decimal(0)) for rate, net in due.items()})


def spread(amount: Decimal, weights: Mapping[Decimal, Decimal]) -> Rates:
    """`amount` by rate, in proportion to the weights, in whole cents that sum to it exactly; rates that get nothing are left out."""
    parts = zip(weights, shares(amount, list(weights.values())), strict=True)
    return {rate: net for rate, net in parts if net}


def add(*sums: Mapping[Decimal, Decimal]) -> Rates:
    """The sums together, by rate in ascending order."""
    rates = sorted({rate for each in sums for rate in each})
    return {rate: sum((each.get(rate, Decimal(0)) for each in sums), Decimal(0)) for rate in rates}


def total(sums: Mapping[Decimal, Decimal]) -> Decimal:
    """Over all rates."""
    return sum(sums.values(), Decimal(0))
