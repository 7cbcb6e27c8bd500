"""When technicians work: their weekly hours and the exceptions from them, as stretches of time (rules R2, W5).

Stretches are half-open, in UTC, in order and joined where they touch. Hours are wall-clock in the technician's zone.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import TypeAlias

from django.db.models import prefetch_related_objects

from sessions.bands import MIDNIGHT
from sessions.models import ExceptionKind, Technician
from sessions.openings import ONE_DAY, instant

Stretch: TypeAlias = tuple[datetime, datetime]


def working_times(technicians: Sequence[Technician], *, first: datetime, last: datetime) -> dict[int, list[Stretch]]:
    """When each works in [first, last), by number. Two queries, for any number of technicians."""
    prefetch_related_objects(list(technicians), "weekly_hours", "exceptions")
    return {technician.pk: list(clipped(_of_one(technician, first, last), first=first, last=last)) for technician in technicians}


def clipped(stretches: Iterable[Stretch], *, first: datetime, last: datetime) -> Iterator[Stretch]:
    """What of the stretches lies in [first, last)."""
    for begins, ends in stretches:
        if begins < last and ends > first:
            yield max(begins, first), min(ends, last)


def joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The same time in as few stretches as there can be, in order."""
    found: list[Stretch] = []
    for begins, ends in sorted(stretches):
        if found and begins <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], ends))
        elif begins < ends:
            found.append((begins, ends))
    return found


def without(stretches: Iterable[Stretch], taken: Iterable[Stretch]) -> list[Stretch]:
    """What is left of the stretches outside of what is taken, in order."""
    left = joined(stretches)
    for taken_from, taken_until in joined(taken):
        parts = [((begins, min(ends, taken_from)), (max(begins, taken_until), ends)) for begins, ends in left]
        left = [part for pair in parts for part in pair if part[0] < part[1]]
    return left


def contains(stretches: Iterable[Stretch], begins: datetime, ends: datetime) -> bool:
    """Whether [begins, ends) lies wholly in one of the stretches."""
    return any(opens <= begins and ends <= closes for opens, closes in stretches)


def _of_one(technician: Technician, first: datetime, last: datetime) -> list[Stretch]:
    weekly: list[Stretch] = []
    off: list[Stretch] = []
    extra: list[Stretch] = []
    for day in _days(first.astimezone(technician.zone).date() - ONE_DAY, last.astimezone(technician.zone).date()):
        todays = (hours for hours in technician.weekly_hours.all() if hours.weekday == day.weekday())
        weekly += [_stretch(technician, day, hours.opens, hours.closes) for hours in todays]
        for exception in technician.exceptions.all():
            if exception.first_on <= day <= exception.last_on:
                found = _stretch(technician, day, exception.opens or MIDNIGHT, exception.closes or MIDNIGHT)
                (off if exception.kind == ExceptionKind.OFF else extra).append(found)
    return joined([*without(weekly, off), *extra])


def _stretch(technician: Technician, day: date, opens: time, closes: time) -> Stretch:
    closing_day = day + ONE_DAY if closes == MIDNIGHT else day
    return instant(day, opens, technician.zone), instant(closing_day, closes, technician.zone)


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)
