"""Working time: adding it to an instant, and measuring it between two (rules W1 to W5).

A calendar's hours are a value, `WorkingHours`; a `Timetable` lays them out as instants, a year at a time and only the
years that are asked for, with the open time before each interval. So an addition is two look-ups, however far it
reaches within a year; any zone and any year will do, and days with a clock change count what they really last.

For one date: a manual override beats a holiday (closed), which beats a weekday without hours (closed), which beats an
eve (short: the day right before a holiday), which beats the ordinary weekday. Intervals are half-open, instants are in
UTC, and amounts are exact to the microsecond. Naive instants raise ValueError.

Pure: no Django, no clock, no I/O.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from typing import TypeAlias
from zoneinfo import ZoneInfo

from worktime.wall_clock import ONE_DAY, ends_at, instant

Opening: TypeAlias = tuple[time, time]
"""Opens and closes, wall-clock; closes 00:00 is the next midnight."""
Holidays: TypeAlias = Callable[[int], frozenset[date]]
"""The holidays of a year."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
LONGEST_CLOSURE = 30
"""Years: a calendar that does not open for so long never opens."""


class NeverOpens(ValueError):
    """The calendar has no opening hours within thirty years, so that no deadline can be reached."""


def no_holidays(_year: int) -> frozenset[date]:
    """A calendar without holidays."""
    return frozenset()


@dataclass(frozen=True, kw_only=True)
class WorkingHours:
    """When a calendar is open (rule W1), wall-clock in `zone`.

    `weekly` holds the openings of Monday to Sunday. `eve` replaces those of a working day right before a holiday; None:
    eves are ordinary days. `overrides` are dates with openings of their own, none for closed. `always_open`: 24/7,
    whatever else is said.
    """

    zone: ZoneInfo
    weekly: tuple[tuple[Opening, ...], ...] = ((),) * 7
    eve: tuple[Opening, ...] | None = None
    holidays: Holidays = no_holidays
    overrides: Mapping[date, tuple[Opening, ...]] = field(default_factory=dict)
    always_open: bool = False

    def openings_on(self, day: date) -> tuple[Opening, ...]:
        """The openings of one date (rule W1)."""
        if day in self.overrides:
            return self.overrides[day]
        if self.is_holiday(day):
            return ()
        ordinary = self.weekly[day.weekday()]
        if ordinary and self.eve is not None and day < date.max and self.is_holiday(day + ONE_DAY):
            return self.eve
        return ordinary

    def is_holiday(self, day: date) -> bool:
        """Whether the date is a holiday of the calendar."""
        return day in self.holidays(day.year)


@dataclass(frozen=True)
class Counted:
    """An interval [begins_at, ends_at) of working time that was counted."""

    begins_at: datetime
    ends_at: datetime

    @property
    def amount(self) -> timedelta:
        """How long it is."""
        return self.ends_at - self.begins_at


@dataclass(frozen=True)
class _Year:
    """The open intervals that begin in one year of local dates, in microseconds since 1970, and what is open before each."""

    begins: Sequence[int]
    ends: Sequence[int]
    before: Sequence[int]
    total: int


class Timetable:
    """The working hours of one calendar as instants. Cheap to keep: a year is laid out when it is first asked for."""

    def __init__(self, hours: WorkingHours) -> None:
        self.hours = hours
        self._years: dict[int, _Year] = {}

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """The instant at which `amount` of working time after `start` is used up, in UTC (rule W3).

        Outside opening hours the clock starts at the next opening; what is used up exactly at closing time falls at
        closing time. Nothing at all is due at once, or at the next opening. Raises ValueError for negative amounts,
        NeverOpens.
        """
        if amount < timedelta():
            msg = f"cannot add {amount} of working time"
            raise ValueError(msg)
        if self.hours.always_open:
            return _aware(start) + amount
        if not amount:
            return self.next_opening(start)
        number = self._local_year(start)
        left = amount // TICK + self._open_before(number, _ticks(start))
        empty_years = 0
        while empty_years <= LONGEST_CLOSURE:
            laid = self._year(number)
            if left <= laid.total:
                at = bisect_left(laid.before, left) - 1  # at the very end of an interval rather than at the next one's beginning
                return EPOCH + TICK * (laid.begins[at] + left - laid.before[at])
            left -= laid.total
            empty_years = 0 if laid.total else empty_years + 1
            number += 1
        raise NeverOpens

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The working time between two instants, the exact inverse of `add` (rule W4); negative where `end` is earlier."""
        if self.hours.always_open:
            return _aware(end) - _aware(start)
        if start > end:
            return -self.between(end, start)
        first, last = self._local_year(start), self._local_year(end)
        whole = sum(self._year(number).total for number in range(first, last))
        return TICK * (whole + self._open_before(last, _ticks(end)) - self._open_before(first, _ticks(start)))

    def is_open(self, at: datetime) -> bool:
        """Whether the calendar is open at the instant."""
        return self.hours.always_open or self.next_opening(at) == _aware(at)

    def next_opening(self, at: datetime) -> datetime:
        """The first instant, from `at` on, at which the calendar is open: `at` itself where it is. Raises NeverOpens."""
        if self.hours.always_open:
            return _aware(at)
        return self._openings_from(at).begins_at

    def close_of_next_working_day(self, start: datetime) -> datetime:
        """When the calendar closes on the first day with hours after the local date of `start` (rule S2). Raises NeverOpens."""
        zone = self.hours.zone
        day = _aware(start).astimezone(zone).date()
        for number in range(1, LONGEST_CLOSURE * 366):
            following = day + timedelta(days=number)
            if self.hours.always_open:
                return instant(following + ONE_DAY, time(), zone)
            if openings := self._intervals_of(following):
                return openings[-1][1]
        raise NeverOpens

    def explain(self, start: datetime, amount: timedelta) -> list[Counted]:
        """The intervals that are counted from `start` until `amount` is used up, in order (rule S6)."""
        due = self.add(start, amount)
        if self.hours.always_open:
            return [Counted(_aware(start), due)] if amount else []
        return list(self._counted(_aware(start), due))

    def _counted(self, start: datetime, due: datetime) -> Iterator[Counted]:
        for number in range(self._local_year(start), self._local_year(due) + 1):
            laid = self._year(number)
            for begins, ends in zip(laid.begins, laid.ends, strict=True):
                first, last = max(EPOCH + TICK * begins, start), min(EPOCH + TICK * ends, due)
                if first < last:
                    yield Counted(first, last)

    def _openings_from(self, at: datetime) -> Counted:
        """What is left of the interval that is open at `at`, or the next one. Raises NeverOpens."""
        now, first = _ticks(at), self._local_year(at)
        for number in range(first, first + LONGEST_CLOSURE + 1):
            laid = self._year(number)
            found = bisect_right(laid.ends, now)
            if found < len(laid.ends):
                return Counted(EPOCH + TICK * max(laid.begins[found], now), EPOCH + TICK * laid.ends[found])
        raise NeverOpens

    def _open_before(self, year: int, now: int) -> int:
        """The open time of the year before the instant, in microseconds."""
        laid = self._year(year)
        at = bisect_right(laid.begins, now) - 1
        return 0 if at < 0 else laid.before[at] + min(now, laid.ends[at]) - laid.begins[at]

    def _local_year(self, at: datetime) -> int:
        """The year of the local date on which whatever is open at `at` began: never later than that of `at`."""
        return _aware(at).astimezone(self.hours.zone).year

    def _year(self, number: int) -> _Year:
        laid = self._years.get(number)
        if laid is None:
            laid = self._years[number] = self._laid_out(number)
        return laid

    def _laid_out(self, number: int) -> _Year:
        day, intervals = date(number, 1, 1), []
        while day.year == number:
            intervals += self._intervals_of(day)
            day += ONE_DAY
        begins = [(opens - EPOCH) // TICK for opens, _ in intervals]
        ends = [(closes - EPOCH) // TICK for _, closes in intervals]
        sums = list(accumulate((end - begin for begin, end in zip(begins, ends, strict=True)), initial=0))
        return _Year(begins, ends, sums[:-1], sums[-1])

    def _intervals_of(self, day: date) -> list[tuple[datetime, datetime]]:
        """The open intervals of one date as instants, apart and in order. Hours that a clock change swallows are none."""
        apart: list[tuple[datetime, datetime]] = []
        for opens, closes in sorted(self.hours.openings_on(day)):
            begins, ends = instant(day, opens, self.hours.zone), ends_at(day, closes, self.hours.zone)
            if apart and begins <= apart[-1][1]:
                apart[-1] = (apart[-1][0], max(apart[-1][1], ends))
            elif begins < ends:
                apart.append((begins, ends))
        return apart


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        msg = f"{at} names no instant: it has no time zone"
        raise ValueError(msg)
    return at.astimezone(UTC)


def _ticks(at: datetime) -> int:
    return (_aware(at) - EPOCH) // TICK
