"""What happens next in a case, by when, and whose turn it is: the first line of its page (rules S2, S4, S6, S11)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from cases import terms, timing
from cases.models import Case, Clock, ClockKind, State
from core import drawing

A_MINUTE = 60


class Turn(Enum):
    """Whose turn it is."""

    OURS = "ours"
    CLIENT = "client"
    NOBODY = "nobody"


TURNS = {State.WAITING: Turn.CLIENT, State.PROPOSED: Turn.CLIENT, State.CLOSED: Turn.NOBODY}


@dataclass(frozen=True)
class Ruler:
    """A deadline drawn: reported — most of the time used (`percent`) — due, with "you are here". Widths as attributes of a drawing."""

    started_at: datetime
    warn_at: datetime
    due_at: datetime
    now: datetime
    percent: int
    near_x: str
    near_width: str
    here: str
    anchor: str
    is_late: bool


@dataclass(frozen=True)
class Outlook:
    """Whose turn it is, and the clock that is due next; `left_minutes` of one that stands still."""

    turn: Turn
    clock: Clock | None
    is_late: bool
    ruler: Ruler | None
    left_minutes: int | None

    @property
    def is_ours(self) -> bool:
        """Whether we have to do something."""
        return self.turn == Turn.OURS

    @property
    def is_clients(self) -> bool:
        """Whether the client has."""
        return self.turn == Turn.CLIENT


def outlook(case: Case, clocks: Iterable[Clock], *, at: datetime) -> Outlook:
    """What comes next in `case`, of all whose `clocks` those that are open count; calendars are read with them."""
    open_clocks = [clock for clock in clocks if clock.is_open]
    running = sorted((clock for clock in open_clocks if clock.due_at is not None), key=lambda clock: clock.due_at or at)
    still = next((clock for clock in open_clocks if clock.stands_still), None)
    clock = running[0] if running else still
    return Outlook(
        turn=TURNS.get(State(case.state), Turn.OURS),
        clock=clock,
        is_late=clock is not None and clock.due_at is not None and clock.due_at < at,
        ruler=ruler(clock, at=at) if clock is not None else None,
        left_minutes=_left(still, at) if still is not None else None,
    )


def ruler(clock: Clock, *, at: datetime) -> Ruler | None:
    """The ruler of a clock; None while it stands still."""
    if clock.due_at is None or clock.warn_at is None:
        return None
    near, here = drawing.ruler(booked_at=clock.started_at, free_until=clock.warn_at, starts_at=clock.due_at, now=at)
    return Ruler(
        started_at=clock.started_at,
        warn_at=clock.warn_at,
        due_at=clock.due_at,
        now=at,
        percent=terms.current().warn_percent,
        near_x=drawing.css_percent(near),
        near_width=drawing.css_percent(drawing.WHOLE - near),
        here=drawing.css_percent(here),
        anchor="start" if here < drawing.WHOLE // 6 else "end" if here > drawing.WHOLE * 5 // 6 else "middle",
        is_late=clock.due_at < at,
    )


def response(clocks: Iterable[Clock]) -> Clock | None:
    """The last response clock of a case: what a receipt names (rule S1)."""
    return next((clock for clock in reversed(list(clocks)) if clock.kind == ClockKind.RESPONSE), None)


def _left(clock: Clock, at: datetime) -> int:
    """The working time that is left of a clock that stands still, in minutes."""
    return int(timing.measured(clock).left(clock.calendar.timetable, at=at).total_seconds()) // A_MINUTE
