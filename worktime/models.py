"""Business calendars: when time counts (rules W1, W2, W5).

A calendar is edited through `worktime.calendars` only: whatever changes what counts gives it a new `version`, by which
laid-out timetables are kept and open deadlines know that they have to be computed anew (rule S6).
"""

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import ClassVar
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from people.models import Person, validate_time_zone
from worktime import holiday_dates
from worktime.arithmetic import Counted, Opening, Timetable, WorkingHours


class Weekday(models.IntegerChoices):
    """Monday is 0."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class HolidaysCounted(models.TextChoices):
    """Which holidays a calendar closes on (rule W1)."""

    NONE = "none", _("none")
    PUBLIC = "public", _("public holidays")
    DE_FACTO = "de_facto", _("public holidays and customary ones")


class BusinessCalendar(models.Model):
    """A calendar in which time is counted (rule W1). Its holidays are those of `country`, or of a part of it, and its own."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name_en = models.CharField(_("name (English)"), max_length=80)
    name_sv = models.CharField(_("name (Swedish)"), max_length=80)
    time_zone = models.CharField(_("time zone"), max_length=64, validators=[validate_time_zone])
    always_open = models.BooleanField(_("always open"), default=False)
    has_eves = models.BooleanField(_("the working day before a holiday has hours of its own"), default=False)
    country = models.CharField(_("country"), max_length=2, blank=True)
    subdivision = models.CharField(_("part of the country"), max_length=10, blank=True)
    holidays = models.CharField(_("holidays"), max_length=10, choices=HolidaysCounted, default=HolidaysCounted.NONE)
    version = models.UUIDField(_("version"), default=uuid4, editable=False)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("business calendar")
        verbose_name_plural = _("business calendars")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(holidays__in=HolidaysCounted.values), name="calendar_holidays_known"),
            models.CheckConstraint(condition=Q(holidays="none") | ~Q(country=""), name="calendar_holidays_of_a_country"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """In the reader's language."""
        return self.name_sv if get_language() == "sv" else self.name_en

    @property
    def zone(self) -> ZoneInfo:
        """The zone of its opening hours."""
        return ZoneInfo(self.time_zone)

    @property
    def timetable(self) -> Timetable:
        """Its hours as instants. Read once for each version: no query afterwards."""
        return _timetable(_Read(self))

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """The instant at which `amount` of working time after `start` is used up (rule W3). See `worktime.arithmetic`."""
        return self.timetable.add(start, amount)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The working time between two instants (rule W4)."""
        return self.timetable.between(start, end)

    def is_open(self, at: datetime) -> bool:
        """Whether it is open at the instant."""
        return self.timetable.is_open(at)

    def next_opening(self, at: datetime) -> datetime:
        """The first instant from `at` on at which it is open."""
        return self.timetable.next_opening(at)

    def explain(self, start: datetime, amount: timedelta) -> list[Counted]:
        """The intervals that are counted (rule S6)."""
        return self.timetable.explain(start, amount)


class WeeklyOpening(models.Model):
    """Opening hours of one weekday, wall-clock. `closes` 00:00 is the next midnight."""

    calendar = models.ForeignKey(BusinessCalendar, models.CASCADE, related_name="weekly_openings", verbose_name=_("calendar"))
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday)
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"))
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["calendar", "weekday", "opens"], name="weekly_opening_once"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="weekly_opening_on_a_weekday"),
            models.CheckConstraint(condition=Q(closes=time()) | Q(closes__gt=models.F("opens")), name="weekly_opening_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"


class EveOpening(models.Model):
    """Opening hours of a working day right before a holiday (rule W1)."""

    calendar = models.ForeignKey(BusinessCalendar, models.CASCADE, related_name="eve_openings", verbose_name=_("calendar"))
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"))
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("opening hours before a holiday")
        verbose_name_plural = _("opening hours before a holiday")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["calendar", "opens"], name="eve_opening_once"),
            models.CheckConstraint(condition=Q(closes=time()) | Q(closes__gt=models.F("opens")), name="eve_opening_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}–{self.closes:%H:%M}"


class DatedOpening(models.Model):
    """A date with hours of its own, which beat everything (rule W1); without times it is closed."""

    calendar = models.ForeignKey(BusinessCalendar, models.CASCADE, related_name="dated_openings", verbose_name=_("calendar"))
    on = models.DateField(_("date"))
    opens = models.TimeField(_("opens"), null=True, blank=True)
    closes = models.TimeField(_("closes"), null=True, blank=True)
    note = models.CharField(_("why"), max_length=100, blank=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("date with hours of its own")
        verbose_name_plural = _("dates with hours of their own")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["calendar", "on", "opens"], name="dated_opening_once"),
            models.UniqueConstraint(fields=["calendar", "on"], condition=Q(opens=None), name="dated_closing_once"),
            models.CheckConstraint(
                condition=Q(opens=None, closes=None) | Q(opens__isnull=False) & (Q(closes=time()) | Q(closes__gt=models.F("opens"))),
                name="dated_opening_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return self.on.isoformat()


class YearlyHoliday(models.Model):
    """A holiday that the calendar names itself (rule W2): every year on `month` and `day`, or so many days from Easter Sunday."""

    calendar = models.ForeignKey(BusinessCalendar, models.CASCADE, related_name="yearly_holidays", verbose_name=_("calendar"))
    month = models.PositiveSmallIntegerField(_("month"), null=True, blank=True)
    day = models.PositiveSmallIntegerField(_("day"), null=True, blank=True)
    from_easter = models.SmallIntegerField(_("days from Easter Sunday"), null=True, blank=True)
    name_en = models.CharField(_("name (English)"), max_length=80)
    name_sv = models.CharField(_("name (Swedish)"), max_length=80)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("holiday of the calendar’s own")
        verbose_name_plural = _("holidays of the calendar’s own")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(from_easter__isnull=False, month=None, day=None)
                | Q(from_easter=None, month__gte=1, month__lte=12, day__gte=1, day__lte=31),
                name="yearly_holiday_has_a_date",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """In the reader's language."""
        return self.name_sv if get_language() == "sv" else self.name_en

    def on(self, year: int) -> date | None:
        """Its date in a year; None where there is none (29 February)."""
        return holiday_dates.yearly(year, month=self.month, day=self.day, from_easter=self.from_easter)


class HolidayYear(models.Model):
    """The holidays of one year of a country or a part of it, as they were approved (rule W1). By nobody: with a profile."""

    country = models.CharField(_("country"), max_length=2)
    subdivision = models.CharField(_("part of the country"), max_length=10, blank=True)
    year = models.PositiveSmallIntegerField(_("year"))
    approved_at = models.DateTimeField(_("approved"))
    approved_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("approved by"))
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("year of holidays")
        verbose_name_plural = _("years of holidays")
        constraints: ClassVar = [models.UniqueConstraint(fields=["country", "subdivision", "year"], name="holiday_year_once")]

    def __str__(self) -> str:
        return f"{self.country} {self.subdivision} {self.year}".replace("  ", " ")


class Holiday(models.Model):
    """One approved holiday. `is_public`: by law; else by custom only."""

    of_year = models.ForeignKey(HolidayYear, models.CASCADE, related_name="dates", verbose_name=_("year"))
    on = models.DateField(_("date"))
    is_public = models.BooleanField(_("public"))
    name_en = models.CharField(_("name (English)"), max_length=120)
    name_sv = models.CharField(_("name (Swedish)"), max_length=120)

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        constraints: ClassVar = [models.UniqueConstraint(fields=["of_year", "on"], name="holiday_once")]

    def __str__(self) -> str:
        return f"{self.on} {self.name_en}"


class _Read:
    """A calendar as the key of its timetable: its version, which no two calendars or states of one share."""

    def __init__(self, calendar: BusinessCalendar) -> None:
        self.calendar = calendar

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Read) and self.version == other.version

    def __hash__(self) -> int:
        return hash(self.version)

    @property
    def version(self) -> UUID:
        """Of the calendar."""
        return self.calendar.version


@lru_cache(maxsize=256)
def _timetable(read: _Read) -> Timetable:
    return Timetable(hours_of(read.calendar))


def hours_of(calendar: BusinessCalendar) -> WorkingHours:
    """The calendar as a value: its rows, read now, and its holidays, read or computed when a year is asked for."""
    if calendar.always_open:
        return WorkingHours(zone=calendar.zone, always_open=True)
    weekly: dict[int, list[Opening]] = defaultdict(list)
    for opening in calendar.weekly_openings.all():
        weekly[opening.weekday].append((opening.opens, opening.closes))
    overrides: dict[date, list[Opening]] = defaultdict(list)
    for dated in calendar.dated_openings.all():
        overrides[dated.on] += [(dated.opens, dated.closes)] if dated.opens is not None and dated.closes is not None else []
    eve = tuple(sorted((opening.opens, opening.closes) for opening in calendar.eve_openings.all()))
    return WorkingHours(
        zone=calendar.zone,
        weekly=tuple(tuple(sorted(weekly[weekday])) for weekday in range(7)),
        eve=eve if calendar.has_eves else None,
        holidays=_holidays_of(calendar),
        overrides={on: tuple(sorted(openings)) for on, openings in overrides.items()},
    )


def _holidays_of(calendar: BusinessCalendar) -> holiday_dates.Holidays:
    """The calendar's holidays by year: approved ones where the year is approved, else computed; and its own."""
    own = list(calendar.yearly_holidays.all())
    approved: dict[int, set[date]] = defaultdict(set)
    if calendar.holidays != HolidaysCounted.NONE:
        years = HolidayYear.objects.filter(country=calendar.country, subdivision=calendar.subdivision).prefetch_related("dates")
        for year in years:
            public_only = calendar.holidays == HolidaysCounted.PUBLIC
            approved[year.year] |= {holiday.on for holiday in year.dates.all() if holiday.is_public or not public_only}

    def of_year(year: int) -> frozenset[date]:
        found = {on for on in (holiday.on(year) for holiday in own) if on is not None}
        if year in approved:
            return frozenset(found | approved[year])
        if calendar.holidays != HolidaysCounted.NONE:
            de_facto = calendar.holidays == HolidaysCounted.DE_FACTO
            found |= {
                holiday.on
                for holiday in holiday_dates.computed(calendar.country, calendar.subdivision, year)
                if holiday.is_public or de_facto
            }
        return frozenset(found)

    return holiday_dates.remembered(of_year)
