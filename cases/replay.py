"""Every deadline of a case computed again, from its log alone (rule S6), and compared with what the clocks say.

The log says what was promised on which calendar, when the case waited, and what met a target; the rest follows. A calendar
that was edited since cannot be asked what it said then: there the log also says which deadline it gave. Nothing of
the verbs is used here, but the arithmetic of `cases.clocks`.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cases.clocks import Measure, Pause
from cases.models import Case, CaseEvent, Clock, EventKind
from worktime.models import BusinessCalendar

STOPS = {EventKind.WAITING, EventKind.PROPOSED}
RUNS_ON = {EventKind.RESUMED, EventKind.REFUSED, EventKind.REOPENED, EventKind.BACK_TO_SUPPORT}


@dataclass
class Replayed:
    """One clock as the log has it."""

    kind: str
    calendar: BusinessCalendar
    version: str
    measure: Measure
    due_at: datetime | None
    met_at: datetime | None = None
    breached_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it still measures."""
        return self.met_at is None and self.ended_at is None

    def passes(self, at: datetime) -> None:
        """The clock is looked at: a deadline that has passed is missed, once."""
        if self.breached_at is None and self.due_at is not None and self.due_at < at:
            self.breached_at = self.due_at

    def measures(self, to: Measure, *, said: str | None = None) -> None:
        """From now on it measures this. `said`: the deadline that the log gives, for a calendar that has changed since."""
        self.measure = to
        if self.version == str(self.calendar.version) or to.stands_still:
            self.due_at = to.due_at(self.calendar.timetable)
        else:
            self.due_at = _instant(said)


@dataclass(frozen=True)
class Difference:
    """Where a clock says something else than the log."""

    case_id: int
    clock: str
    what: str
    found: object
    expected: object

    def __str__(self) -> str:
        return f"case {self.case_id}, {self.clock}: {self.what} is {self.found}, and {self.expected} by the log"


def replay(events: Iterable[CaseEvent], calendars: Callable[[str], BusinessCalendar]) -> list[Replayed]:
    """The clocks that `events`, in order, tell of."""
    clocks: list[Replayed] = []
    for event in events:
        if event.kind == EventKind.CLOCK_STARTED:
            clocks.append(_started(event, calendars, clocks))
        elif event.kind in _STEPS:
            _STEPS[EventKind(event.kind)](event, clocks)
        for kind in event.facts.get("ended", ()):
            _end(event, clocks, kind)
    return clocks


def differences(case: Case) -> Iterator[Difference]:
    """What the case's clocks say otherwise than its log, the oldest first."""
    yield from compare(case.pk, case.events.order_by("pk"), case.clocks.select_related("calendar").order_by("pk"))


def compare(case_id: int, events: Iterable[CaseEvent], rows: Iterable[Clock]) -> Iterator[Difference]:
    """The same for events and clocks that are read already. The clocks bring their calendars."""
    rows = list(rows)
    calendars = {row.calendar.code: row.calendar for row in rows}
    found = replay(events, lambda code: calendars.get(code) or BusinessCalendar.objects.get(code=code))
    if len(found) != len(rows):
        yield Difference(case_id, "clocks", "number", len(rows), len(found))
        return
    for row, expected in zip(rows, found, strict=True):
        for what, here, there in _told(row, expected):
            if here != there:
                yield Difference(case_id, f"{row.kind} {row.pk}", what, here, there)


def _told(row: Clock, expected: Replayed) -> Iterator[tuple[str, object, object]]:
    """What both say, by name."""
    yield "kind", row.kind, expected.kind
    yield "working time", row.amount, expected.measure.amount
    yield "start", row.started_at, expected.measure.started_at
    yield "pauses", tuple(_pause(*pause) for pause in row.pauses), expected.measure.pauses
    yield "deadline", row.due_at, expected.due_at
    for what in ("met_at", "breached_at", "ended_at"):
        yield what, getattr(row, what), getattr(expected, what)


def _started(event: CaseEvent, calendars: Callable[[str], BusinessCalendar], clocks: list[Replayed]) -> Replayed:
    facts = event.facts
    calendar = calendars(facts["calendar"])
    begun = Replayed(facts["clock"], calendar, facts["version"], _measure(facts), None)
    begun.measures(begun.measure, said=facts["due_at"])
    missed = [clock.breached_at for clock in clocks if clock.kind == begun.kind and clock.breached_at]
    for breached_at in missed:
        if begun.due_at is not None and begun.due_at <= breached_at:
            begun.breached_at = breached_at  # what was missed is not missed again
    return begun


def _stop(event: CaseEvent, clocks: list[Replayed]) -> None:
    for clock in _open(clocks, "solution"):
        if not clock.measure.stands_still:
            clock.passes(event.at)
            clock.measures(clock.measure.paused(event.at))


def _run_on(event: CaseEvent, clocks: list[Replayed]) -> None:
    at = _instant(event.facts.get("resumed_at")) or event.at
    for clock in _open(clocks, "solution"):
        clock.measures(clock.measure.resumed(at), said=event.facts.get("due_at"))


def _meet(event: CaseEvent, clocks: list[Replayed]) -> None:
    for clock in _open(clocks, event.facts["clock"]):
        met_at = _instant(event.facts.get("met_at")) or event.at
        clock.passes(met_at)
        clock.met_at = met_at


def _miss(event: CaseEvent, clocks: list[Replayed]) -> None:
    """Somebody looked, and it had passed: only what is open can be missed, and only after its deadline."""
    for clock in _open(clocks, event.facts["clock"]):
        clock.passes(event.at)


def _close(event: CaseEvent, clocks: list[Replayed]) -> None:
    for kind in ("response", "solution"):
        _end(event, clocks, kind)


def _merge(event: CaseEvent, clocks: list[Replayed]) -> None:
    """The case that was merged into another is closed; the other one goes on."""
    if "into" in event.facts:
        _close(event, clocks)


def _end(event: CaseEvent, clocks: list[Replayed], kind: str) -> None:
    for clock in _open(clocks, kind):
        clock.passes(event.at)
        clock.ended_at = event.at


def _recalculate(event: CaseEvent, clocks: list[Replayed]) -> None:
    """The calendar was edited: the log says what the clock measures by the new one, and which deadline was kept."""
    facts = event.facts
    for clock in _open(clocks, facts["clock"]):
        clock.measure, clock.version, clock.due_at = _measure(facts), facts["version"], _instant(facts["due_at"])


def _open(clocks: list[Replayed], kind: str) -> list[Replayed]:
    """The clock of this kind that measures; there is one at most."""
    return [clock for clock in clocks if clock.kind == kind and clock.is_open]


def _measure(facts: dict[str, Any]) -> Measure:
    pauses = tuple(_pause(*pause) for pause in facts["pauses"])
    return Measure(timedelta(seconds=facts["amount"]), datetime.fromisoformat(facts["started_at"]), pauses)


def _pause(begins: str, ends: str | None) -> Pause:
    return datetime.fromisoformat(begins), _instant(ends)


def _instant(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None


_STEPS: dict[EventKind, Callable[[CaseEvent, list[Replayed]], None]] = {
    **dict.fromkeys(STOPS, _stop),
    **dict.fromkeys(RUNS_ON, _run_on),
    EventKind.MET: _meet,
    EventKind.BREACHED: _miss,
    EventKind.CLOSED: _close,
    EventKind.MERGED: _merge,
    EventKind.CALENDAR_CHANGED: _recalculate,
}
