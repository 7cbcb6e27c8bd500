"""Calendars as a provider profile names them, made the calendars in force (rules P1, W1, W2).

The same again changes nothing and leaves no trace in the history. Closings and openings on dates that the profile does not
name stay as people wrote them: a profile that is loaded again never opens what somebody closed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TypeAlias
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from worktime import calendars, holiday_years
from worktime.arithmetic import Opening
from worktime.calendars import Change, DatedHours, Hours, OwnHoliday
from worktime.models import BusinessCalendar, HolidaysCounted

Dated: TypeAlias = tuple[date, time | None, time | None, str]
"""On which date, opens and closes (neither: closed), and why."""
Yearly: TypeAlias = tuple[tuple[int, int] | int, str, str]
"""Month and day, or days from Easter Sunday; name in English and in Swedish."""

COLUMNS = ("name_en", "name_sv", "time_zone", "always_open", "country", "subdivision", "holidays", "has_eves")


@dataclass(frozen=True, kw_only=True)
class CalendarSpec:
    """A calendar as a profile describes it. Times are wall-clock in `time_zone`; `closes` 00:00 is the next midnight.

    `weekly` holds the openings by weekday, Monday is 0; `eve` counts where `has_eves` (none: closed on eves).
    """

    code: str
    name_en: str
    name_sv: str
    time_zone: str
    always_open: bool = False
    country: str = ""
    subdivision: str = ""
    holidays: str = HolidaysCounted.NONE
    has_eves: bool = False
    weekly: Mapping[int, Sequence[Opening]] = field(default_factory=dict)
    eve: Sequence[Opening] = ()
    dated: Sequence[Dated] = ()
    yearly: Sequence[Yearly] = ()

    @property
    def hours(self) -> Hours:
        """What it says about hours."""
        return Hours(
            weekly=self.weekly,
            eve=self.eve if self.has_eves else None,
            dated=[DatedHours(*dated) for dated in self.dated],
            yearly=[_own_holiday(*yearly) for yearly in self.yearly],
        )


@transaction.atomic
def apply_calendars(specs: Sequence[CalendarSpec], *, source: str, at: datetime) -> list[str]:
    """Make these calendars say what they say here, and approve their holidays of this and the next five years (rule W1).

    Returns the changes, in words; the history names `source`. Other calendars stay as they are. Raises HoursBackwards,
    HoursOverlap, HolidayWithoutDate.
    """
    change, changes = Change(None, at, source), _approved(specs, at)
    for spec in specs:
        found = BusinessCalendar.objects.select_for_update().filter(code=spec.code).first()
        changes += _created(spec, change) if found is None else _changed(found, spec, change)
    return changes


def _approved(specs: Sequence[CalendarSpec], at: datetime) -> list[str]:
    changes = []
    for country, subdivision in sorted({(spec.country, spec.subdivision) for spec in specs if spec.holidays != HolidaysCounted.NONE}):
        years = holiday_years.approve_with_profile(country=country, subdivision=subdivision, at=at)
        place = "-".join(filter(None, [country, subdivision]))
        changes += [_("holidays of %(place)s %(year)s: approved") % {"place": place, "year": year} for year in years]
    return changes


def _created(spec: CalendarSpec, change: Change) -> list[str]:
    row = BusinessCalendar(code=spec.code, **{name: getattr(spec, name) for name in COLUMNS})
    calendars.remembering(row, change).save()
    calendars.write(calendar=row, hours=spec.hours, change=change)
    return [_("%(row)s: created") % {"row": _title(row)}]


def _changed(found: BusinessCalendar, spec: CalendarSpec, change: Change) -> list[str]:
    title, changes = _title(found), []
    for name in COLUMNS:
        old, new = getattr(found, name), getattr(spec, name)
        if old != new:
            words = {"row": title, "column": found._meta.get_field(name).verbose_name, "old": old, "new": new}  # type: ignore[union-attr]
            changes.append(_("%(row)s: %(column)s: %(old)s → %(new)s") % words)
            setattr(found, name, new)
    if changes:
        found.version = uuid4()
        calendars.remembering(found, change).save()
    differing = calendars.write(calendar=found, hours=_with_dates_of(found, spec), change=change)
    return changes + [_("%(row)s: %(rows)s: changed") % {"row": title, "rows": kind._meta.verbose_name_plural} for kind in differing]


def _with_dates_of(found: BusinessCalendar, spec: CalendarSpec) -> Hours:
    """What the profile says, and on dates that it does not name what people wrote."""
    hours = spec.hours
    named = {dated.on for dated in hours.dated}
    kept = [dated for dated in calendars.written(found).dated if dated.on not in named]
    return Hours(weekly=hours.weekly, eve=hours.eve, dated=[*kept, *hours.dated], yearly=hours.yearly)


def _own_holiday(on: tuple[int, int] | int, name_en: str, name_sv: str) -> OwnHoliday:
    if isinstance(on, int):
        return OwnHoliday(name_en, name_sv, from_easter=on)
    return OwnHoliday(name_en, name_sv, month=on[0], day=on[1])


def _title(row: BusinessCalendar) -> str:
    return f"{row._meta.verbose_name} ({row.code})"
