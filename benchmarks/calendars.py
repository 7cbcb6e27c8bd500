"""Technicians with full calendars, their open slots, and the least that could find the same: one query and bit masks.

Two calendars: thirty technicians for two weeks with 81 busy ranges each, and twenty-five for sixty days. A part of the
ranges is booked by the product's own verb, the others stand in own calendars. The limit knows the working hours by heart,
keeps one bit for each half hour, and finds exactly the same slots: it is asked once before it is measured.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import psycopg
from django.utils import timezone

from benchmarks import units
from benchmarks.clients import Work
from clients.models import Provider
from people.models import Person
from sessions import availability, bookings
from sessions.availability import Wanted
from sessions.bookings import Wish
from sessions.models import BusyTime, Purpose, SessionTerms, Technician, WeeklyHours
from sessions.slots import instant

STEP = timedelta(minutes=30)
HOURS = [(time(8), time(12)), (time(13), time(18))]
EVERY_DAY = range(7)
ESTIMATE = 60
_QUERY = """
    SELECT technician_id, floor(extract(epoch FROM begins - %(first)s) / 1800)::int, ceil(extract(epoch FROM ends - %(first)s) / 1800)::int
    FROM (SELECT technician_id, blocked_from AS begins, blocked_until AS ends FROM support_sessions_reservation WHERE live
          UNION ALL SELECT technician_id, starts_at, ends_at FROM support_sessions_busytime) AS taken
    WHERE technician_id = ANY(%(technicians)s) AND begins < %(last)s AND ends > %(first)s"""


@dataclass(frozen=True)
class Calendar:
    """So many technicians, who do what no others do, with so many busy ranges each in so many days; some are bookings."""

    code: str
    technicians: int
    days: int
    ranges: int
    booked: int

    @property
    def wanted(self) -> Wanted:
        """An hour of any of them."""
        return Wanted(purpose=Purpose.objects.get(code=self.code), minutes=ESTIMATE)

    @property
    def first(self) -> date:
        """A Monday that stays the same for a run, past the shortest lead."""
        return _next_monday()

    def bounds(self, days: int) -> tuple[datetime, datetime]:
        """From its first midnight to that after so many days."""
        zone = Provider.objects.get().zone
        return instant(self.first, time(0), zone), instant(self.first + timedelta(days=days), time(0), zone)


FORTNIGHT = Calendar("bench-fortnight", technicians=30, days=14, ranges=81, booked=9)
SEASON = Calendar("bench-season", technicians=25, days=60, ranges=120, booked=9)


def fill(seed: int) -> None:
    """Write both calendars into a filled database, unless they are there."""
    SessionTerms.objects.update(furthest_ahead_days=90, buffer_before_minutes=0, buffer_after_minutes=0)
    for calendar in (FORTNIGHT, SEASON):
        if not Purpose.objects.filter(code=calendar.code).exists():
            _write(calendar, random.Random(f"{seed}:{calendar.code}"))  # noqa: S311 - chosen again from the same seed


def open_slots(calendar: Calendar, days: int) -> Work:
    """The open slots of so many days, as pages ask for them."""
    wanted, first, zone, at = calendar.wanted, calendar.first, Provider.objects.get().zone, timezone.now()
    while True:
        availability.open_slots(wanted=wanted, first=first, days=days, zone=zone, at=at)
        yield


def bit_masks(calendar: Calendar, days: int, address: str) -> Work:
    """The same slots by one query for what is taken and a bit for each half hour. Raises RuntimeError where they differ."""
    search = _Masks(calendar, days)
    with psycopg.connect(address, autocommit=True) as database:
        _check_same(calendar, days, lambda: search.slots(database))
        while True:
            search.slots(database)
            yield


class _Masks:
    """One integer for each technician, in which a bit is a half hour: working hours are known, what is taken is read."""

    def __init__(self, calendar: Calendar, days: int) -> None:
        self.first, self.last = calendar.bounds(days)
        self.technicians = list(_able(calendar))
        self.length = (self.last - self.first) // STEP
        self.at_work = 0
        for begins, ends in _working_times(calendar.first, days):
            self.at_work |= _bits((begins - self.first) // STEP, (ends - self.first) // STEP)

    def slots(self, database: psycopg.Connection) -> list[tuple[datetime, tuple[int, ...]]]:
        """The starts of an hour's session, each with those who are free."""
        taken = dict.fromkeys(self.technicians, 0)
        figures = {"technicians": self.technicians, "first": self.first, "last": self.last}
        for technician, begins, ends in database.execute(_QUERY, figures):
            taken[technician] |= _bits(max(begins, 0), ends)
        free = [(technician, self.at_work & ~mask) for technician, mask in taken.items()]
        starts = [(technician, mask & mask >> 1) for technician, mask in free]
        found = []
        for number in range(self.length):
            able = tuple([technician for technician, mask in starts if mask >> number & 1])
            if able:
                found.append((self.first + number * STEP, able))
        return found


def _write(calendar: Calendar, chance: random.Random) -> None:
    purpose = Purpose.objects.create(code=calendar.code, name_en=calendar.code, name_sv=calendar.code, position=99)
    begins = [moment for moment, _ in _working_times(calendar.first, calendar.days)]
    for number in range(calendar.technicians):
        person = Person.objects.create_user(f"{calendar.code}{number}@provider.example", name=f"Technician {number}")
        technician = Technician.objects.create(person=person, time_zone="Europe/Stockholm", country="ZZ")  # no holidays
        technician.purposes.add(purpose)
        WeeklyHours.objects.bulk_create(
            WeeklyHours(technician=technician, weekday=weekday, opens=opens, closes=closes)
            for weekday in EVERY_DAY
            for opens, closes in HOURS
        )
        for starts_at in chance.sample(begins, calendar.booked):
            _book(technician, purpose, starts_at)
        BusyTime.objects.bulk_create(_busy(technician, chance, begins) for _ in range(calendar.ranges - calendar.booked))


def _book(technician: Technician, purpose: Purpose, starts_at: datetime) -> None:
    (client,) = units.clients(range(1, 2))
    wish = Wish(purpose=purpose, title="Disk is full", estimate_minutes=ESTIMATE, starts_at=starts_at, technician=technician)
    cause = f"bench:{technician.pk}:{starts_at:%Y%m%d%H}"
    bookings.request(account=client.account, wish=wish, cause=cause, by=client.person, at=timezone.now())


def _busy(technician: Technician, chance: random.Random, begins: list[datetime]) -> BusyTime:
    """A quarter of an hour to an hour and a half within four hours of where work begins."""
    starts_at = chance.choice(begins) + chance.randrange(48) * timedelta(minutes=5)
    return BusyTime(technician=technician, starts_at=starts_at, ends_at=starts_at + chance.randint(3, 18) * timedelta(minutes=5))


def _working_times(first: date, days: int) -> Iterator[tuple[datetime, datetime]]:
    zone = Provider.objects.get().zone
    for day in (first + timedelta(days=number) for number in range(days)):
        yield from ((instant(day, opens, zone), instant(day, closes, zone)) for opens, closes in HOURS)


def _able(calendar: Calendar) -> Iterator[int]:
    yield from Technician.objects.filter(purposes__code=calendar.code).order_by("pk").values_list("pk", flat=True)


def _bits(begins: int, ends: int) -> int:
    return (1 << ends) - (1 << begins)


def _next_monday() -> date:
    today = timezone.now().date()
    return today + timedelta(days=7 - today.weekday())


def _check_same(calendar: Calendar, days: int, least: Callable[[], list[tuple[datetime, tuple[int, ...]]]]) -> None:
    found = availability.open_slots(
        wanted=calendar.wanted, first=calendar.first, days=days, zone=Provider.objects.get().zone, at=timezone.now()
    )
    if [(slot.starts_at, slot.technicians) for slot in found] != least():
        msg = f"the masks find other slots than the product does in {calendar.code}"
        raise RuntimeError(msg)
