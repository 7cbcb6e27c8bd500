"""A case is closed, and opened again: what becomes of its clocks, its solution and its calls (rules S7, S11, T2)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from cases import life, timing
from cases.clocks import Measure, Pause
from cases.models import CallTask, Case, CaseEvent, Clock, ClockKind, ClosedAs, EventKind, SolutionAnswer, State
from people.models import Person

MAY_REOPEN = (ClosedAs.SOLVED, ClosedAs.SILENCE, ClosedAs.WITHDRAWN, ClosedAs.SERVER_SUPPORT)


def close(
    case: Case, closed_as: ClosedAs, *, by: Person | None, at: datetime, reason: str = "", facts: dict[str, Any] | None = None
) -> CaseEvent:
    """Close `case`, locked before: its clocks end, a solution that waits is withdrawn, calls are needed no more.

    Merging, converting and approving all come here. Raises CaseMovedOn where it is closed already.
    """
    timing.end(case, list(ClockKind), at=at)
    case.solutions.filter(answered_at=None).update(answered_at=at, answered_by=by, answer=SolutionAnswer.WITHDRAWN)
    CallTask.objects.filter(case=case, closed_at=None).update(closed_at=at, closed_by=by)
    case.reclassifications.filter(decided_at=None).update(decided_at=at, decided_by=by, granted=False)
    life.step(case, to=State.CLOSED, at=at, closed_as=closed_as, priority_asked=None, escalated_at=None)
    event = life.note(case, EventKind.CLOSED, at=at, by=by, reason=reason, facts={"as": closed_as.value, **(facts or {})})
    timing.refresh(case)
    return event


def restore(case: Case, *, at: datetime) -> None:
    """Let the clocks run on as they were (rule S11): what was used is used, a breach stays, closed time does not count.

    `case` is locked, and its log says that it is open again. The solution clock also has the wait for the client's
    answer as a pause; a response that was given stays given.
    """
    for last in _stopped(case):
        closed = (last.ended_at or at, at)
        _open_again(case, last, timing.waits(case) if _waits(last) else (*timing.measured(last).pauses, closed), at=at)
    timing.refresh(case)


def run_on(case: Case, *, at: datetime) -> None:
    """Let the clocks run on as if the case had never been closed (rule T2): closed time is used, and what passed meanwhile is missed.

    `case` is locked, and its log says that it is back in support. A wait for the client ended with the closing.
    """
    for last in _stopped(case):
        clock = _open_again(case, last, timing.waits(case) if _waits(last) else timing.measured(last).pauses, at=at)
        timing.breach(clock, at=at)
    timing.refresh(case)


def due_if_run_on(case: Case) -> list[tuple[ClockKind, datetime]]:
    """What would be due when, if the closed case ran on as if it had never been closed (rule T2)."""
    found = []
    for last in _stopped(case):
        measured = timing.measured(last)
        if _waits(last) and last.ended_at is not None:
            measured = Measure(measured.amount, measured.started_at, timing.waits(case)).resumed(last.ended_at)
        if (due := measured.due_at(last.calendar.timetable)) is not None:
            found.append((ClockKind(last.kind), due))
    return found


def reopen_until(case: Case) -> datetime | None:
    """Until when the client may reopen the case; None where it cannot be: it is open, or goes on elsewhere (rule S11)."""
    if case.closed_at is None or case.closed_as not in MAY_REOPEN:
        return None
    return case.closed_at + timedelta(days=life.terms_of(case).reopen_days)


def _stopped(case: Case) -> Iterator[Clock]:
    """The last clock of each kind that goes on with the case."""
    for kind in ClockKind:
        last = Clock.objects.filter(case=case, kind=kind).select_related("calendar").order_by("pk").last()
        if last is not None and _goes_on(case, last):
            yield last


def _open_again(case: Case, last: Clock, pauses: tuple[Pause, ...], *, at: datetime) -> Clock:
    kind, measured = ClockKind(last.kind), timing.measured(last)
    of = timing.counted_from(case, kind)
    return timing.open_clock(case, kind, Measure(measured.amount, measured.started_at, pauses), last.calendar, at=at, of=of)


def _waits(last: Clock) -> bool:
    """Whether it stands still while the case waits for the client (rule S6)."""
    return last.kind == ClockKind.SOLUTION


def _goes_on(case: Case, last: Clock) -> bool:
    """Whether the last clock of a kind was stopped by the end of the case: by a solution, or by the closing itself."""
    if last.met_at is not None:
        return last.kind == ClockKind.SOLUTION
    return last.ended_at is not None and case.events.filter(kind=EventKind.CLOSED, at=last.ended_at).exists()
