"""The forms about working time that an administrator sends (see `writes.py`)."""

from tests.journeys.working_calendars import CLOSED_ON
from tests.proofs.writes import Stage, Write


def rows(stage: Stage) -> dict[str, Write]:
    """All of them."""
    ada, made = stage.cast.ada, stage.things.calendar
    ids, week = {"calendar_id": made.pk}, {f"day{day}": "09:00–15:00" for day in range(5)}
    return {
        "desk-calendar-week": Write(ada, ids, week | {"reason": "Shorter days", "shown": str(made.version)}, about="calendar"),
        "desk-calendar-date": Write(ada, ids, {"on": "2026-12-29", "openings": "10–12", "note": "Inventory"}, about="calendar"),
        "desk-calendar-restore": Write(ada, ids, {"on": CLOSED_ON.isoformat()}, about="calendar"),
        "desk-holidays-approve": Write(ada, {}, {"country": "SE", "subdivision": "", "year": 2045}),
    }
