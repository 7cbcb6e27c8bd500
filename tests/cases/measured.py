"""The hours of a Monday at the desk, and what the clocks of a case say then."""

from datetime import datetime

from cases import replay
from cases.models import Case, ClockKind
from tests.cast import at_stockholm

NINE, TEN, ELEVEN, NOON, TWO = (at_stockholm(2026, 11, 23, hour) for hour in (9, 10, 11, 12, 14))
TUESDAY_TEN = at_stockholm(2026, 11, 24, 10)


def due(case: Case, kind: ClockKind = ClockKind.RESPONSE) -> datetime | None:
    """The deadline of the clock that runs."""
    return case.clocks.get(kind=kind, met_at=None, ended_at=None).due_at


def agrees(case: Case) -> bool:
    """Whether every deadline follows from the log again (rule S6)."""
    return [str(found) for found in replay.differences(case)] == []
