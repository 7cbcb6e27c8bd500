"""Which time band a session begins in, and what factors come to together (rule C17). Pure.

A band is a time of the day, on some weekdays or on certain dates, by the clock of one zone. It is half-open, and one
that closes at 00:00 ends with the next midnight. The clock alone decides: where clocks go back, both hours that show
a time lie in the band that has it, and where they go forward, no instant lies in what they skip. A date beats a
weekday; of several bands the first counts.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, time
from itertools import chain
from math import prod
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

PLAIN = 100
"""Percent: an hour counts as an hour."""
MIDNIGHT = time(0)


class Hours(Protocol):
    """When a band is: `weekdays` with Monday 0, ISO `dates`, and wall-clock from `opens` to `closes`."""

    @property
    def weekdays(self) -> Collection[int]:
        """On which days of the week."""

    @property
    def dates(self) -> Collection[str]:
        """On which dates, whatever their weekday."""

    @property
    def opens(self) -> time:
        """From when."""

    @property
    def closes(self) -> time:
        """To when; 00:00 is the next midnight."""


Band = TypeVar("Band", bound=Hours)


def band_at(starts_at: datetime, bands: Iterable[Band], zone: ZoneInfo) -> Band | None:
    """The band that holds for what begins at `starts_at`, of `bands` in their order; None outside all of them (rule C17)."""
    wall = starts_at.astimezone(zone)
    open_then = [band for band in bands if _is_open(band, wall.time())]
    by_date = (band for band in open_then if wall.date().isoformat() in band.dates)
    by_weekday = (band for band in open_then if wall.weekday() in band.weekdays)
    return next(chain(by_date, by_weekday), None)


def combined(percents: Iterable[int]) -> int:
    """Factors one upon another, in whole percents, exactly half goes up (rule C17): 150 and 120 are 180, none are 100."""
    factors = list(percents)
    whole: int = PLAIN ** len(factors)
    return (2 * PLAIN * prod(factors) + whole) // (2 * whole)


def _is_open(band: Hours, clock: time) -> bool:
    return band.opens <= clock and (band.closes == MIDNIGHT or clock < band.closes)
