"""Which holidays count in a year: those that were approved, else as they are computed (rule W1).

Loading a profile approves this year and the next five. What the library says differently later is shown as a
difference, and counts when a person has approved it. Years beyond are computed and not yet approved.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from people.models import Person
from worktime import calendars, holiday_dates
from worktime.calendars import Change
from worktime.holiday_dates import NamedDay
from worktime.models import BusinessCalendar, Holiday, HolidaysCounted, HolidayYear

Place: TypeAlias = tuple[str, str]
"""A country, and the part of it or nothing."""

YEARS_WITH_A_PROFILE = 6
"""This year and the next five."""


@dataclass(frozen=True)
class Difference:
    """How the computed holidays of a year differ from those that count. Not approved yet: all are added.

    `changed` are pairs, as it was and as it becomes: another name, or public instead of customary.
    """

    country: str
    subdivision: str
    year: int
    is_approved: bool
    added: tuple[NamedDay, ...]
    removed: tuple[NamedDay, ...]
    changed: tuple[tuple[NamedDay, NamedDay], ...]

    def __bool__(self) -> bool:
        return not self.is_approved or bool(self.added or self.removed or self.changed)


class HolidaysUnknown(DomainError):
    """No holidays are known of the country, or of that part of it, in the year."""

    message = _("We know no holidays of this country, or of this part of it, in that year. Nothing has changed.")


def is_approved(country: str, subdivision: str, year: int) -> bool:
    """Whether somebody, or a profile, has approved the holidays of the year."""
    return HolidayYear.objects.filter(country=country, subdivision=subdivision, year=year).exists()


def approved(country: str, subdivision: str, years: Iterable[int]) -> dict[int, tuple[NamedDay, ...]]:
    """The approved holidays by year, in order; a year that is not approved is not there. Two queries."""
    found = HolidayYear.objects.filter(country=country, subdivision=subdivision, year__in=list(years)).prefetch_related("dates")
    return {year.year: tuple(sorted(map(_named, year.dates.all()))) for year in found}


def closed_days(places: Collection[Place], years: Sequence[int]) -> dict[Place, frozenset[date]]:
    """The public holidays that count in these countries, and parts of them, in these years. One query for all."""
    return {place: frozenset(day.on for day in days if day.is_public) for place, days in named_days(places, years).items()}


def named_days(places: Collection[Place], years: Sequence[int]) -> dict[Place, list[NamedDay]]:
    """The holidays that count there and then, approved ones, else computed, public or customary. One query for all."""
    found: defaultdict[tuple[str, str, int], list[NamedDay]] = defaultdict(list)
    rows = Holiday.objects.filter(of_year__year__in=years, of_year__country__in={country for country, _part in places})
    for day in rows.select_related("of_year"):
        found[day.of_year.country, day.of_year.subdivision, day.of_year.year].append(_named(day))
    return {place: [day for year in years for day in found.get((*place, year)) or holiday_dates.computed(*place, year)] for place in places}


def difference(*, country: str, subdivision: str, year: int) -> Difference:
    """What approving the year would change (rule W1)."""
    return differences(country=country, subdivision=subdivision, years=[year])[0]


def differences(*, country: str, subdivision: str, years: Iterable[int]) -> list[Difference]:
    """The same for several years, in their order. Two queries."""
    years = list(years)
    known = approved(country, subdivision, years)
    return [_difference(country, subdivision, year, known.get(year)) for year in years]


@transaction.atomic
def approve(*, country: str, subdivision: str, year: int, by: Person, at: datetime) -> HolidayYear:
    """Let the holidays of the year, as they are computed now, be those that count (rule W1). Who may is asked above.

    All calendars of the country get a new version. Approved once more without a difference nothing changes.
    Raises HolidaysUnknown.
    """
    days = holiday_dates.computed(country, subdivision, year)
    if not days:
        raise HolidaysUnknown
    change = Change(by, at, f"holidays of {country} {subdivision} {year} approved".replace("  ", " "))
    counting = _counting(country, subdivision)
    row, differed = _written(country, subdivision, year, change)
    if differed:
        calendars.renew(counting, change=change)
    return row


@transaction.atomic
def approve_with_profile(*, country: str, subdivision: str, at: datetime) -> list[int]:
    """Approve this year and the next five, where nobody has (rule W1). Returns the years that were; none where all were.

    A year that is approved stays as it is: what the library says differently by now is for a person to approve.
    """
    counting = _counting(country, subdivision)
    years = range(at.year, at.year + YEARS_WITH_A_PROFILE)
    known = approved(country, subdivision, years)
    new = [year for year in years if year not in known and holiday_dates.computed(country, subdivision, year)]
    change = Change(None, at, "approved with the profile")
    for year in new:
        _written(country, subdivision, year, change)
    if new:
        calendars.renew(counting, change=change)
    return new


def places() -> list[Place]:
    """The countries, and parts of them, whose holidays some calendar closes on, in order."""
    counting = BusinessCalendar.objects.exclude(holidays=HolidaysCounted.NONE).exclude(always_open=True)
    return sorted(set(counting.values_list("country", "subdivision")))


def _difference(country: str, subdivision: str, year: int, known: tuple[NamedDay, ...] | None) -> Difference:
    was, becomes = ({day.on: day for day in days} for days in (known or (), holiday_dates.computed(country, subdivision, year)))
    return Difference(
        country=country,
        subdivision=subdivision,
        year=year,
        is_approved=known is not None,
        added=tuple(day for on, day in becomes.items() if on not in was),
        removed=tuple(day for on, day in was.items() if on not in becomes),
        changed=tuple((was[on], day) for on, day in becomes.items() if on in was and was[on] != day),
    )


def _written(country: str, subdivision: str, year: int, change: Change) -> tuple[HolidayYear, bool]:
    """The year with the dates as they are computed now, and whether that was a change."""
    days = set(holiday_dates.computed(country, subdivision, year))
    by_place = HolidayYear.objects.filter(country=country, subdivision=subdivision, year=year)
    row = by_place.select_for_update().first()
    if row is None:
        row = HolidayYear(country=country, subdivision=subdivision, year=year)
    elif set(map(_named, row.dates.all())) == days:
        return row, False
    row.approved_by, row.approved_at = change.by, change.at
    calendars.remembering(row, change).save()
    row.dates.all().delete()
    Holiday.objects.bulk_create(Holiday(of_year=row, **vars(day)) for day in sorted(days))
    return row, True


def _counting(country: str, subdivision: str) -> list[BusinessCalendar]:
    """The calendars that count these holidays, locked: who approves meets who else approves, and who edits."""
    found = BusinessCalendar.objects.select_for_update().filter(country=country, subdivision=subdivision)
    return list(found.exclude(holidays=HolidaysCounted.NONE).order_by("pk"))


def _named(day: Holiday) -> NamedDay:
    return NamedDay(day.on, day.is_public, day.name_en, day.name_sv)
