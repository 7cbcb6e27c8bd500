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
FIRST_YEAR, LAST_YEAR = 2, 9998
"""Those whose every instant has a date in any zone."""


class NeverOpens(ValueError):
    """The calendar has no opening hours within thirty years, so that no deadline can be reached."""


class BeyondTheYears(ValueError):
    """Where this leads lies beyond the years 2 to 9998, in which instants can be reckoned with."""

    def __init__(self, what: object) -> None:
        super().__init__(f"{what} leads beyond the years {FIRST_YEAR} to {LAST_YEAR}")


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


@dataclass(frozen=True, slots=True)
class _Year:
    """The open intervals that begin in one year of local dates, [since, until), and what is open before each.

    In microseconds since 1970.
    """

    number: int
    since: int
    until: int
    begins: Sequence[int]
    ends: Sequence[int]
    before: Sequence[int]
    total: int

    def open_before(self, now: int) -> int:
        """The open time of the year before the instant."""
        at = bisect_right(self.begins, now) - 1
        if at < 0:
            return 0
        end = self.ends[at]
        return self.before[at] + (now if now < end else end) - self.begins[at]


class Timetable:
    """The working hours of one calendar as instants. Cheap to keep: a year is laid out when it is first asked for."""

    def __init__(self, hours: WorkingHours) -> None:
        self.hours = hours
        self._years: dict[int, _Year] = {}

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """The instant at which `amount` of working time after `start` is used up, in UTC (rule W3).

        Outside opening hours the clock starts at the next opening; what is used up exactly at closing time falls at
        closing time. Nothing at all is due at once, or at the next opening. Raises ValueError for negative amounts,
        NeverOpens, BeyondTheYears.
        """
        more = amount // TICK
        if more <= 0 or self.hours.always_open:
            return self._added_simply(start, amount)
        now = _ticks(start)
        laid = self._year_of(start, now)
        left = more + laid.open_before(now)
        empty_years = 0
        while left > laid.total:
            left -= laid.total
            empty_years = 0 if laid.total else empty_years + 1
            if empty_years > LONGEST_CLOSURE:
                raise NeverOpens
            laid = self._year(laid.number + 1)
        at = bisect_left(laid.before, left) - 1  # at the very end of an interval rather than at the next one's beginning
        return EPOCH + TICK * (laid.begins[at] + left - laid.before[at])

    def _added_simply(self, start: datetime, amount: timedelta) -> datetime:
        """Nothing at all, or to a calendar that is always open."""
        if amount < timedelta():
            msg = f"cannot add {amount} of working time"
            raise ValueError(msg)
        if not self.hours.always_open:
            return self.next_opening(start)
        try:
            return _aware(start) + amount
        except OverflowError:
            raise BeyondTheYears(f"{start} + {amount}") from None

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The working time between two instants, the exact inverse of `add` (rule W4); negative where `end` is earlier."""
        if self.hours.always_open:
            return _aware(end) - _aware(start)
        now, then = _ticks(start), _ticks(end)
        if now > then:
            return -self.between(end, start)
        first, last = self._year_of(start, now), self._year_of(end, then)
        whole = sum(self._year(number).total for number in range(first.number, last.number))
        return TICK * (whole + last.open_before(then) - first.open_before(now))

    def is_open(self, at: datetime) -> bool:
        """Whether the calendar is open at the instant."""
        return self.next_opening(at) == _aware(at)

    def next_opening(self, at: datetime) -> datetime:
        """The first instant, from `at` on, at which the calendar is open: `at` itself where it is. Raises NeverOpens."""
        if self.hours.always_open:
            return _aware(at)
        return self._openings_from(at).begins_at

    def close_of_next_working_day(self, start: datetime) -> datetime:
        """When the calendar closes on the first day with hours after the local date of `start` (rule S2). Raises NeverOpens."""
        zone = self.hours.zone
        day = _aware(start).astimezone(zone).date()
        try:
            for _day in range(LONGEST_CLOSURE * 366):
                day += ONE_DAY
                if self.hours.always_open:
                    return instant(day + ONE_DAY, time(), zone)
                if openings := self._intervals_of(day):
                    return openings[-1][1]
        except OverflowError:
            raise BeyondTheYears(start) from None
        raise NeverOpens

    def explain(self, start: datetime, amount: timedelta) -> list[Counted]:
        """The intervals that are counted from `start` until `amount` is used up, in order (rule S6)."""
        due = self.add(start, amount)
        if self.hours.always_open:
            return [Counted(_aware(start), due)] if amount else []
        return list(self._counted(_aware(start), due))

    def _counted(self, start: datetime, due: datetime) -> Iterator[Counted]:
        now, then = _ticks(start), _ticks(due)
        for number in range(self._year_of(start, now).number, self._year_of(due, then).number + 1):
            laid = self._year(number)
            for at in range(bisect_right(laid.ends, now), bisect_left(laid.begins, then)):
                yield Counted(EPOCH + TICK * max(laid.begins[at], now), EPOCH + TICK * min(laid.ends[at], then))

    def _openings_from(self, at: datetime) -> Counted:
        """What is left of the interval that is open at `at`, or the next one. Raises NeverOpens."""
        now = _ticks(at)
        first = self._year_of(at, now).number
        for number in range(first, first + LONGEST_CLOSURE + 1):
            laid = self._year(number)
            found = bisect_right(laid.ends, now)
            if found < len(laid.ends):
                return Counted(EPOCH + TICK * max(laid.begins[found], now), EPOCH + TICK * laid.ends[found])
        raise NeverOpens

    def _year_of(self, at: datetime, now: int) -> _Year:
        """The year of local dates in which the instant lies, said both ways."""
        laid = self._year(at.year)  # of some zone: the local one differs by one at most
        if now < laid.since:
            return self._year(laid.number - 1)
        return laid if now < laid.until else self._year(laid.number + 1)

    def _year(self, number: int) -> _Year:
        laid = self._years.get(number)
        if laid is None:
            laid = self._years[number] = self._laid_out(number)
        return laid

    def _laid_out(self, number: int) -> _Year:
        if not FIRST_YEAR <= number <= LAST_YEAR:
            raise BeyondTheYears(f"the year {number}")
        first = date(number, 1, 1)
        intervals = [
            interval for day in range((date(number + 1, 1, 1) - first).days) for interval in self._intervals_of(first + ONE_DAY * day)
        ]
        begins, ends = [_ticks(opens) for opens, _ in intervals], [_ticks(closes) for _, closes in intervals]
        sums = list(accumulate((end - begin for begin, end in zip(begins, ends, strict=True)), initial=0))
        since, until = (_ticks(instant(date(year, 1, 1), time(), self.hours.zone)) for year in (number, number + 1))
        return _Year(number, since, until, begins, ends, sums[:-1], sums[-1])

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
    if at.utcoffset() is None:
        raise ValueError(_naive(at))
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise BeyondTheYears(at) from None


def _ticks(at: datetime) -> int:
    try:
        return (at - EPOCH) // TICK
    except TypeError:
        raise ValueError(_naive(at)) from None


def _naive(at: datetime) -> str:
    return f"{at} names no instant: it has no time zone"
