"""When credit will run out, from real use and from what is booked (rules C5, C12). Pure.

Use goes on as it went in the days behind: so many minutes a day, evenly. What holds promise is used on its day, if
that is sooner: the two are not added, for a booking is how use comes about. Minutes are taken from the credit that
expires first; what is left of it after its last day is gone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import ceil

from credits.allocation import order_of_use

FURTHEST_DAYS = 730
"""Beyond two years nobody plans, and a forecast would pretend to know."""


@dataclass(frozen=True)
class Portion:
    """Credit that is left of one lot: minutes, and the last date on which it can be used (None: for ever)."""

    minutes: int
    expires_on: date | None = None


@dataclass(frozen=True)
class Promise:
    """Minutes that a hold will use on a date; None: on no date in particular, so today."""

    minutes: int
    due_on: date | None = None


@dataclass
class _Lot:
    minutes: Fraction
    expires_on: date | None


@dataclass(frozen=True)
class Forecast:
    """What will be left at the end of each day from today on, a begun minute whole, until it runs out or two years are over.

    `per_day` is the use behind, in minutes a day. `runs_out_on` is the first day on which nothing is left; None:
    not within two years. `expiring_minutes` are lost to expiry before.
    """

    per_day: Fraction
    left: Sequence[tuple[date, int]]
    runs_out_on: date | None
    expiring_minutes: int


def forecast(*, portions: Sequence[Portion], promises: Sequence[Promise], per_day: Fraction, today: date) -> Forecast:
    """Follow the credit day by day. Tomorrow is the first day of use; nothing left today: it has run out already."""
    ordered = sorted(enumerate(portions), key=lambda numbered: order_of_use(numbered[1].expires_on, numbered[0]))
    lots = [_Lot(Fraction(portion.minutes), portion.expires_on) for _number, portion in ordered]
    used, lost, left = Fraction(0), Fraction(0), [(today, sum(portion.minutes for portion in portions))]
    for ahead in range(1, FURTHEST_DAYS + 1):
        if left[-1][1] <= 0:
            break
        day = today + timedelta(days=ahead)
        lost += _expire(lots, day)
        wanted = max(per_day * ahead, Fraction(_promised_by(promises, day)))
        _take(lots, max(wanted - used, Fraction(0)))
        used = max(used, wanted)
        left.append((day, ceil(sum(lot.minutes for lot in lots))))
    runs_out_on = left[-1][0] if left[-1][1] <= 0 else None
    return Forecast(per_day=per_day, left=left, runs_out_on=runs_out_on, expiring_minutes=int(lost))


def _promised_by(promises: Sequence[Promise], day: date) -> int:
    return sum(promise.minutes for promise in promises if promise.due_on is None or promise.due_on <= day)


def _expire(lots: Sequence[_Lot], day: date) -> Fraction:
    """Empty the lots whose last day lies before `day`; what that comes to."""
    due = [lot for lot in lots if lot.expires_on is not None and lot.expires_on < day]
    gone = sum((lot.minutes for lot in due), Fraction(0))
    for lot in due:
        lot.minutes = Fraction(0)
    return gone


def _take(lots: Sequence[_Lot], minutes: Fraction) -> None:
    for lot in lots:
        given = min(lot.minutes, minutes)
        lot.minutes, minutes = lot.minutes - given, minutes - given
