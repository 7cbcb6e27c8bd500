"""The calendars of two of the sources, as their profiles name them (rule W2)."""

from datetime import UTC, datetime, time

from worktime.applying import CalendarSpec, apply_calendars
from worktime.models import BusinessCalendar

NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
WEEKDAYS = range(5)

SQ = CalendarSpec(
    code="sq",
    name_en="Office hours",
    name_sv="Kontorstid",
    time_zone="Europe/Stockholm",
    country="SE",
    holidays="public",
    has_eves=True,
    weekly={weekday: [(time(8), time(17))] for weekday in WEEKDAYS},
    eve=[(time(8, 30), time(14))],
)
ALWAYS = CalendarSpec(code="always", name_en="Always", name_sv="Dygnet runt", time_zone="Europe/Stockholm", always_open=True)
CT = CalendarSpec(
    code="ct",
    name_en="Business hours",
    name_sv="Arbetstid",
    time_zone="Europe/Bratislava",
    weekly={weekday: [(time(9), time(17))] for weekday in WEEKDAYS},
    yearly=[((12, 25), "Christmas Day", "Juldagen"), (1, "Easter Monday", "Annandag påsk")],
)


def calendar(spec=SQ):
    """The calendar in the database, made from its spec."""
    apply_calendars([spec], source="profile.toml", at=NOW)
    return BusinessCalendar.objects.get(code=spec.code)
