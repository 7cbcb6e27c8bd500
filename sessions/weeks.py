"""Open times a week at a time, as somebody turns the pages of a calendar (rules R2, C17)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sessions import availability, factors
from sessions import terms as session_terms
from sessions.availability import Slot, Wanted

DAYS = 7
WEEK = timedelta(days=DAYS)


@dataclass(frozen=True, kw_only=True)
class Week:
    """Seven days from `first`, in the reader's zone, and what is open in them. None: there is no page to turn to.

    `notes` stand beside the times that have a factor, by instant. `next_open` is the week in which the first open
    time after an empty week lies.
    """

    first: date
    last: date
    slots: Sequence[Slot]
    notes: Mapping[datetime, str]
    before: date | None
    after: date | None
    next_open: date | None


def week(*, wanted: Wanted, first: date | None, zone: ZoneInfo, at: datetime) -> Week:
    """The week from `first`, or from today on; never wholly past, never beyond what is planned."""
    today = at.astimezone(zone).date()
    furthest = today + timedelta(days=session_terms.current().furthest_ahead_days)
    first = min(max(first or today, today), furthest)
    slots = availability.open_slots(wanted=wanted, first=first, days=DAYS, zone=zone, at=at)
    after = first + WEEK
    return Week(
        first=first,
        last=after - timedelta(days=1),
        slots=slots,
        notes=notes(wanted=wanted, slots=slots),
        before=max(first - WEEK, today) if first > today else None,
        after=after if after <= furthest else None,
        next_open=None if slots else _next_open(wanted, after, furthest, zone, at),
    )


def notes(*, wanted: Wanted, slots: Iterable[Slot]) -> dict[datetime, str]:
    """What to say beside open times that have a factor, "Evening: 1 h → 2 h", by their instant (rule C17)."""
    tariff = factors.tariff(wanted)
    found = {slot.starts_at: tariff.note(slot.starts_at) for slot in slots}
    return {starts_at: note for starts_at, note in found.items() if note}


def _next_open(wanted: Wanted, first: date, furthest: date, zone: ZoneInfo, at: datetime) -> date | None:
    """The first day from `first` on with an open time."""
    days = (furthest - first).days + 1
    later = availability.open_slots(wanted=wanted, first=first, days=days, zone=zone, at=at) if days > 0 else []
    return later[0].starts_at.astimezone(zone).date() if later else None
