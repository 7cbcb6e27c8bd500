"""Time bands and skill levels for tests, and a booking that begins in one (rule C17)."""

from collections.abc import Iterable
from datetime import time
from typing import Any

from sessions.models import Purpose, SkillLevel, Technician, TimeBand
from tests.cast import Cast, at_stockholm

AFTERNOON = at_stockholm(2026, 11, 24, 15)
"""Tuesday 24 November 2026, where `an_evening` begins."""
WORKDAYS = range(5)


def a_band(
    code: str, opens: time, closes: time, percent: int, *, weekdays: Iterable[int] = (), dates: Iterable[str] = (), **columns: Any
) -> TimeBand:
    details = {"name_en": code.capitalize(), "name_sv": f"{code.capitalize()} (sv)", "position": 1, **columns}
    band = TimeBand.objects.create(
        code=code, opens=opens, closes=closes, factor_percent=percent, weekdays=list(weekdays), dates=list(dates), **details
    )
    for technician in Technician.objects.all():
        technician.bands.add(band)
    return band


def an_evening(percent: int = 150, **columns: Any) -> TimeBand:
    """From 15:00 to 22:00 from Monday to Friday; the technicians of the cast offer it."""
    return a_band("evening", time(15), time(22), percent, weekdays=WORKDAYS, **columns)


def a_level(cast: Cast, percent: int = 120) -> SkillLevel:
    """Work for the cast's purpose takes a specialist from now on."""
    level = SkillLevel.objects.create(
        code="specialist", name_en="Specialist", name_sv="Specialist (sv)", position=1, factor_percent=percent
    )
    Purpose.objects.filter(pk=cast.purpose.pk).update(skill_level=level)
    cast.purpose.refresh_from_db()
    return level
