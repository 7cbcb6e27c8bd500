"""The days on which a calendar keeps other hours than its week says, for people to read (rule W1)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby
from typing import TypeVar

from django.utils.translation import gettext as _

from core.formatting import weekday
from worktime import holiday_years
from worktime.arithmetic import Opening
from worktime.models import BusinessCalendar, HolidaysCounted
from worktime.wall_clock import ONE_DAY

A_MONDAY = date(2024, 1, 1)
A_YEAR = timedelta(days=365)

Hours = TypeVar("Hours")


class DayKind(StrEnum):
    """How a day differs from its weekday."""

    CLOSED = "closed"
    SHORT = "short"
    OWN = "own"


@dataclass(frozen=True)
class DayAhead:
    """A day with other hours than its weekday has. `why`: the holiday, or what was written."""

    on: date
    kind: DayKind
    openings: Sequence[Opening]
    why: str

    @property
    def hours(self) -> str:
        """As they are written; nothing where it is closed."""
        return said(self.openings)


def days_ahead(calendars: Sequence[BusinessCalendar], *, first: date, length: timedelta = A_YEAR) -> dict[BusinessCalendar, list[DayAhead]]:
    """For each calendar, the days from `first` on that differ from their weekdays, soonest first. Constant in queries."""
    names = _names(calendars, range(first.year, (first + length).year + 1))
    days = [first + ONE_DAY * number for number in range(length.days)]
    return {
        calendar: [found for day in days if (found := _day(calendar, day, names[calendar]))] if not calendar.always_open else []
        for calendar in calendars
    }


def in_short(week: Mapping[int, Sequence[Hours]]) -> list[tuple[str, Sequence[Hours]]]:
    """The days that are not free, those in a row with the same hours together: "Mon–Fri", and the hours."""
    found = []
    for intervals, alike in groupby(sorted(week), key=lambda day: week[day]):
        days = list(alike)
        names = [weekday(A_MONDAY + timedelta(days=day)) for day in dict.fromkeys((days[0], days[-1]))]
        if intervals:
            found.append(("–".join(names), intervals))
    return found


def said(openings: Iterable[Opening]) -> str:
    """Openings as they are written: "08:00–12:00, 13:00–17:00"."""
    return ", ".join(f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in openings)


def _day(calendar: BusinessCalendar, day: date, names: Mapping[date, str]) -> DayAhead | None:
    hours = calendar.timetable.hours
    openings, ordinary = hours.openings_on(day), hours.weekly[day.weekday()]
    if openings == ordinary:
        return None
    if day in hours.overrides or hours.is_holiday(day):
        return DayAhead(day, DayKind.OWN if openings else DayKind.CLOSED, openings, names.get(day, ""))
    return DayAhead(day, DayKind.SHORT, openings, _("before %(holiday)s") % {"holiday": names.get(day + ONE_DAY, "")})


def _names(calendars: Sequence[BusinessCalendar], years: range) -> dict[BusinessCalendar, dict[date, str]]:
    """What each holiday, and each date with hours of its own, is called in each calendar."""
    counting = {calendar: (calendar.country, calendar.subdivision) for calendar in calendars if calendar.holidays != HolidaysCounted.NONE}
    known = holiday_years.named_days(set(counting.values()), years)
    names: dict[BusinessCalendar, dict[date, str]] = {}
    for calendar in calendars:
        public = {day.on: day.name for day in known.get(counting.get(calendar, ("", "")), ())}
        own = {on: holiday.name for holiday in calendar.yearly_holidays.all() for year in years if (on := holiday.on(year))}
        names[calendar] = public | own | {dated.on: dated.note for dated in calendar.dated_openings.all()}
    return names
