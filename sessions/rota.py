"""When technicians work, as stretches of time for pages: what open slots are computed from, and nothing else (rules R2, W5).

Stretches are half-open, in UTC, in order and apart.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from clients import provider
from sessions import availability, openings, rosters
from sessions.models import Technician
from sessions.openings import Interval


def working_times(technicians: Sequence[Technician], *, first: datetime, last: datetime) -> dict[int, list[Interval]]:
    """When each works in [first, last), by number. The queries do not depend on how many technicians there are."""
    found = rosters.read(
        technicians=Technician.objects.filter(pk__in=[technician.pk for technician in technicians]),
        provider=provider.current(),
        bands=availability.offered_bands(),
        touching=(first, last),
        moving=None,
    )
    return {roster.technician: list(clipped(openings.worked(roster.schedule, first, last), first=first, last=last)) for roster in found}


def clipped(stretches: Iterable[Interval], *, first: datetime, last: datetime) -> Iterator[Interval]:
    """What of the stretches lies in [first, last)."""
    for begins, ends in stretches:
        if begins < last and ends > first:
            yield max(begins, first), min(ends, last)


def contains(stretches: Iterable[Interval], begins: datetime, ends: datetime) -> bool:
    """Whether [begins, ends) lies wholly in one of the stretches."""
    return any(opens <= begins and ends <= closes for opens, closes in stretches)
