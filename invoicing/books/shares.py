"""What is left of a lot or of a debt is worth, so that its parts are exactly what it was (rules C12, C13, I6). Pure.

A lot of `granted` minutes cost `total`. Its first minute costs as much as its last; cents are cut off cumulatively from
both ends: what is refunded or moved is cut from the front (as `credits.prices` does), what is used from the back. So what
is left depends on how much was used and how much is gone, and never on the order in which it happened: a reversal gives
back what was taken, to the cent, and when nothing is left nothing is left over.
"""

from dataclasses import dataclass, replace
from decimal import Decimal

from credits.prices import to_cents


@dataclass(frozen=True)
class Left:
    """A lot: its worth in all, its minutes, and how many of them are used, and gone with their money."""

    total: Decimal
    granted: int
    used: int = 0
    gone: int = 0

    @property
    def minutes(self) -> int:
        """What is left."""
        return self.granted - self.used - self.gone

    @property
    def worth(self) -> Decimal:
        """What the minutes that are left are worth: the debt to the client."""
        return cut(self.total, self.granted - self.used, self.granted) - cut(self.total, self.gone, self.granted)

    def after(self, *, used: int = 0, gone: int = 0) -> "Left":
        """The lot after so many more minutes; less than none come back."""
        return replace(self, used=self.used + used, gone=self.gone + gone)


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
