"""Taking technicians' time, so that nobody is ever booked twice at once (rule R2).

Whoever takes time first locks the technicians' rows in ascending order, then looks again whether the slot is open,
by the same arithmetic that showed it. The database refuses an overlap by itself: that guard is met here too, and
means the same to the person who asked.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients import provider
from core import rows
from core.errors import DomainError
from core.formatting import hours
from sessions import availability, crew
from sessions import terms as session_terms
from sessions.availability import Slot, Wanted
from sessions.models import Reservation, Session, Technician
from sessions.slots import MIDNIGHT, instant, on_grid


class SlotTaken(DomainError):
    """The time is not open, or no longer. `nearest` are open ones around it."""

    message = _("This time is not free any more. Nothing was booked; the nearest open times are shown.")

    def __init__(self, nearest: list[Slot]) -> None:
        super().__init__(nearest)
        self.nearest = nearest


class OffGrid(SlotTaken):
    """Sessions start on a grid, and the time is not on it. Minutes."""

    def __init__(self, nearest: list[Slot], *, step_minutes: int) -> None:
        super().__init__(nearest)
        self.step_minutes = step_minutes

    @property
    def message(self) -> str:  # type: ignore[override]  # a sentence with a number in it
        """The sentence with the step."""
        step = hours(self.step_minutes)
        return _("Sessions start every %(step)s from midnight on, not at that time. Nothing was booked.") % {"step": step}


class TooLong(DomainError):
    """Nobody works that long without a break, so no time will ever be open. Minutes."""

    def __init__(self, *, longest_minutes: int) -> None:
        super().__init__(longest_minutes)
        self.longest_minutes = longest_minutes

    @property
    def message(self) -> str:
        """The sentence with what is possible."""
        longest = hours(self.longest_minutes)
        return _("A session can be %(longest)s at most. Please book several. Nothing was booked.") % {"longest": longest}


def take(*, session: Session, wanted: Wanted, starts_at: datetime, at: datetime) -> list[Technician]:
    """Reserve technicians for `session` from `starts_at`, giving up what it had reserved before (rule R2).

    Who is wanted comes first, then who did it until now, then who has the fewest minutes reserved in that week,
    then the lowest number. The session's account and row are locked already. Raises SlotTaken(nearest), OffGrid(nearest), TooLong.
    """
    before = set(crew.crew(session).values_list("pk", flat=True))
    able = availability.candidates(wanted)
    involved = Technician.objects.filter(Q(pk__in=before) | Q(pk__in=able.values("pk")))
    list(involved.select_for_update(of=("self",)).order_by("pk"))
    if before:
        crew.dismiss(session)
    slot = availability.slot_at(wanted=wanted, starts_at=starts_at, at=at)
    if slot is None:
        raise _refusal(wanted, starts_at, at)
    chosen = {wanted.technician.pk} if wanted.technician else set()
    load = _reserved_minutes(slot) if len(slot.technicians) > wanted.technician_count else dict.fromkeys(slot.technicians, 0)
    ranked = sorted(slot.technicians, key=lambda pk: (pk not in chosen, pk not in before, load[pk], pk))
    try:
        return reserve(session=session, technicians=ranked[: wanted.technician_count], slot=slot)
    except IntegrityError:
        raise _refusal(wanted, starts_at, at) from None


@transaction.atomic
def reserve(*, session: Session, technicians: list[int], slot: Slot) -> list[Technician]:
    """Write the reservations, buffers inside. Raises IntegrityError where the database knows of another at that time."""
    terms = session_terms.current()
    blocked_from = slot.starts_at - timedelta(minutes=terms.buffer_before_minutes)
    blocked_until = slot.ends_at + timedelta(minutes=terms.buffer_after_minutes)
    rows.insert(
        *(
            Reservation(session=session, technician_id=technician, blocked_from=blocked_from, blocked_until=blocked_until)
            for technician in sorted(technicians)
        )
    )
    return list(crew.crew(session).select_related("person"))


def _refusal(wanted: Wanted, starts_at: datetime, at: datetime) -> DomainError:
    longest = availability.longest_minutes(wanted=wanted, around=starts_at)
    if 0 < longest < wanted.minutes:
        return TooLong(longest_minutes=longest)
    open_times = availability.nearest(wanted=wanted, around=starts_at, at=at)
    step = session_terms.current().slot_step_minutes
    if not on_grid(starts_at, step=timedelta(minutes=step), zone=provider.current().zone):
        return OffGrid(open_times, step_minutes=step)
    return SlotTaken(open_times)


def _reserved_minutes(slot: Slot) -> dict[int, int]:
    """What each technician of the slot has reserved in its week, Monday to Sunday by the provider's calendar. Minutes."""
    first, last = _week_of(slot.starts_at, provider.current().zone)
    load = dict.fromkeys(slot.technicians, 0)
    taken = Reservation.objects.filter(live=True, technician__in=slot.technicians, blocked_from__gte=first, blocked_from__lt=last)
    for reservation in taken:
        load[reservation.technician_id] += int((reservation.blocked_until - reservation.blocked_from).total_seconds() // 60)
    return load


def _week_of(starts_at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    day = starts_at.astimezone(zone).date()
    monday = day - timedelta(days=day.weekday())
    return instant(monday, MIDNIGHT, zone), instant(monday + timedelta(days=7), MIDNIGHT, zone)
