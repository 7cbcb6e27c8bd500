"""When somebody works, as instants: weekly hours, bands that they offer, days off and extra hours (rules R2, C17, W1, W5).

Weekly hours and the bands that a technician offers are one. A public holiday closes weekly hours and bands of
weekdays, but not a band that names the date. What is off is taken out of both; extra hours come last and win over
everything, holidays too. Hours that touch, also over midnight, are one.

Hours are wall-clock in the technician's zone, those of bands in the provider's: a day with a clock change has an hour
more or less between the same times, and openings never move. A clock time that is skipped begins with the first
instant after it; of one that exists twice the first is meant. Intervals are half-open, and instants are in UTC.

Pure: no Django, no clock, no I/O.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain
from typing import TypeAlias
from zoneinfo import ZoneInfo

from sessions.bands import MIDNIGHT, Hours
from worktime.wall_clock import ends_at, instant

Interval: TypeAlias = tuple[datetime, datetime]
GREENWICH = ZoneInfo("UTC")


@dataclass(frozen=True)
class Opening:
    """Working hours of one weekday (Monday is 0), wall-clock. `closes` 00:00 is the next midnight."""

    weekday: int
    opens: time
    closes: time


@dataclass(frozen=True)
class DatedHours:
    """The same hours on each date from `first` to `last`, both included, wall-clock; by themselves the whole days."""

    first: date
    last: date
    opens: time = MIDNIGHT
    closes: time = MIDNIGHT


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """When one technician works: `weekly`, and in `bands` by the clock of `band_zone`, but for `holidays` and `off`; and `extra`."""

    zone: ZoneInfo
    weekly: Sequence[Opening] = ()
    holidays: Collection[date] = frozenset()
    bands: Sequence[Hours] = ()
    band_zone: ZoneInfo = GREENWICH
    off: Sequence[DatedHours] = ()
    extra: Sequence[DatedHours] = ()


def worked(schedule: Schedule, earliest: datetime, latest: datetime) -> list[Interval]:
    """When the technician works on the days from `earliest` to `latest`, joined where it touches, in order."""
    days = local_days(earliest, latest, schedule.zone)
    usual = joined(chain(_weekly(schedule, days), _in_bands(schedule, local_days(earliest, latest, schedule.band_zone))))
    off = joined(_on_dates(schedule.off, days, schedule.zone))
    return joined(chain(without(usual, off), _on_dates(schedule.extra, days, schedule.zone)))


def joined(intervals: Iterable[Interval]) -> list[Interval]:
    """The same time as intervals that are apart, in order."""
    apart: list[Interval] = []
    for begins, ends in sorted(intervals):
        if apart and begins <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(apart[-1][1], ends))
        elif begins < ends:
            apart.append((begins, ends))
    return apart


def local_days(earliest: datetime, latest: datetime, zone: ZoneInfo) -> list[date]:
    """The dates of `zone` from that of `earliest` to that of `latest`."""
    first, last = earliest.astimezone(zone).date(), latest.astimezone(zone).date()
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _weekly(schedule: Schedule, days: Iterable[date]) -> Iterator[Interval]:
    of_weekday: dict[int, list[Opening]] = {}
    for opening in schedule.weekly:
        of_weekday.setdefault(opening.weekday, []).append(opening)
    for day in days:
        if day not in schedule.holidays:
            yield from (_between(day, opening.opens, opening.closes, schedule.zone) for opening in of_weekday.get(day.weekday(), ()))


def _in_bands(schedule: Schedule, days: Iterable[date]) -> Iterator[Interval]:
    if not schedule.bands:
        return
    for day in days:
        named, closed = day.isoformat(), day in schedule.holidays
        for band in schedule.bands:
            if named in band.dates or (day.weekday() in band.weekdays and not closed):
                yield _between(day, band.opens, band.closes, schedule.band_zone)


def _on_dates(dated: Iterable[DatedHours], days: Sequence[date], zone: ZoneInfo) -> Iterator[Interval]:
    for hours in dated:
        yield from (_between(day, hours.opens, hours.closes, zone) for day in days if hours.first <= day <= hours.last)


def _between(day: date, opens: time, closes: time, zone: ZoneInfo) -> Interval:
    return instant(day, opens, zone), ends_at(day, closes, zone)


def without(intervals: Iterable[Interval], gaps: Sequence[Interval]) -> Iterator[Interval]:
    """What is left of `intervals` outside of `gaps`; both apart and in order."""
    ahead = 0
    for begins, ends in intervals:
        while ahead < len(gaps) and gaps[ahead][1] <= begins:
            ahead += 1
        left, gap = begins, ahead
        while gap < len(gaps) and gaps[gap][0] < ends:
            if left < gaps[gap][0]:
                yield left, gaps[gap][0]
            left, gap = max(left, gaps[gap][1]), gap + 1
        if left < ends:
            yield left, ends
