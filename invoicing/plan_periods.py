"""Which days of a plan are to be charged, in which pieces, and what each costs (rule I7).

A piece is a whole period or a part of one, under one fee: a fee that changes inside a period divides it. Days that were
charged are left out, days that were taken back come again.

Pure: no Django models, no clock, no I/O.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from invoicing.periods import Due, Every, Period, by_anniversary, by_calendar, divided

MONTHS_OF_A_YEAR = 12


@dataclass(frozen=True)
class Fee:
    """What the whole period costs from the day `starts_on` on; `every` None: nothing, for as long as it holds."""

    starts_on: date
    amount: Decimal
    currency: str
    every: Every | None

    @property
    def of_a_month(self) -> Decimal:
        """Its share for one month, not rounded."""
        return self.amount / self.every if self.every else Decimal(0)


@dataclass(frozen=True)
class Piece:
    """Days to be charged together: a `part` of the `whole` period under one fee."""

    whole: Period
    part: Period
    fee: Fee

    @property
    def net(self) -> Decimal:
        """What they cost: pieces that fill a period under one fee cost the fee exactly."""
        return share(self.fee.amount, whole=self.whole, part=self.part)


def pieces(span: Period, fees: Sequence[Fee], *, since: date, calendar: bool) -> Iterator[Piece]:
    """All of `span` in pieces, under `fees` in order of their days; periods go by the `calendar`, or are counted from the day `since`."""
    for fee, until in zip(fees, [*(fee.starts_on for fee in fees[1:]), date.max], strict=True):
        held = Period(fee.starts_on, until).common(span) if fee.starts_on < until else None
        if held is None or fee.every is None or not fee.amount:
            continue
        for due in dues(held, every=fee.every, since=since, calendar=calendar):
            yield Piece(due.whole, due.part, fee)


def dues(span: Period, *, every: Every, since: date, calendar: bool) -> list[Due]:
    """The periods that `span` touches."""
    return by_calendar(span, every=every) if calendar else by_anniversary(span, every=every, since=since)


def share(amount: Decimal, *, whole: Period, part: Period) -> Decimal:
    """What of `amount` falls on `part` of `whole`, so that parts that fill the whole come to it to the cent."""
    cuts = [day for day in (part.first, part.until) if whole.first < day < whole.until]
    return dict(divided(amount, whole=whole, at=cuts))[part]


def open_days(span: Period, *, charged: Iterable[tuple[Period, Iterable[Period]]]) -> list[Period]:
    """The days of `span` that are not charged, in order. Of each charge: its days, and those of them that were taken back."""
    return _without(span, [left for period, taken_back in charged for left in _without(period, taken_back)])


def fee_on(fees: Sequence[Fee], on: date) -> Fee | None:
    """The one that holds on a day; None before the first."""
    held = [fee for fee in fees if fee.starts_on <= on]
    return held[-1] if held else None


def next_of(day: date, *, after: date) -> date:
    """The first time after `after` that the month and day of `day` come round; 29 February comes on the 28th in other years."""
    return next(found for year in (after.year, after.year + 1, after.year + 2) if (found := _in_year(day, year)) > after)


def months_between(earlier: date, later: date) -> int:
    """How many months lie between the months of two days."""
    return (later.year - earlier.year) * MONTHS_OF_A_YEAR + later.month - earlier.month


def _in_year(day: date, year: int) -> date:
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)


def _without(period: Period, taken: Iterable[Period]) -> list[Period]:
    left = [period]
    for gone in sorted(taken):
        left = [part for one in left for part in _cut(one, gone)]
    return left


def _cut(period: Period, gone: Period) -> Iterator[Period]:
    if period.first < min(gone.first, period.until):
        yield Period(period.first, min(gone.first, period.until))
    if max(gone.until, period.first) < period.until:
        yield Period(max(gone.until, period.first), period.until)
