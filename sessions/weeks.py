"""Open times a week at a time, as somebody turns the pages of a calendar (rule R2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sessions import availability
from sessions import terms as session_terms
from sessions.availability import Slot, Wanted

DAYS = 7
WEEK = timedelta(days=DAYS)


@dataclass(frozen=True, kw_only=True)
class Week:
    """Seven days from `first`, in the reader's zone, and what is open in them. None: there is no page to turn to.

    `next_open` is the week in which the first open time after an empty week lies.
    """

    first: date
    last: date
    slots: Sequence[Slot]
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
        before=max(first - WEEK, today) if first > today else None,
        after=after if after <= furthest else None,
        next_open=None if slots else _next_open(wanted, after, furthest, zone, at),
    )


def _next_open(wanted: Wanted, first: date, furthest: date, zone: ZoneInfo, at: datetime) -> date | None:
    """The first day from `first` on with an open time."""
    days = (furthest - first).days + 1
    later = availability.open_slots(wanted=wanted, first=first, days=days, zone=zone, at=at) if days > 0 else []
    return later[0].starts_at.astimezone(zone).date() if later else None
