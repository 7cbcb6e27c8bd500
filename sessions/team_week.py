"""Everybody's time, side by side: sessions, what else is taken, and when nobody works (rule R2).

A session that the reader may see has its title and client; any other reservation is *busy*, without a name. Times of
a technician's own calendar are busy too, and nobody knows with what. All of it in a fixed number of queries.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.db.models import F, Q

from cases.models import Visit
from clients.access import has_duty, manages
from clients.models import StaffDuty
from people.models import Person
from sessions import openings, rota
from sessions.models import BusyTime, Reservation, Session, State, Technician
from sessions.openings import Interval
from sessions.slots import MIDNIGHT, instant

MOVABLE = (State.AWAITING_TOP_UP, State.SCHEDULED)
WEEK = timedelta(days=7)


class Taken(StrEnum):
    """By what somebody's time is taken."""

    SESSION = "session"
    BUSY = "busy"
    CALENDAR = "calendar"


@dataclass(frozen=True, kw_only=True)
class Stint:
    """A stretch of a technician's time that is taken. `session` where the reader may see it; `movable` where they may move it."""

    technician: int
    begins: datetime
    ends: datetime
    taken: Taken
    session: Session | None = None
    movable: bool = False


@dataclass(frozen=True, kw_only=True)
class Day:
    """What one technician has on one day of the reader's calendar, and when they work then."""

    on: date
    works: Sequence[Interval]
    stints: Sequence[Stint]


@dataclass(frozen=True, kw_only=True)
class Line:
    """A technician's days."""

    technician: Technician
    days: Sequence[Day]


@dataclass(frozen=True, kw_only=True)
class Team:
    """The technicians' time in [first, last)."""

    technicians: Sequence[Technician]
    works: dict[int, list[Interval]]
    stints: Sequence[Stint]
    first: datetime
    last: datetime

    def away(self, technician: Technician) -> list[Interval]:
        """When this technician does not work."""
        return list(openings.without([(self.first, self.last)], self.works[technician.pk]))


def monday_of(day: date) -> date:
    """The first day of the week in which `day` lies."""
    return day - timedelta(days=day.weekday())


def team(*, person: Person, first: datetime, last: datetime) -> Team:
    """Everybody's time in [first, last), as `person` may see it."""
    technicians = list(Technician.objects.filter(person__is_active=True).select_related("person").order_by("person__name", "pk"))
    return Team(
        technicians=technicians,
        works=rota.working_times(technicians, first=first, last=last),
        stints=sorted([*_reserved(person, first, last), *_busy(first, last)], key=lambda stint: (stint.begins, stint.ends)),
        first=first,
        last=last,
    )


def lines(found: Team, *, zone: ZoneInfo) -> list[Line]:
    """The same by technician and day of `zone`. What goes on over midnight stands on each of its days."""
    days = list(_days(found, zone))
    taken: defaultdict[int, list[Stint]] = defaultdict(list)
    for stint in found.stints:
        taken[stint.technician].append(stint)
    return [
        Line(
            technician=technician,
            days=[
                Day(
                    on=on,
                    works=list(rota.clipped(found.works[technician.pk], first=begins, last=ends)),
                    stints=[_clipped(stint, begins, ends) for stint in taken[technician.pk] if stint.begins < ends and stint.ends > begins],
                )
                for on, begins, ends in days
            ],
        )
        for technician in found.technicians
    ]


def _reserved(person: Person, first: datetime, last: datetime) -> list[Stint]:
    found = list(_last_ones(_reservations(first, last)))
    visible = Session.objects.visible_to(person).filter(pk__in={reservation.session_id for reservation in found})
    seen = set(visible.values_list("pk", flat=True))
    does = {reservation.session_id for reservation in found if reservation.technician.person_id == person.pk}
    return [_session(reservation, person, does) if reservation.session_id in seen else _nameless(reservation) for reservation in found]


def _reservations(first: datetime, last: datetime) -> Iterable[Reservation]:
    """What is reserved; and what was, for the last start of a session that has been worked since. The latest first."""
    covers = Q(blocked_from__lte=F("session__starts_at"), blocked_until__gt=F("session__starts_at"))
    counts = Q(live=True) | Q(covers, session__submitted_at__isnull=False)
    touching = Reservation.objects.filter(counts, blocked_from__lt=last, blocked_until__gt=first)
    return touching.select_related("session__organisation", "technician").order_by("-pk")


def _last_ones(found: Iterable[Reservation]) -> Iterator[Reservation]:
    """Of those that have ended only the last ones of each session: who did it (see `sessions.crew`)."""
    ended: defaultdict[int, int] = defaultdict(int)
    for reservation in found:
        ended[reservation.session_id] += not reservation.live
        if reservation.live or ended[reservation.session_id] <= reservation.session.technician_count:
            yield reservation


def _session(reservation: Reservation, person: Person, does: set[int]) -> Stint:
    """A session with its name, at its own time: buffers are nobody's business but the slots'."""
    session, stint = reservation.session, _nameless(reservation)
    ours = has_duty(person, StaffDuty.DISPATCHER) or session.pk in does or manages(person, session.organisation)
    return replace(
        stint,
        begins=session.starts_at or stint.begins,
        ends=session.ends_at or stint.ends,
        taken=Taken.SESSION,
        session=session,
        movable=session.state in MOVABLE and ours,
    )


def _nameless(reservation: Reservation) -> Stint:
    return Stint(technician=reservation.technician_id, begins=reservation.blocked_from, ends=reservation.blocked_until, taken=Taken.BUSY)


def _busy(first: datetime, last: datetime) -> Iterator[Stint]:
    """What technicians' own calendars say, and visits to clients (rule S12), joined where it touches."""
    stretches: defaultdict[int, list[Interval]] = defaultdict(list)
    rows = BusyTime.objects.filter(starts_at__lt=last, ends_at__gt=first).values_list("technician_id", "starts_at", "ends_at")
    away = Visit.objects.filter(live=True, starts_at__lt=last, ends_at__gt=first, consultant__technician__isnull=False)
    visits = away.values_list("consultant__technician__pk", "starts_at", "ends_at")
    for technician, begins, ends in (*rows, *visits):
        stretches[technician].append((begins, ends))
    for technician, found in stretches.items():
        for begins, ends in openings.joined(found):
            yield Stint(technician=technician, begins=begins, ends=ends, taken=Taken.CALENDAR)


def _days(found: Team, zone: ZoneInfo) -> Iterator[tuple[date, datetime, datetime]]:
    on = found.first.astimezone(zone).date()
    while (begins := instant(on, MIDNIGHT, zone)) < found.last:
        following = on + timedelta(days=1)
        yield on, begins, instant(following, MIDNIGHT, zone)
        on = following


def _clipped(stint: Stint, begins: datetime, ends: datetime) -> Stint:
    return replace(stint, begins=max(stint.begins, begins), ends=min(stint.ends, ends))
