"""How far the time of those who do a session reaches beyond its agreed end, and taking more of it (rules R2, C8).

A running session can only go on until the next thing that its technicians are reserved for, or busy with by their own
calendar, keeping the distance that was kept at booking and the rest before another day's (rule C17). Whether they want to
work beyond their hours is theirs to say: who asks for more time knows.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.formatting import hours
from sessions import life
from sessions import terms as session_terms
from sessions.models import BusyTime, Reservation, Session, Technician

FURTHEST = timedelta(days=1)
"""How far is looked ahead: nobody goes on for longer."""


class TechnicianTaken(DomainError):
    """Somebody who does the session is wanted elsewhere: all are free for `free_minutes` beyond the agreed end only."""

    def __init__(self, *, free_minutes: int) -> None:
        super().__init__(free_minutes)
        self.free_minutes = free_minutes

    @property
    def message(self) -> str:
        """The sentence with how long it could go on."""
        if not self.free_minutes:
            return str(_("Something else is booked right after the agreed end: the session cannot go on. Nothing has changed."))
        words = _("The session can go on for %(free)s beyond its agreed end: then something else is booked. Nothing has changed.")
        return words % {"free": hours(self.free_minutes)}


def free_minutes(session: Session) -> int:
    """For how many whole minutes beyond the agreed end everybody who does `session` is free; a day at most. Reads only.

    In their own calendars what began before the end, and ends after it, takes the time from the end on.
    """
    return min((_free(reservation) for reservation in _live(session)), default=0)


def check(session: Session, *, ends_at: datetime) -> None:
    """Refuse an end that the crew's calendars do not allow. Raises TechnicianTaken(free_minutes)."""
    free = free_minutes(session)
    if _beyond(session, ends_at) > timedelta(minutes=free):
        raise TechnicianTaken(free_minutes=free)


def grow(session: Session, *, ends_at: datetime) -> None:
    """Let the session, locked after its account, end at `ends_at`, and its reservations with it (rule R2).

    Their own calendars are not looked at again: who asked knew them. Raises TechnicianTaken(free_minutes) where
    somebody was booked meanwhile, also the next morning (rule C17); the database has the last word.
    """
    beyond = _beyond(session, ends_at)
    live = list(_live(session))
    list(Technician.objects.select_for_update(of=("self",)).filter(pk__in=[row.technician_id for row in live]).order_by("pk"))
    if beyond > timedelta(minutes=min(map(_free_of_bookings, live), default=0)):
        raise TechnicianTaken(free_minutes=free_minutes(session))
    try:
        with transaction.atomic():
            for reservation in live:
                Reservation.objects.filter(pk=reservation.pk, live=True).update(blocked_until=reservation.blocked_until + beyond)
    except IntegrityError:
        raise TechnicianTaken(free_minutes=free_minutes(session)) from None
    life.amend(session, ends_at=ends_at)


def _beyond(session: Session, ends_at: datetime) -> timedelta:
    """How much later `ends_at` is than what was agreed. Raises SessionMovedOn for a session without a time."""
    if session.ends_at is None:
        raise life.SessionMovedOn
    return max(ends_at - session.ends_at, timedelta(0))


def _live(session: Session) -> Iterator[Reservation]:
    yield from Reservation.objects.filter(session=session, live=True).select_related("technician").order_by("technician_id")


def _free(reservation: Reservation) -> int:
    until = reservation.blocked_until
    busy = [max(busy.starts_at, until) - until for busy in _next_busy(reservation)]
    return min([_free_of_bookings(reservation), *(_minutes(free) for free in busy)])


def _free_of_bookings(reservation: Reservation) -> int:
    """Minutes until the next booking; until the rest before it where that is another day's (rule C17)."""
    until, rest = reservation.blocked_until, timedelta(minutes=session_terms.current().rest_minutes)
    zone = reservation.technician.zone
    today = reservation.blocked_from.astimezone(zone).date()
    following = [
        other.blocked_from if other.blocked_from.astimezone(zone).date() == today else other.blocked_from - rest
        for other in _next_reservations(reservation)
    ]
    return max(_minutes(min([*following, until + FURTHEST]) - until), 0)


def _minutes(free: timedelta) -> int:
    return int(free.total_seconds() // 60)


def _next_reservations(reservation: Reservation) -> Iterator[Reservation]:
    others = Reservation.objects.filter(technician=reservation.technician_id, live=True).exclude(pk=reservation.pk)
    yield from others.filter(blocked_from__gte=reservation.blocked_until).order_by("blocked_from")[:1]


def _next_busy(reservation: Reservation) -> Iterator[BusyTime]:
    ahead = BusyTime.objects.filter(technician=reservation.technician_id, ends_at__gt=reservation.blocked_until)
    yield from ahead.order_by("starts_at")[:1]
