"""What late payment costs (rule I5): interest, reminder fees and compensation, under Swedish law.

Interest, Räntelagen (1975:635): 6 § a year's interest at the reference rate in force at each time and eight percentage points
more; 3 § from the due date, so that the day after it is the first that costs; 9 § the Riksbank sets the reference rate for each
half of a calendar year, which may be negative. Interest bears no interest. The law speaks of a rate "för år" and gives no count of
days. By default a day is 1/365 of it, in a leap year 1/366 (as the calculators used in practice do), so that a whole year never
costs more than the rate; FIXED_365 is the other custom, amount × rate × days / 365.

Lag (1981:739) om ersättning för inkassokostnader m.m.: 4 § at most 60 kronor for a written reminder, if it was agreed when the debt
arose (2 §); 4 a § 450 kronor for late payment between businesses and from authorities, once there is a right to interest.
All rates and sums are the caller's: they change without this code.

Pure: no Django models, no clock, no I/O. Amounts are decimals to the cent; a span is half-open.
"""

from calendar import isleap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError

_CENT = Decimal("0.01")
_MOST = Decimal(10) ** 13
_DAY = timedelta(days=1)
POINTS = Decimal(8)
"""Percentage points above the reference rate (6 §), where nothing else is agreed."""


class DayCount(StrEnum):
    """What share of a year a day is."""

    CALENDAR_YEAR = "calendar year"
    FIXED_365 = "fixed 365"


class RateUnknown(DomainError):
    """The table of reference rates does not reach a half-year that is asked for."""

    def __init__(self, on: date) -> None:
        super().__init__(on)
        self.on = on

    @property
    def message(self) -> str:
        """From when on."""
        return _("The reference rate for %(day)s is not known. Nothing has changed.") % {"day": self.on.isoformat()}


class SumRefused(DomainError):
    """A debt or a payment is below zero, or not in whole cents; or more is paid than is owed."""

    message = _("Interest is counted on sums in whole cents, not below zero, and payments up to the debt. Nothing has changed.")


@dataclass(frozen=True, kw_only=True)
class Terms:
    """How interest is counted: `points` above the reference rate, and what a day is of a year."""

    points: Decimal = POINTS
    day_count: DayCount = DayCount.CALENDAR_YEAR


STATUTORY = Terms()


@dataclass(frozen=True, kw_only=True)
class Span:
    """Days from `since` until before `until`, at one yearly rate in percent and one debt. The interest of spans adds up."""

    since: date
    until: date
    debt: Decimal
    percent: Decimal
    interest: Decimal

    @property
    def days(self) -> int:
        """How many days cost."""
        return (self.until - self.since).days


@dataclass(frozen=True, kw_only=True)
class Late:
    """What a late payment costs, beside the debt."""

    spans: Sequence[Span]
    reminders: Decimal
    compensation: Decimal

    @property
    def interest(self) -> Decimal:
        """Of all spans."""
        return sum((span.interest for span in self.spans), Decimal("0.00"))

    @property
    def total(self) -> Decimal:
        """Interest, reminders and compensation."""
        return self.interest + self.reminders + self.compensation


def late(spans: Sequence[Span], *, reminders: int, reminder_fee: Decimal, compensation: Decimal) -> Late:
    """The costs of a late payment: `reminder_fee` for each reminder sent, `compensation` once there is a day that costs interest."""
    return Late(spans=spans, reminders=reminders * reminder_fee, compensation=compensation if spans else Decimal("0.00"))


def interest(
    debt: Decimal,
    *,
    due_on: date,
    until: date,
    reference_rates: Mapping[date, Decimal],
    payments: Iterable[tuple[date, Decimal]] = (),
    terms: Terms = STATUTORY,
) -> list[Span]:
    """The interest on `debt` for each day after `due_on` up to and with `until`, cut where the rate, the year or the debt changes.

    `reference_rates`: percent by the first day of each half-year. `payments`: day and sum paid of the debt itself; that day still
    costs. The sum is rounded once, half a cent up, and the spans add up to it. Raises RateUnknown or SumRefused.
    """
    paid = list(payments)
    if any(_is_odd(amount) for amount in [debt, *(amount for _day, amount in paid)]) or sum(amount for _day, amount in paid) > debt:
        raise SumRefused
    first, end = due_on + _DAY, until + _DAY
    cuts = {first, end, *(day + _DAY for day, _amount in paid), *_half_years(first, end)}
    days = sorted(day for day in cuts if first <= day <= end)
    spans: list[Span] = []
    reached = told = Fraction(0)
    for since, before in pairwise(days):
        left = debt - sum((amount for day, amount in paid if day < since), Decimal(0))
        percent = max(_reference_rate(since, reference_rates) + terms.points, Decimal(0))
        reached += Fraction(left) * Fraction(percent) / 100 * (before - since).days / _days_of_year(since, terms.day_count)
        cents = _to_cents(reached)
        spans.append(Span(since=since, until=before, debt=left, percent=percent, interest=cents - _to_cents(told)))
        told = reached
    return spans


def _half_years(first: date, end: date) -> Iterator[date]:
    """The first days of half-years from `first` until before `end`; every new year is one of them."""
    years = range(first.year, end.year + 1)
    return (day for year in years for day in (date(year, 1, 1), date(year, 7, 1)) if first <= day < end)


def _reference_rate(on: date, table: Mapping[date, Decimal]) -> Decimal:
    """The rate of the half-year that `on` is in. An older one is not good enough: it would be a guess."""
    half_year = date(on.year, 1 if on.month < 7 else 7, 1)
    if half_year not in table:
        raise RateUnknown(half_year)
    return table[half_year]


def _days_of_year(on: date, day_count: DayCount) -> int:
    return 366 if day_count is DayCount.CALENDAR_YEAR and isleap(on.year) else 365


def _to_cents(exact: Fraction) -> Decimal:
    """Half a cent up."""
    return (Decimal(int(exact * 100 + Fraction(1, 2))) / 100).quantize(_CENT)


def _is_odd(amount: Decimal) -> bool:
    return not amount.is_finite() or not 0 <= amount < _MOST or amount != amount.quantize(_CENT)
