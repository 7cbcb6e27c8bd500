"""What a plan costs for a period (rule I7): periods between two dates, fees pro rata, and index clauses.

A period is half-open: `first` is its first day, `until` the first day after it. A fee is for a whole period; a part of it costs
the fee × days of the part / days of the whole, to the cent, half a cent up. Parts that fill a period cost the fee exactly.

Pure: no Django models, no clock, no I/O.
"""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import IntEnum
from itertools import count, pairwise

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError

_CENT = Decimal("0.01")


class Every(IntEnum):
    """How long a period is, in months."""

    MONTH = 1
    QUARTER = 3
    YEAR = 12


class PeriodRefused(DomainError):
    """A period ends before it begins, or a part is not inside its whole."""

    message = _("A period ends after it begins, and its parts lie inside it. Nothing has changed.")


class IndexRefused(DomainError):
    """An index is a number above zero."""

    message = _("An index is a number above zero. Nothing has changed.")


@dataclass(frozen=True, order=True)
class Period:
    """The days from `first` until before `until`."""

    first: date
    until: date

    def __post_init__(self) -> None:
        if self.first >= self.until:
            raise PeriodRefused

    @property
    def days(self) -> int:
        """How many."""
        return (self.until - self.first).days

    @property
    def last(self) -> date:
        """The last day, as it is printed."""
        return self.until - timedelta(days=1)

    def common(self, other: "Period") -> "Period | None":
        """The days that are in both."""
        first, until = max(self.first, other.first), min(self.until, other.until)
        return Period(first, until) if first < until else None


@dataclass(frozen=True)
class Due:
    """What of a whole period is to be paid for: all of it or a part."""

    whole: Period
    part: Period

    def costs(self, fee: Decimal) -> Decimal:
        """Of the fee for the whole."""
        return pro_rata(fee, whole=self.whole, part=self.part)


def by_calendar(span: Period, *, every: Every) -> list[Due]:
    """The calendar months, quarters or years that `span` touches, the first and the last perhaps in part."""
    begun = date(span.first.year, (span.first.month - 1) // every * every + 1, 1)
    return list(_dues(span, begun, every))


def by_anniversary(span: Period, *, every: Every, since: date | None = None) -> list[Due]:
    """The periods of `span`, counted from the day `since` when the agreement began (else its first day), the last perhaps in part.

    An agreement of the 31st begins its periods on the last day of shorter months, and on the 31st again after them. Raises
    PeriodRefused if the agreement began later.
    """
    anchor = since or span.first
    if anchor > span.first:
        raise PeriodRefused
    return list(_dues(span, anchor, every))


def pro_rata(fee: Decimal, *, whole: Period, part: Period) -> Decimal:
    """The share of `fee` that is for `part` of `whole`, by days. Raises PeriodRefused if the part is not inside."""
    if part.first < whole.first or part.until > whole.until:
        raise PeriodRefused
    return _to_cents(fee * part.days / whole.days)


def divided(fee: Decimal, *, whole: Period, at: Sequence[date]) -> list[tuple[Period, Decimal]]:
    """`whole` cut at the days `at`, each part with its share of `fee`; the shares come to the fee. Raises PeriodRefused."""
    cuts = [whole.first, *sorted(set(at)), whole.until]
    parts = [Period(first, until) for first, until in pairwise(cuts)]
    upto = [_to_cents(fee * (part.until - whole.first).days / whole.days) for part in parts]
    return [(part, reached - before) for part, reached, before in zip(parts, upto, [Decimal(0), *upto[:-1]], strict=True)]


def indexed(fee: Decimal, *, old: Decimal, new: Decimal) -> Decimal:
    """The fee after an index clause: × new index / old index, to the cent. Raises IndexRefused."""
    if not (old.is_finite() and new.is_finite()) or old <= 0 or new <= 0:
        raise IndexRefused
    return _to_cents(fee * new / old)


def _dues(span: Period, anchor: date, every: Every) -> Iterator[Due]:
    """Every period is counted from the anchor, so that short months leave no trace in later ones."""
    skipped = ((span.first.year - anchor.year) * 12 + span.first.month - anchor.month) // every - 1
    for step in count(max(skipped, 0)):
        whole = Period(_months_after(anchor, step * every), _months_after(anchor, (step + 1) * every))
        if whole.first >= span.until:
            return
        part = whole.common(span)
        if part:
            yield Due(whole, part)


def _months_after(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _to_cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, rounding=ROUND_HALF_UP)
