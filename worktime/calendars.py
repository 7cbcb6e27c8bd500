"""How business calendars are edited: here and nowhere else (rules W1, S6).

Each edit keeps in the history who, when and why, row by row, and gives the calendar a new `version`, by which everybody
who computed with it knows that it has changed. What changes nothing leaves no trace. Duties are asked for above.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from itertools import groupby, pairwise
from typing import TypeVar
from uuid import UUID, uuid4

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from people.models import Person
from worktime.arithmetic import Opening
from worktime.models import BusinessCalendar, DatedOpening, EveOpening, WeeklyOpening, YearlyHoliday

LONGEST_REASON = 100
MIDNIGHT = time()

Row = TypeVar("Row", bound=models.Model)


@dataclass(frozen=True, order=True)
class DatedHours:
    """Hours that a date has of its own; closed without times. `closes` 00:00 is the next midnight."""

    on: date
    opens: time | None = None
    closes: time | None = None
    note: str = ""


@dataclass(frozen=True)
class OwnHoliday:
    """A holiday that a calendar names itself: on `month` and `day`, or so many days from Easter Sunday."""

    name_en: str
    name_sv: str
    month: int | None = None
    day: int | None = None
    from_easter: int | None = None


@dataclass(frozen=True, kw_only=True)
class Hours:
    """What is written in a calendar, wall-clock. `weekly` by weekday, Monday is 0; `eve` None: eves are ordinary days."""

    weekly: Mapping[int, Sequence[Opening]] = field(default_factory=dict)
    eve: Sequence[Opening] | None = None
    dated: Sequence[DatedHours] = ()
    yearly: Sequence[OwnHoliday] = ()


@dataclass(frozen=True)
class Change:
    """Who changed something, when and why; `by` nobody: a profile was loaded."""

    by: Person | None
    at: datetime
    reason: str


class HoursBackwards(DomainError):
    """Opening hours end before they begin."""

    message = _("These hours end before they begin. Nothing has changed.")


class HoursOverlap(DomainError):
    """Two opening hours of one day overlap, or a date is both closed and open."""

    message = _("Two of these hours overlap. Nothing has changed.")


class HolidayWithoutDate(DomainError):
    """A holiday of the calendar's own has neither a month and a day nor a distance from Easter Sunday, or both."""

    message = _("A holiday has no date. Nothing has changed.")


class CalendarChanged(DomainError):
    """Somebody else changed the calendar meanwhile."""

    message = _("The calendar was changed meanwhile. Nothing has changed; look at it again.")


class DateRestored(DomainError):
    """The date has no hours of its own any more."""

    message = _("This date has no hours of its own any more. Nothing has changed.")


def written(calendar: BusinessCalendar) -> Hours:
    """What is written in the calendar, all of it in order."""
    weekly: dict[int, list[Opening]] = {weekday: [] for weekday in range(7)}
    for row in calendar.weekly_openings.all():
        weekly[row.weekday].append((row.opens, row.closes))
    eve = sorted((row.opens, row.closes) for row in calendar.eve_openings.all())
    return Hours(
        weekly={weekday: sorted(openings) for weekday, openings in weekly.items()},
        eve=eve if calendar.has_eves else None,
        dated=sorted((DatedHours(row.on, row.opens, row.closes, row.note) for row in calendar.dated_openings.all()), key=_by_date),
        yearly=[_own_holiday(row) for row in calendar.yearly_holidays.all()],
    )


@transaction.atomic
def replace_hours(*, calendar: BusinessCalendar, hours: Hours, shown: UUID, by: Person, at: datetime, reason: str) -> BusinessCalendar:
    """Let `hours` be what the calendar says, of which the version `shown` was seen (rule W1). Returns it as it is then.

    Open deadlines are computed anew by whoever holds them (rule S6). Raises HoursBackwards, HoursOverlap,
    HolidayWithoutDate, CalendarChanged.
    """
    found = _locked(calendar)
    if not differs(found, hours):
        return found
    if found.version != shown:
        raise CalendarChanged
    write(calendar=found, hours=hours, change=Change(by, at, reason))
    return found


@transaction.atomic
def give_date_hours(
    *, calendar: BusinessCalendar, on: date, openings: Sequence[Opening], note: str, by: Person, at: datetime
) -> BusinessCalendar:
    """Let the date have hours of its own, which beat everything; none: it is closed (rule W1). Replaces those it had.

    Raises HoursBackwards, HoursOverlap.
    """
    found = _locked(calendar)
    hours = written(found)
    others = [dated for dated in hours.dated if dated.on != on]
    own = [DatedHours(on, opens, closes, note) for opens, closes in openings] or [DatedHours(on, note=note)]
    write(calendar=found, hours=replace(hours, dated=[*others, *own]), change=Change(by, at, note or f"{on}"))
    return found


@transaction.atomic
def restore_date(*, calendar: BusinessCalendar, on: date, by: Person, at: datetime) -> BusinessCalendar:
    """Let the ordinary hours hold again on the date (rule W1). Raises DateRestored."""
    found = _locked(calendar)
    hours = written(found)
    others = [dated for dated in hours.dated if dated.on != on]
    if len(others) == len(hours.dated):
        raise DateRestored
    write(calendar=found, hours=replace(hours, dated=others), change=Change(by, at, f"{on}"))
    return found


def differs(calendar: BusinessCalendar, hours: Hours) -> bool:
    """Whether the calendar says anything else than `hours`. Raises HoursBackwards, HoursOverlap, HolidayWithoutDate."""
    _check(hours)
    there = written(calendar)
    return calendar.has_eves != (hours.eve is not None) or any(
        set(map(_key, _rows(calendar, there, kind))) != set(map(_key, _rows(calendar, hours, kind))) for kind in _KINDS
    )


def write(*, calendar: BusinessCalendar, hours: Hours, change: Change) -> list[type[models.Model]]:
    """Write what differs, and give the calendar a new version if anything does. Returns of which kinds rows differed.

    For the caller who holds the calendar's row. Raises HoursBackwards, HoursOverlap, HolidayWithoutDate.
    """
    _check(hours)
    differing: list[type[models.Model]] = [kind for kind in _KINDS if _written_anew(calendar, kind, _rows(calendar, hours, kind), change)]
    if calendar.has_eves != (hours.eve is not None):
        calendar.has_eves = hours.eve is not None
        differing.append(BusinessCalendar)
    if differing:
        renew([calendar], change=change)
    return differing


def renew(calendars: Iterable[BusinessCalendar], *, change: Change) -> None:
    """Give the calendars new versions: something by which they count has changed (rule S6)."""
    for calendar in calendars:
        calendar.version = uuid4()
        remembering(calendar, change).save()


_KINDS: tuple[type[models.Model], ...] = (WeeklyOpening, EveOpening, DatedOpening, YearlyHoliday)


def _rows(calendar: BusinessCalendar, hours: Hours, kind: type[models.Model]) -> list[models.Model]:
    """What `hours` says, as rows of one kind."""
    if kind is WeeklyOpening:
        days = ((weekday, opening) for weekday, openings in hours.weekly.items() for opening in openings)
        return [WeeklyOpening(calendar=calendar, weekday=weekday, opens=opens, closes=closes) for weekday, (opens, closes) in days]
    if kind is EveOpening:
        return [EveOpening(calendar=calendar, opens=opens, closes=closes) for opens, closes in hours.eve or ()]
    if kind is DatedOpening:
        return [DatedOpening(calendar=calendar, **vars(dated)) for dated in hours.dated]
    return [YearlyHoliday(calendar=calendar, **vars(holiday)) for holiday in hours.yearly]


def _written_anew(calendar: BusinessCalendar, kind: type[models.Model], wanted: Sequence[models.Model], change: Change) -> bool:
    """Take away the rows that are not wanted, and add those that are not there. Whether there were any."""
    there = {_key(row): row for row in kind._default_manager.filter(calendar=calendar)}
    asked = {_key(row): row for row in wanted}
    for key in there.keys() - asked.keys():
        remembering(there[key], change).delete()
    for key in sorted(asked.keys() - there.keys(), key=repr):
        remembering(asked[key], change).save()
    return there.keys() != asked.keys()


def _key(row: models.Model) -> tuple[object, ...]:
    return tuple(getattr(row, column.name) for column in row._meta.concrete_fields if column.name not in {"id", "calendar"})


def _own_holiday(row: YearlyHoliday) -> OwnHoliday:
    return OwnHoliday(row.name_en, row.name_sv, row.month, row.day, row.from_easter)


def remembering(row: Row, change: Change) -> Row:
    """The row, whose next history entry says who, when and why."""
    row._change_reason = change.reason[:LONGEST_REASON]  # type: ignore[attr-defined]  # how simple_history takes them
    row._history_user = change.by  # type: ignore[attr-defined]
    row._history_date = change.at  # type: ignore[attr-defined]
    return row


def _check(hours: Hours) -> None:
    for openings in (*hours.weekly.values(), hours.eve or ()):
        _check_day(openings)
    for _on, of_date in groupby(sorted(hours.dated, key=_by_date), key=lambda dated: dated.on):
        _check_date(list(of_date))
    for holiday in hours.yearly:
        by_date = None not in (holiday.month, holiday.day)
        if by_date == (holiday.from_easter is not None) or (holiday.month is None) != (holiday.day is None):
            raise HolidayWithoutDate


def _check_date(dated: Sequence[DatedHours]) -> None:
    openings = [(hours.opens, hours.closes) for hours in dated if hours.opens is not None and hours.closes is not None]
    if any((hours.opens is None) != (hours.closes is None) for hours in dated):
        raise HoursBackwards
    if len(openings) != len(dated) and len(dated) > 1:
        raise HoursOverlap
    _check_day(openings)


def _check_day(openings: Sequence[Opening]) -> None:
    if any(closes != MIDNIGHT and closes <= opens for opens, closes in openings):
        raise HoursBackwards
    for (_opens, closes), (following, _closes) in pairwise(sorted(openings)):
        if closes == MIDNIGHT or following < closes:
            raise HoursOverlap


def _by_date(dated: DatedHours) -> tuple[date, time]:
    return dated.on, dated.opens or MIDNIGHT


def _locked(calendar: BusinessCalendar) -> BusinessCalendar:
    return BusinessCalendar.objects.select_for_update().get(pk=calendar.pk)
