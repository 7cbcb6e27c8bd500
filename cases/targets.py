"""What another priority does to the clocks of a case (rule S5): computed first, so that it can be shown, then carried out.

A raise gives the earlier of the old deadline and now + the new target; a lowering gives the time of the report + the new
target, never earlier than the old deadline. Where the plan counts both from the report, that is all. A target that is
met stays met; a deadline that has passed stays passed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto
from typing import Any

from cases import life, timing
from cases.clocks import Measure, lowered, raised
from cases.models import Case, Clock, ClockKind, EventKind, Opened, State
from clients.models import MetBy
from clients.support_terms import Aim
from worktime.models import BusinessCalendar


class Turn(Enum):
    """Which way it goes. `SHORTER`: whichever deadline is earlier, the old one or what the higher priority had promised."""

    RAISE = auto()
    LOWER = auto()
    SHORTER = auto()


@dataclass(frozen=True)
class Change:
    """What becomes of one clock. Deadlines of what stands still are as if the client's word came now; None: there is none."""

    kind: ClockKind
    old: Clock | None
    old_due: datetime | None
    new_due: datetime | None
    measure: Measure | None = None
    calendar: BusinessCalendar | None = None
    of: datetime | None = None

    @property
    def is_kept(self) -> bool:
        """Whether the clock goes on as it is."""
        return self.measure is None and self.old_due is not None and self.old_due == self.new_due

    @property
    def label(self) -> str:
        """What is measured, in the reader's language."""
        return str(self.kind.label)


def changes(case: Case, to: int, turn: Turn, *, at: datetime) -> list[Change]:
    """What `to`, the new priority, does to each clock of the case at `at`; nothing is written (rule S5)."""
    aims = timing.aims_of(life.terms_of(case).target(to)) if case.guaranteed else {}
    calendars = BusinessCalendar.objects.in_bulk({aim.calendar_id for aim in aims.values()}) if aims else {}
    running = timing.running(case)
    borne_since = _borne_since(case, to) if turn == Turn.SHORTER else None
    found = []
    for kind in ClockKind:
        old, aim = running.get(kind), aims.get(kind)
        if old is None and (aim is None or not _is_owed(case, kind)):
            continue
        old_due = _due(timing.measured(old), old.calendar, at, kept=old.due_at) if old else None
        if aim is None:
            found.append(Change(kind, old, old_due, old_due if turn != Turn.LOWER else None))
        else:
            since = at if turn == Turn.RAISE else borne_since
            found.append(_with_aim(case, Change(kind, old, old_due, old_due), aim, calendars[aim.calendar_id], turn, since=since, at=at))
    return found


def carry_out(case: Case, found: Iterable[Change], *, at: datetime) -> None:
    """Let the clocks measure what `changes` found. The case's row is locked, and bears its new priority."""
    for change in found:
        if change.is_kept:
            continue
        if change.old is not None:
            timing.end(case, [change.kind], at=at)
        if change.measure is not None and change.calendar is not None:
            timing.open_clock(case, change.kind, change.measure, change.calendar, at=at, of=change.of)
    timing.refresh(case)


def told(found: Iterable[Change]) -> dict[str, Any]:
    """The changes as facts of an event: each kind's old and new deadline, and which clocks end."""
    found = list(found)
    dues: dict[str, Any] = {change.kind.value: [_iso(change.old_due), _iso(change.new_due)] for change in found}
    return dues | {"ended": [change.kind.value for change in found if change.old is not None and not change.is_kept]}


def _with_aim(  # noqa: PLR0913
    case: Case, change: Change, aim: Aim, calendar: BusinessCalendar, turn: Turn, *, since: datetime | None, at: datetime
) -> Change:
    """The change where the new priority promises something. `since`: from when it does, where that is after the report."""
    from_report = life.terms_of(case).lowering_from_report
    of = timing.counted_from(case, change.kind)
    since = of if since is None or from_report else max(of, since)
    pauses = timing.waits(case) if change.kind == ClockKind.SOLUTION else ()
    fresh = replace(timing.measure(aim, calendar, since), pauses=pauses)
    if change.old is None and turn == Turn.LOWER and (_due(fresh, calendar, at) or at) < at:
        fresh = replace(timing.measure(aim, calendar, at), pauses=pauses)  # nothing was promised so far: not late from birth
    kept = _chosen(change.old_due, fresh, calendar, turn, at=at, from_report=from_report) is None
    if change.old is not None and kept:
        return change
    return replace(change, new_due=_due(fresh, calendar, at), measure=fresh, calendar=calendar, of=of)


def _borne_since(case: Case, priority: int) -> datetime | None:
    """When the case was raised to the priority that it may get back: nothing is late from birth (rule S5). None: reported so."""
    given = case.reclassifications.filter(granted=True, new=priority).order_by("decided_at", "pk")
    return given.values_list("decided_at", flat=True).last()


def _chosen(
    old_due: datetime | None, fresh: Measure, calendar: BusinessCalendar, turn: Turn, *, at: datetime, from_report: bool
) -> Measure | None:
    """The fresh measure where it takes the place of the old deadline; None where that stays."""
    if turn == Turn.SHORTER or (turn == Turn.RAISE and not from_report):
        return raised(old_due, fresh, calendar.timetable, at=at)
    return fresh if from_report else lowered(old_due, fresh, calendar.timetable, at=at)


def _is_owed(case: Case, kind: ClockKind) -> bool:
    """Whether a target of this kind, if there were one, would still have to be met (rules S4, S11)."""
    if case.state == State.CLOSED:
        return False
    if kind == ClockKind.SOLUTION:
        return True
    by_answer = life.terms_of(case).response_met_by == MetBy.ANSWER
    meets = [EventKind.ANSWERED, EventKind.CALLED, EventKind.PROPOSED] if by_answer else [EventKind.TROUBLESHOOTING]
    return case.opened_via != Opened.STAFF and not case.events.filter(kind__in=meets).exists()


def _due(measured: Measure, calendar: BusinessCalendar, at: datetime, *, kept: datetime | None = None) -> datetime | None:
    return kept or measured.resumed(at).due_at(calendar.timetable)


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
