"""The months and quarters for which figures go to the authorities (rule I6). Pure.

In an address a month is `2026-11` and a quarter `2026-q4`; the tax agency writes them 2611 and 26-4.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from invoicing.periods import Every

WRITTEN = re.compile(r"(?P<year>20\d\d)-(?:(?P<month>0[1-9]|1[0-2])|q(?P<quarter>[1-4]))", re.ASCII)


@dataclass(frozen=True)
class TaxPeriod:
    """A calendar month or quarter: the `number`-th of its `year`."""

    year: int
    number: int
    every: Every = Every.MONTH

    @property
    def first(self) -> date:
        """The first day."""
        return date(self.year, (self.number - 1) * self.every + 1, 1)

    @property
    def last(self) -> date:
        """The last day."""
        month = self.number * self.every
        return date(self.year, month, monthrange(self.year, month)[1])

    @property
    def code(self) -> str:
        """As it stands in an address and in the names of files."""
        return f"{self.year}-{self.number:02}" if self.every == Every.MONTH else f"{self.year}-q{self.number}"

    @property
    def agency_code(self) -> str:
        """As the Swedish tax agency writes it."""
        short = f"{self.year % 100:02}"
        return f"{short}{self.number:02}" if self.every == Every.MONTH else f"{short}-{self.number}"

    @property
    def is_quarter(self) -> bool:
        """Whether it is a quarter."""
        return self.every == Every.QUARTER

    def before(self) -> "TaxPeriod":
        """The one before it, of the same length."""
        if self.number > 1:
            return TaxPeriod(self.year, self.number - 1, self.every)
        return TaxPeriod(self.year - 1, 12 // self.every, self.every)

    def after(self) -> "TaxPeriod":
        """The one after it, of the same length."""
        if self.number < 12 // self.every:
            return TaxPeriod(self.year, self.number + 1, self.every)
        return TaxPeriod(self.year + 1, 1, self.every)


def of(day: date, every: Every = Every.MONTH) -> TaxPeriod:
    """The period in which a day lies."""
    return TaxPeriod(day.year, (day.month - 1) // every + 1, every)


def written(code: str) -> TaxPeriod | None:
    """The period of a code in an address; None where it is none."""
    found = WRITTEN.fullmatch(code)
    if found is None:
        return None
    if found["month"]:
        return TaxPeriod(int(found["year"]), int(found["month"]))
    return TaxPeriod(int(found["year"]), int(found["quarter"]), Every.QUARTER)
