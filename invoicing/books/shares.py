"""What is left of a lot or of a debt is worth, so that its parts are exactly what it was (rules C12, C13, I6). Pure.

A lot of `granted` minutes cost `total`. Its first minute costs as much as its last; cents are cut off cumulatively from
both ends: what is refunded or moved is cut from the front (as `credits.prices` does), what is used from the back. So what
is left depends on how much was used and how much is gone, and never on the order in which it happened: a reversal gives
back what was taken, to the cent, and when nothing is left nothing is left over.

A price that is reduced later is less for all minutes that had not gone by then, used or not: what is gone took its money along.
"""

from dataclasses import dataclass, replace
from decimal import Decimal

from credits.prices import to_cents


@dataclass(frozen=True)
class Reduction:
    """By so much the price of the last `over` minutes of a lot was reduced: those that were left or used."""

    amount: Decimal
    over: int


@dataclass(frozen=True)
class Left:
    """A lot: its worth in all, its minutes, how many of them are used, and gone with their money, and how its price was reduced."""

    total: Decimal
    granted: int
    used: int = 0
    gone: int = 0
    reductions: tuple[Reduction, ...] = ()

    @property
    def minutes(self) -> int:
        """What is left."""
        return self.granted - self.used - self.gone

    @property
    def worth(self) -> Decimal:
        """What the minutes that are left are worth: the debt to the client."""
        return self._between(self.gone, self.granted - self.used)

    @property
    def here(self) -> int:
        """The minutes that have not gone: left, or used."""
        return self.granted - self.gone

    @property
    def reducible(self) -> Decimal:
        """By how much the price of these can be reduced: as much as they cost."""
        return self._between(self.gone, self.granted)

    def after(self, *, used: int = 0, gone: int = 0) -> "Left":
        """The lot after so many more minutes; less than none come back."""
        return replace(self, used=self.used + used, gone=self.gone + gone)

    def reduced(self, amount: Decimal) -> "Left":
        """The lot after its price was reduced, of what has not gone."""
        return replace(self, reductions=(*self.reductions, Reduction(amount, self.here)))

    def _between(self, first: int, last: int) -> Decimal:
        """What its minutes from one to another cost, in whole cents; nothing where no price is left, be it by a part of a cent."""
        if self._price_of(self.granted) <= self._price_of(self.gone):
            return Decimal(0)
        return to_cents(self._price_of(last)) - to_cents(self._price_of(first))

    def _price_of(self, minutes: int) -> Decimal:
        """What the first of its minutes cost, not rounded: no fewer than had gone when its price was last reduced."""
        less = (each.amount * (minutes - self.granted + each.over) / each.over for each in self.reductions)
        return self.total * minutes / self.granted - sum(less, Decimal(0))


@dataclass(frozen=True)
class Owed:
    """A debt: its worth in all, its minutes, and how many of them are open."""

    total: Decimal
    minutes: int
    open: int

    @property
    def worth(self) -> Decimal:
        """What the open minutes are worth: what the client owes for work that is done."""
        return cut(self.total, self.open, self.minutes)

    def after(self, opened: int) -> "Owed":
        """The debt with so many more minutes open; less than none were paid or taken back."""
        return replace(self, open=self.open + opened)


def cut(total: Decimal, minutes: int, of: int) -> Decimal:
    """What the first `minutes` of `of` are worth, in whole cents."""
    return to_cents(total * minutes / of)


def in_books(amount: Decimal, rate: Decimal) -> Decimal:
    """An amount of another currency in that of the books, in whole cents; of less than nothing as of more."""
    return -to_cents(-amount * rate) if amount < 0 else to_cents(amount * rate)
