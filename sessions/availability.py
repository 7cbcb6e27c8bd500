"""When a session could be: the technicians' hours and bookings, turned into open slots (rule R2).

Clients see open slots only: a technician who does the purpose, free, within working hours, with the buffers before
and after, not sooner than the shortest lead and not further ahead than the terms say. A session that begins in a time
band is for technicians who offer it (rule C17). The provider may override lead and limit, within two years.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, QuerySet

from clients import provider as providers
from clients.models import Provider
from core.once import once
from sessions import rosters, slots
from sessions import terms as session_terms
from sessions.models import Purpose, Session, SessionTerms, Technician, TimeBand
from sessions.slots import Fit, Slot

__all__ = ["TWO_YEARS", "Slot", "Wanted", "bookable", "candidates", "longest_minutes", "nearest", "offered_bands", "open_slots", "slot_at"]

TWO_YEARS = timedelta(days=731)
"""Further ahead nobody books, whatever the reason: dates beyond are slips of the pen."""
A_HANDFUL = 3
A_SHORT_WHILE = timedelta(days=14)
ONE_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a slot must fit: `minutes` for each of `technician_count` people who do `purpose`, one of them `technician`.

    `moving` is a session that would leave its present time for the slot: its own reservations do not count.
    `overriding` lets the provider take a time sooner than the shortest lead and further ahead than the limit.
    """

    purpose: Purpose
    minutes: int
    technician_count: int = 1
    technician: Technician | None = None
    moving: Session | None = None
    overriding: bool = False


def open_slots(*, wanted: Wanted, first: date, days: int, zone: ZoneInfo, at: datetime) -> list[Slot]:
    """The open slots that start on the `days` calendar days of `zone` from `first`, in order (rule R2).

    The number of queries does not depend on how many technicians or bookings there are.
    """
    start = slots.instant(first, time(0), zone)
    return _search(wanted, start, slots.instant(first + timedelta(days=days), time(0), zone), at)


def slot_at(*, wanted: Wanted, starts_at: datetime, at: datetime) -> Slot | None:
    """The slot that starts exactly at `starts_at`; None where none is open then."""
    found = _search(wanted, starts_at, starts_at + ONE_INSTANT, at)
    return found[0] if found else None


def nearest(*, wanted: Wanted, around: datetime, at: datetime) -> list[Slot]:
    """A handful of open slots before and after the wished time `around`, in order; those that come closest."""
    found = _search(wanted, around - A_SHORT_WHILE, around + A_SHORT_WHILE, at)
    before = [slot for slot in found if slot.starts_at < around]
    after = [slot for slot in found if slot.starts_at >= around]
    return before[-A_HANDFUL:] + after[:A_HANDFUL]


def longest_minutes(*, wanted: Wanted, around: datetime) -> int:
    """How long anybody who does the purpose works without a break in the week after `around`, bookings aside."""
    until = around + timedelta(days=7)
    found = rosters.read(
        technicians=candidates(wanted),
        provider=providers.current(),
        bands=offered_bands(),
        touching=(around, until),
        moving=wanted.moving,
    )
    longest = slots.longest_opening(rosters=found, earliest=around, latest=until)
    return int(longest.total_seconds() // 60)


def bookable(*, terms: SessionTerms, at: datetime, overriding: bool = False) -> tuple[datetime, datetime]:
    """From when and until when a session may start that is booked at `at`, the end excluded (rule R2)."""
    if overriding:
        return at, at + TWO_YEARS
    return at + timedelta(minutes=terms.minimum_lead_minutes), at + timedelta(days=terms.furthest_ahead_days)


def offered_bands() -> list[TimeBand]:
    """In the order in which they count (rule C17)."""
    return once("bands", lambda: list(TimeBand.objects.filter(offered=True).order_by("position", "pk")))


def candidates(wanted: Wanted) -> QuerySet[Technician]:
    """The technicians who could be asked: bookable, able to sign in, who do the purpose (no purposes: all)."""
    does = Technician.purposes.through.objects.filter(technician=OuterRef("pk"))
    able = Technician.objects.filter(~Exists(does) | Exists(does.filter(purpose=wanted.purpose)), bookable=True, person__is_active=True)
    if wanted.technician and wanted.technician_count == 1:
        able = able.filter(pk=wanted.technician.pk)
    return able.order_by("pk")


def _search(wanted: Wanted, first: datetime, last: datetime, at: datetime) -> list[Slot]:
    terms, provider, bands = session_terms.current(), providers.current(), offered_bands()
    soonest, furthest = bookable(terms=terms, at=at, overriding=wanted.overriding)
    earliest, latest = max(first, soonest), min(last, furthest)
    if earliest >= latest:
        return []
    fit = _fit(wanted, terms, provider, bands)
    found = rosters.read(
        technicians=candidates(wanted), provider=provider, bands=bands, touching=_touching(fit, earliest, latest), moving=wanted.moving
    )
    chosen = wanted.technician
    open_then = slots.open_slots(rosters=found, fit=fit, earliest=earliest, latest=latest)
    return [slot for slot in open_then if chosen is None or chosen.pk in slot.technicians]


def _fit(wanted: Wanted, terms: SessionTerms, provider: Provider, bands: list[TimeBand]) -> Fit:
    return Fit(
        duration=timedelta(minutes=wanted.minutes),
        step=timedelta(minutes=terms.slot_step_minutes),
        zone=provider.zone,
        buffer_before=timedelta(minutes=terms.buffer_before_minutes),
        buffer_after=timedelta(minutes=terms.buffer_after_minutes),
        needed=wanted.technician_count,
        bands=bands,
        rest=timedelta(minutes=terms.rest_minutes),
    )


def _touching(fit: Fit, earliest: datetime, latest: datetime) -> tuple[datetime, datetime]:
    """What matters to sessions that start in [earliest, latest): buffers and rest reach beyond it."""
    return earliest - fit.buffer_before - fit.rest, latest + fit.duration + fit.buffer_after + fit.rest
