"""A business calendar with a closing ahead, and the addresses at which the administrator sees to it (rule W1)."""

from datetime import date
from typing import Any

from tests.cast import NOON, Cast
from tests.worktime.calendars_of import SQ
from worktime import calendars
from worktime.applying import CalendarSpec, apply_calendars
from worktime.models import BusinessCalendar

CLOSED_ON = date(2026, 12, 28)


def a_calendar(cast: Cast, code: str) -> BusinessCalendar:
    """Office hours in Sweden, closed on a Monday of its own."""
    spec = CalendarSpec(**vars(SQ) | {"code": code})
    apply_calendars([spec], source="profile.toml", at=NOON)
    made = BusinessCalendar.objects.get(code=code)
    return calendars.give_date_hours(calendar=made, on=CLOSED_ON, openings=[], note="Stock-taking", by=cast.ada, at=NOON)


def pages_of(made: BusinessCalendar) -> dict[str, tuple[dict[str, Any], bool]]:
    """The addresses: the ids in them, and whether they only act."""
    ids = {"calendar_id": made.pk}
    return {"desk-calendar": (ids, False), **{f"desk-calendar-{name}": (ids, True) for name in ("week", "date", "restore")}}
