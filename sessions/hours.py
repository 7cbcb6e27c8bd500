"""Who works when: a technician's weekly hours, the exceptions from them, and what else they offer (rules R2, C17).

Technicians see to their own, a dispatcher or an administrator to anybody's. Hours decide about new bookings only: what
is booked stays where it is, and `bookings_outside` names what now lies outside of the hours. The technician's history
keeps who changed what, and when.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from clients.access import has_duty
from clients.models import StaffDuty
from core.errors import DomainError, NotAllowed
from people.models import Person
from sessions import rota
from sessions.models import ExceptionKind, HoursException, Session, Technician, TimeBand, Weekday, WeeklyHours
from sessions.models.sessions import BEFORE_WORK
from sessions.slots import MIDNIGHT
from worktime import holiday_dates

__all__ = [
    "BandWithdrawn",
    "Deviation",
    "ExceptionGone",
    "ExceptionThere",
    "HoursBackwards",
    "HoursChanged",
    "HoursOverlap",
    "Interval",
    "NoSuchCountry",
    "NotAllowed",
    "Week",
    "bookings_outside",
    "editable_by",
    "except_from",
    "offer",
    "remove_exception",
    "set_week",
    "week_of",
]

SEES_TO_ALL = (StaffDuty.DISPATCHER, StaffDuty.ADMINISTRATOR)
LONGEST_REASON = 100
A_YEAR = timedelta(days=366)


@dataclass(frozen=True, order=True)
class Interval:
    """Hours of one day, wall-clock. `closes` 00:00 is the next midnight."""

    opens: time
    closes: time

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}–{self.closes:%H:%M}"

    @property
    def until_midnight(self) -> bool:
        """Whether it ends with the day."""
        return self.closes == MIDNIGHT

    @property
    def is_backwards(self) -> bool:
        """Whether it would end before it began."""
        return not self.until_midnight and self.closes <= self.opens


Week = Mapping[int, Sequence[Interval]]
"""The intervals of each weekday, Monday 0. A day that is not named is free."""


@dataclass(frozen=True, kw_only=True)
class Deviation:
    """Dates on which other hours hold: off all day, or from `opens` to `closes`; or working then besides (extra)."""

    kind: ExceptionKind
    first_on: date
    last_on: date
    opens: time | None = None
    closes: time | None = None
    note: str = ""


class HoursOverlap(DomainError):
    """Two intervals of one day overlap."""

    def __init__(self, weekday: int, first: Interval, second: Interval) -> None:
        super().__init__(weekday, first, second)
        self.weekday, self.first, self.second = weekday, first, second

    @property
    def message(self) -> str:
        """The sentence with both."""
        return _("%(day)s: %(first)s and %(second)s overlap. Nothing has changed.") % {
            "day": Weekday(self.weekday).label,
            "first": self.first,
            "second": self.second,
        }


class HoursBackwards(DomainError):
    """Hours end after they begin, or at midnight."""

    message = _("Hours end after they begin; 00:00 is midnight. Nothing has changed.")


class HoursChanged(DomainError):
    """Somebody else has changed the hours since they were shown."""

    message = _("These hours have been changed meanwhile. Nothing was changed now; look at them again.")


class DatesBackwards(DomainError):
    """An exception ends on its first day or later, and within a year."""

    message = _("An exception ends on its first day or later, and within a year. Nothing has changed.")


class TimesMissing(DomainError):
    """Extra hours are from a time to a time; time off may be so, too."""

    message = _("Please give both times. Only time off can be without: then it is all day. Nothing has changed.")


class ExceptionThere(DomainError):
    """The very same exception is there already."""

    message = _("This exception is there already. Nothing has changed.")


class ExceptionGone(DomainError):
    """The exception was removed before."""

    message = _("This exception has been removed already. Nothing more has changed.")


class BandWithdrawn(DomainError):
    """The time band is not offered by the provider any more."""

    message = _("One of these time bands is not offered any more. Nothing has changed; look at them again.")


class NoSuchCountry(DomainError):
    """We know no public holidays of that country, or of that part of it."""

    message = _("We know no public holidays of this country, or of this part of it. Nothing has changed.")


def editable_by(person: Person) -> QuerySet[Technician]:
    """The technicians whose hours `person` may see and change: all for a dispatcher or an administrator, else themselves."""
    found = Technician.objects.select_related("person").order_by("person__name", "pk")
    if has_duty(person, *SEES_TO_ALL):
        return found
    return found.filter(person=person) if has_duty(person, StaffDuty.TECHNICIAN) else found.none()


def week_of(technician: Technician) -> dict[int, list[Interval]]:
    """The weekly hours as they are, for all seven days, in order."""
    week: dict[int, list[Interval]] = {weekday.value: [] for weekday in Weekday}
    for hours in technician.weekly_hours.all():
        week[hours.weekday].append(Interval(hours.opens, hours.closes))
    return {weekday: sorted(intervals) for weekday, intervals in week.items()}


@transaction.atomic
def set_week(*, technician: Technician, week: Week, shown: Week, by: Person, at: datetime) -> Technician:
    """Let `week` be the weekly hours from now on, of those that were `shown` (rule R2). No booking is moved.

    Raises NotAllowed, HoursBackwards, HoursOverlap(weekday, first, second), HoursChanged.
    """
    technician = _locked(technician, by)
    wanted = _rows(_checked(week))
    there = _rows(week_of(technician))
    if there == wanted:
        return technician
    if there != _rows(shown):
        raise HoursChanged
    technician.weekly_hours.all().delete()
    WeeklyHours.objects.bulk_create(
        WeeklyHours(technician=technician, weekday=weekday, opens=interval.opens, closes=interval.closes) for weekday, interval in wanted
    )
    days = sorted({weekday for weekday, _interval in set(there) ^ set(wanted)})
    _remember(technician, f"weekly hours, days {', '.join(map(str, days))} (Monday is 0)", by=by, at=at)
    return technician


@transaction.atomic
def except_from(*, technician: Technician, deviation: Deviation, by: Person, at: datetime) -> HoursException:
    """Let other hours hold on certain dates (rule R2). No booking is moved.

    Raises NotAllowed, DatesBackwards, TimesMissing, HoursBackwards, ExceptionThere.
    """
    technician = _locked(technician, by)
    _check_deviation(deviation)
    values = vars(deviation)
    same = {name: value for name, value in values.items() if name != "note"}
    if technician.exceptions.filter(**same).exists():
        raise ExceptionThere
    made = HoursException.objects.create(technician=technician, **values)
    _remember(technician, f"exception made: {_said(made)}", by=by, at=at)
    return made


@transaction.atomic
def remove_exception(*, technician: Technician, exception_id: int, by: Person, at: datetime) -> None:
    """Let the weekly hours hold again on the dates of an exception. Raises NotAllowed, ExceptionGone."""
    technician = _locked(technician, by)
    exception = technician.exceptions.filter(pk=exception_id).first()
    if exception is None:
        raise ExceptionGone
    said = _said(exception)
    exception.delete()
    _remember(technician, f"exception removed: {said}", by=by, at=at)


@transaction.atomic
def offer(
    *, technician: Technician, bands: Collection[TimeBand], country: str, subdivision: str = "", by: Person, at: datetime
) -> Technician:
    """Say in which time bands the technician works too, and whose public holidays are free (rules R2, C17, W1).

    An empty `country` is the provider's. Raises NotAllowed, BandWithdrawn, NoSuchCountry.
    """
    technician = _locked(technician, by)
    if not all(band.offered for band in TimeBand.objects.filter(pk__in=[band.pk for band in bands])):
        raise BandWithdrawn
    if (country or subdivision) and not holiday_dates.are_known(country, subdivision):
        raise NoSuchCountry
    was = (set(technician.bands.all()), technician.country, technician.subdivision)
    if was == (set(bands), country, subdivision):
        return technician
    technician.country, technician.subdivision = country, subdivision
    technician.bands.set(bands)
    codes = ", ".join(sorted(band.code for band in bands)) or "none"
    _remember(technician, f"bands: {codes}; holidays: {'-'.join(filter(None, [country, subdivision])) or 'provider'}", by=by, at=at)
    return technician


def bookings_outside(*, technician: Technician, at: datetime) -> list[Session]:
    """What is booked from `at` on and lies outside of the hours as they are now, soonest first. It is never moved by them."""
    reserved = Q(reservations__technician=technician, reservations__live=True)
    coming = (
        Session.objects.filter(reserved, state__in=BEFORE_WORK, starts_at__gte=at)
        .select_related("organisation")
        .order_by("starts_at", "pk")
    )
    booked = [(session, session.starts_at, session.ends_at) for session in coming]
    if not booked:
        return []
    last = max(ends_at for _session, _starts_at, ends_at in booked if ends_at)
    works = rota.working_times([technician], first=at - timedelta(days=1), last=last + timedelta(days=1))[technician.pk]
    return [session for session, begins, ends in booked if begins and ends and not rota.contains(works, begins, ends)]


def _locked(technician: Technician, by: Person) -> Technician:
    """The technician's row, locked: who changes hours meets who takes time, and who else changes them. Raises NotAllowed."""
    if not editable_by(by).filter(pk=technician.pk).exists():
        raise NotAllowed
    return Technician.objects.select_for_update(of=("self",)).get(pk=technician.pk)


def _checked(week: Week) -> Week:
    for weekday, intervals in week.items():
        if any(interval.is_backwards for interval in intervals):
            raise HoursBackwards
        for first, second in pairwise(sorted(intervals)):
            if first.until_midnight or second.opens < first.closes:
                raise HoursOverlap(weekday, first, second)
    return week


def _rows(week: Week) -> list[tuple[int, Interval]]:
    return sorted((int(weekday), interval) for weekday, intervals in week.items() for interval in intervals)


def _check_deviation(deviation: Deviation) -> None:
    if not deviation.first_on <= deviation.last_on <= deviation.first_on + A_YEAR:
        raise DatesBackwards
    if deviation.opens is None or deviation.closes is None:
        if deviation.opens != deviation.closes or deviation.kind != ExceptionKind.OFF:
            raise TimesMissing
    elif Interval(deviation.opens, deviation.closes).is_backwards:
        raise HoursBackwards


def _said(exception: HoursException) -> str:
    times = f" {Interval(exception.opens, exception.closes)}" if exception.opens and exception.closes is not None else ""
    return f"{exception.kind} {exception.first_on}–{exception.last_on}{times}"


def _remember(technician: Technician, what: str, *, by: Person, at: datetime) -> None:
    """Keep in the technician's history who changed what: the rows of hours have none of their own."""
    technician._change_reason = what[:LONGEST_REASON]  # type: ignore[attr-defined]  # read by simple_history
    technician._history_user = by  # type: ignore[attr-defined]
    technician._history_date = at  # type: ignore[attr-defined]
    technician.save()
