"""What rounding gained and lost in each quarter (rules C7, C9, C17).

Each session's total is rounded once. To the nearest step, that evens out over time; a client may see that it does, for
every deduction that stands: what was charged, less the exact minutes worked, in hundredths of a minute, for factors
make fractions.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from babel.numbers import format_decimal
from django.db.models import QuerySet
from django.utils.translation import get_language

from core.formatting import MINUS, hours
from credits.models import CreditAccount, Entry, EntryKind

__all__ = ["Line", "Quarter", "Rounded", "by_quarter", "lines_of", "of_year", "written"]


class Rounded(NamedTuple):
    """A deduction: what was worked and charged, in minutes, on the day of the work."""

    on: date
    raw_minutes: int
    factor_percent: int
    charged_minutes: int

    @property
    def exact(self) -> int:
        """What was worked times its factor, in hundredths of a minute."""
        return self.raw_minutes * self.factor_percent

    @property
    def added(self) -> int:
        """What rounding added to that, in hundredths of a minute; below zero where it took away (rule C7)."""
        return self.charged_minutes * 100 - self.exact


@dataclass(frozen=True)
class Quarter:
    """What rounding did in a calendar quarter, in hundredths of a minute: `gained` by the provider, `lost` by it; neither below 0."""

    year: int
    number: int
    gained: int = 0
    lost: int = 0

    @property
    def net(self) -> int:
        """What the provider gained in all; below zero where the client did."""
        return self.gained - self.lost

    @property
    def first(self) -> date:
        """The first day."""
        return date(self.year, self.number * 3 - 2, 1)

    @property
    def last(self) -> date:
        """The last day."""
        return (self.first.replace(day=28) + timedelta(days=70)).replace(day=1) - timedelta(days=1)


@dataclass(frozen=True)
class Line:
    """A deduction with its line in the ledger."""

    entry: Entry
    rounded: Rounded


def by_quarter(deductions: Iterable[Rounded]) -> list[Quarter]:
    """Gain and loss of each quarter that has deductions, in order of time."""
    sums: dict[tuple[int, int], tuple[int, int]] = {}
    for deduction in deductions:
        key = (deduction.on.year, (deduction.on.month + 2) // 3)
        gained, lost = sums.get(key, (0, 0))
        sums[key] = (gained + max(deduction.added, 0), lost + max(-deduction.added, 0))
    return [Quarter(year, number, gained, lost) for (year, number), (gained, lost) in sorted(sums.items())]


def of_year(account: CreditAccount, year: int) -> list[Quarter]:
    """The quarters of a year in the provider's dates, by the day of the work. One query."""
    found = _standing(account, first=date(year, 1, 1), last=date(year, 12, 31))
    columns = found.values_list("occurred_on", "raw_minutes", "factor_percent", "minutes")
    return by_quarter(Rounded(on, raw or 0, factor, -minutes) for on, raw, factor, minutes in columns)


def lines_of(account: CreditAccount, quarter: Quarter) -> list[Line]:
    """The deductions of a quarter, each with what rounding did to it. One query."""
    found = _standing(account, first=quarter.first, last=quarter.last).order_by("number")
    return [Line(entry, Rounded(entry.occurred_on, entry.raw_minutes or 0, entry.factor_percent, -entry.minutes)) for entry in found]


def written(hundredths: int) -> str:
    """Hundredths of a minute for reading: "12 min", "1 h 30 min"; "7.5 min" where it is not whole."""
    whole, rest = divmod(abs(hundredths), 100)
    sign = MINUS if hundredths < 0 else ""
    if not rest:
        return sign + hours(whole)
    return f"{sign}{format_decimal(Decimal(abs(hundredths)) / 100, locale=get_language() or 'en')} min"


def _standing(account: CreditAccount, *, first: date, last: date) -> QuerySet[Entry]:
    """The deductions for work on these days that stand: those that were reversed charged nothing."""
    worked = Entry.objects.filter(account=account, kind=EntryKind.DEDUCTION, occurred_on__range=(first, last), raw_minutes__isnull=False)
    return worked.filter(reversed_by=None)
