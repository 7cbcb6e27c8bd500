"""What technicians' time is computed from, read from the database: hours, exceptions, bands, bookings, own calendars (rule R2).

The number of queries does not depend on how many there are of anything; only what touches the time asked for is read.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from cases.models import Visit
from clients.models import Provider
from core.expressions import Seconds, instant_of
from core.once import once
from sessions.bands import MIDNIGHT
from sessions.models import BusyTime, ExceptionKind, HoursException, Reservation, Session, Technician, TimeBand, WeeklyHours
from sessions.openings import DatedHours, Interval, Opening, Schedule
from sessions.slots import Roster
from worktime import holiday_years

Row = TypeVar("Row")
A_DAY = timedelta(days=1)
"""Beyond the time asked for, since dates are those of other zones."""


def read(
    *, technicians: QuerySet[Technician], provider: Provider, bands: Sequence[TimeBand], touching: Interval, moving: Session | None
) -> list[Roster]:
    """The rosters of `technicians`, with what they have on in `touching`, but for the session that is `moving`.

    `bands` are those that the provider offers, of which each technician offers some.
    """
    first, last = touching
    people = list(technicians.values_list("pk", "time_zone", "country", "subdivision"))
    known = [pk for pk, *_ in people]
    weekly, offered = _weekly(known), _bands(known, bands)
    off, extra = _exceptions(known, first, last)
    reserved, busy = _reserved(known, first, last, moving), _busy(known, first, last)
    closed = _holidays(frozenset((country or provider.country, part) for _pk, _zone, country, part in people), first, last)
    return [
        Roster(
            technician=pk,
            schedule=Schedule(
                zone=ZoneInfo(time_zone),
                weekly=weekly[pk],
                holidays=closed[country or provider.country, subdivision],
                bands=offered[pk],
                band_zone=provider.zone,
                off=off[pk],
                extra=extra[pk],
            ),
            reserved=reserved[pk],
            busy=busy[pk],
        )
        for pk, time_zone, country, subdivision in people
    ]


def _holidays(places: frozenset[tuple[str, str]], first: datetime, last: datetime) -> Mapping[tuple[str, str], frozenset[date]]:
    """The public holidays of these countries, and parts of them (rule W1)."""
    years = range((first - A_DAY).year, (last + A_DAY).year + 1)
    return once(("holidays", places, years), lambda: holiday_years.closed_days(places, years))


def _weekly(technicians: Sequence[int]) -> Mapping[int, list[Opening]]:
    rows = WeeklyHours.objects.filter(technician__in=technicians).values_list("technician_id", "weekday", "opens", "closes")
    return _by_technician((technician, Opening(weekday, opens, closes)) for technician, weekday, opens, closes in rows)


def _bands(technicians: Sequence[int], bands: Sequence[TimeBand]) -> Mapping[int, list[TimeBand]]:
    """The bands that each offers, of those of the provider, in their order."""
    if not bands:
        return _by_technician(())
    named = Technician.bands.through.objects.filter(technician__in=technicians).values_list("technician_id", "timeband_id")
    pairs = set(named)
    return _by_technician((technician, band) for technician in technicians for band in bands if (technician, band.pk) in pairs)


def _exceptions(technicians: Sequence[int], first: datetime, last: datetime) -> Iterable[Mapping[int, list[DatedHours]]]:
    """What is off and what is extra."""
    touching = HoursException.objects.filter(
        technician__in=technicians, first_on__lte=(last + A_DAY).date(), last_on__gte=(first - A_DAY).date()
    )
    rows = list(touching.values_list("kind", "technician_id", "first_on", "last_on", "opens", "closes"))
    return [
        _by_technician(
            (technician, DatedHours(first_on, last_on, opens or MIDNIGHT, closes or MIDNIGHT))
            for found, technician, first_on, last_on, opens, closes in rows
            if found == kind
        )
        for kind in (ExceptionKind.OFF, ExceptionKind.EXTRA)
    ]


def _reserved(technicians: Sequence[int], first: datetime, last: datetime, moving: Session | None) -> Mapping[int, list[Interval]]:
    taken = Reservation.objects.filter(technician__in=technicians, live=True, blocked_from__lt=last, blocked_until__gt=first)
    if moving is not None:
        taken = taken.exclude(session=moving)
    return _intervals(taken.values_list("technician_id", Seconds("blocked_from"), Seconds("blocked_until")))


def _busy(technicians: Sequence[int], first: datetime, last: datetime) -> Mapping[int, list[Interval]]:
    """What own calendars say, and visits to clients (rule S12)."""
    taken = BusyTime.objects.filter(technician__in=technicians, starts_at__lt=last, ends_at__gt=first)
    away = Visit.objects.filter(consultant__technician__in=technicians, live=True, starts_at__lt=last, ends_at__gt=first)
    own = taken.values_list("technician_id", Seconds("starts_at"), Seconds("ends_at"))
    visits = away.values_list("consultant__technician__pk", Seconds("starts_at"), Seconds("ends_at"))
    return _intervals(own.union(visits, all=True))


def _intervals(rows: Iterable[tuple[int, int, int]]) -> Mapping[int, list[Interval]]:
    """By technician: what begins and ends so many seconds after 1970."""
    found: defaultdict[int, list[Interval]] = defaultdict(list)
    for technician, begins, ends in rows:
        found[technician].append((instant_of(begins), instant_of(ends)))
    return found


def _by_technician(pairs: Iterable[tuple[int, Row]]) -> Mapping[int, list[Row]]:
    found: defaultdict[int, list[Row]] = defaultdict(list)
    for technician, row in pairs:
        found[technician].append(row)
    return found
