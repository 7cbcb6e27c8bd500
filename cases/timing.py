"""The clocks of a case as rows: started, stopped, met, missed (rules S2 to S7). The arithmetic is `cases.clocks`.

Callers hold the case's row. Every change is told by an event whose facts are enough to compute each deadline again
(`cases.replay`). What passed its deadline is recorded for ever, whenever that is noticed.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F

from cases import life, terms
from cases.clocks import Measure, Pause, next_working_day
from cases.models import Case, CaseEvent, Clock, ClockKind, EventKind, Opened
from cases.models.cases import NEVER
from clients.models import AimKind
from clients.support_terms import Aim, TargetTerms
from people.models import Person
from worktime.models import BusinessCalendar

STANDS_STILL = (EventKind.WAITING, EventKind.PROPOSED, EventKind.CLOSED)
"""Events after which the solution clock stands still."""
GOES_ON = (EventKind.RESUMED, EventKind.REFUSED, EventKind.REOPENED, EventKind.BACK_TO_SUPPORT)
"""Events after which it runs on: back to support, already from when the case was closed (rule T2)."""


def start(case: Case, *, at: datetime) -> list[Clock]:
    """Start the clocks that the case's priority has in its terms, from `at` (rules S2, S4).

    None where guarantees do not bind; no response clock on a case that we opened on our own.
    """
    kinds = [ClockKind.SOLUTION] if case.opened_via == Opened.STAFF else list(ClockKind)
    return _start(case, kinds, at=at)


def start_response(case: Case, *, at: datetime, said_at: datetime | None = None) -> list[Clock]:
    """Start a response clock anew: the client's next word, where the plan says so (rule S4).

    `said_at`: when the word came, where it lay unread until `at`; a deadline that passed meanwhile is missed.
    """
    clocks = _start(case, [ClockKind.RESPONSE], at=at, since=said_at)
    for clock in clocks:
        breach(clock, at=at)
    refresh(case)
    return clocks


def aims_of(target: TargetTerms) -> dict[ClockKind, Aim]:
    """What a target promises, by kind of clock."""
    aims = {ClockKind.RESPONSE: target.response, ClockKind.SOLUTION: target.solution}
    return {kind: aim for kind, aim in aims.items() if aim is not None}


def measure(aim: Aim, calendar: BusinessCalendar, at: datetime) -> Measure:
    """The aim as working time from `at`: the close of the next working day, too (rule S2)."""
    if aim.kind == AimKind.NEXT_WORKING_DAY:
        return Measure(next_working_day(calendar, at, calendar.timetable.close_of_next_working_day(at)), at)
    return Measure(timedelta(minutes=aim.minutes or 0), at)


def open_clock(
    case: Case, kind: ClockKind, measured: Measure, calendar: BusinessCalendar, *, at: datetime, of: datetime | None = None
) -> Clock:
    """Begin to measure, from now on, on a clock of its own (rule S2).

    `of`: when the word came that it is about (the report, or a later word of the client's); where a priority is lowered,
    the target counts from there (rule S5). None: from when it starts.
    """
    clock = Clock(case=case, kind=kind, priority=case.priority, calendar=calendar)
    for name, value in _columns(measured, calendar).items():
        setattr(clock, name, value)
    if of is not None:
        clock.breached_at = _missed_before(case, kind, clock.due_at)
    clock.save(force_insert=True)
    facts = {"clock": kind, "of": _iso(of or measured.started_at), "priority": case.priority, **facts_of(clock)}
    life.note_internally(case, EventKind.CLOCK_STARTED, at=at, by=None, facts=facts)
    return clock


def facts_of(clock: Clock) -> dict[str, Any]:
    """What the deadline of a clock is made of, for the log: amount in seconds, calendar and its version, start and pauses."""
    facts = {"calendar": clock.calendar.code, "version": str(clock.calendar_version), "amount": clock.amount.total_seconds()}
    return facts | {"started_at": _iso(clock.started_at), "pauses": clock.pauses, "due_at": _iso(clock.due_at)}


def counted_from(case: Case, kind: ClockKind) -> datetime:
    """When the word came that the case's clock of this kind is about: the report, or where it started anew the later word."""
    started = case.events.filter(kind=EventKind.CLOCK_STARTED, facts__clock=kind).order_by("pk").last()
    return datetime.fromisoformat(started.facts["of"]) if started else case.opened_at


def waits(case: Case) -> tuple[Pause, ...]:
    """When the case has waited for the client since the report, a proposed solution and a closed case included (rules S6, S11).

    Not the time for which it was wrongly closed as delivery: that is used (rule T2).
    """
    found: list[Pause] = []
    for event in case.events.filter(kind__in=[*STANDS_STILL, *GOES_ON]).order_by("pk"):
        still = bool(found) and found[-1][1] is None
        if event.kind in STANDS_STILL and not still:
            found.append((event.at, None))
        elif event.kind in GOES_ON and still:
            begun, _goes_on = found.pop()
            if (ends := went_on_at(event)) > begun:
                found.append((begun, ends))
    return tuple(found)


def went_on_at(event: CaseEvent) -> datetime:
    """When the solution clock went on: where a word of the client's lay unread, already with that word (rule S6).

    Where the case was back in support, already when it was closed (rule T2).
    """
    return datetime.fromisoformat(event.facts["resumed_at"]) if "resumed_at" in event.facts else event.at


def running(case: Case) -> dict[str, Clock]:
    """The clocks that still measure, by kind, locked."""
    found = Clock.objects.select_for_update(of=("self",)).filter(case=case, met_at=None, ended_at=None).select_related("calendar")
    return {clock.kind: clock for clock in found}


def pause(case: Case, *, at: datetime) -> None:
    """Let the solution clock stand still: the case waits for the client. The response clock never stops (rule S6)."""
    clock = running(case).get(ClockKind.SOLUTION)
    if clock is not None and not clock.stands_still:
        _note_breach(clock, at)  # what stands still has no deadline that could tell
        change(clock, measured(clock).paused(at))
    refresh(case)


def resume(case: Case, *, at: datetime) -> dict[str, Any]:
    """Let the solution clock run on (rule S6). What the event that tells of it should say: since when, and until when."""
    clock = running(case).get(ClockKind.SOLUTION)
    if clock is not None:
        change(clock, measured(clock).resumed(at))
    refresh(case)
    return {"resumed_at": _iso(at), "due_at": _iso(clock.due_at if clock else None)}


def meet(case: Case, kind: ClockKind, *, at: datetime, by: Person | None, met_at: datetime | None = None) -> Clock | None:
    """The target is met, in time or late (rules S4, S7, S11). None where nothing of that kind is measured.

    `met_at`: what met it came before it was known to, like a solution that is approved later. None: it came at `at`.
    """
    clock = running(case).get(kind)
    if clock is None:
        return None
    met_at = met_at or at
    _note_breach(clock, met_at)
    _update(clock, met_at=met_at)
    facts = {"clock": kind, "late": clock.breached_at is not None, "met_at": _iso(met_at), "due_at": _iso(clock.due_at)}
    life.note(case, EventKind.MET, at=at, by=by, facts=facts)
    refresh(case)
    return clock


def end(case: Case, kinds: Collection[ClockKind], *, at: datetime) -> None:
    """Measure these no more: another clock follows, or none is needed. A breach that has happened stays (rule S7).

    The event that tells why lists the kinds under `ended`; the one that closes the case ends them all.
    """
    for clock in running(case).values():
        if ClockKind(clock.kind) in kinds:
            _note_breach(clock, at)
            _update(clock, ended_at=at)
    refresh(case)


def breach(clock: Clock, *, at: datetime) -> bool:
    """Record that the deadline has passed, once (rule S7). False where it has not, or is recorded already."""
    return clock.is_open and _note_breach(clock, at)


def change(clock: Clock, to: Measure, calendar: BusinessCalendar | None = None) -> None:
    """Let the clock measure this from now on."""
    _update(clock, **_columns(to, calendar or clock.calendar))


def measured(clock: Clock) -> Measure:
    """What the clock measures, as a value."""
    return Measure(clock.amount, clock.started_at, tuple(_pause(*pause) for pause in clock.pauses))


def refresh(case: Case) -> None:
    """Let the queue know what is due next (rule S2)."""
    ahead = Clock.objects.filter(case=case, met_at=None, ended_at=None).exclude(due_at=None)
    first = ahead.order_by("due_at").values_list("due_at", flat=True).first()
    case.queue_at = first or NEVER
    Case.objects.filter(pk=case.pk).exclude(queue_at=case.queue_at).update(queue_at=case.queue_at)


def _start(case: Case, kinds: Collection[ClockKind], *, at: datetime, since: datetime | None = None) -> list[Clock]:
    wanted = aims_of(life.terms_of(case).target(case.priority)) if case.guaranteed else {}
    aims = {kind: aim for kind, aim in wanted.items() if kind in kinds}
    calendars = BusinessCalendar.objects.in_bulk({aim.calendar_id for aim in aims.values()}) if aims else {}
    started = []
    for kind, aim in aims.items():
        calendar = calendars[aim.calendar_id]
        started.append(open_clock(case, kind, measure(aim, calendar, since or at), calendar, at=at))
    return started


def _missed_before(case: Case, kind: ClockKind, due_at: datetime | None) -> datetime | None:
    """What a clock before had missed: that has passed, and is not missed a second time (rules S5, S7)."""
    if due_at is None:
        return None
    missed = Clock.objects.filter(case=case, kind=kind, breached_at__gte=due_at)
    return missed.order_by("pk").values_list("breached_at", flat=True).last()


def _note_breach(clock: Clock, at: datetime) -> bool:
    """The deadline is the last instant that is in time."""
    if clock.breached_at is not None or clock.due_at is None or at <= clock.due_at:
        return False
    if not Clock.objects.filter(pk=clock.pk, breached_at=None).update(breached_at=F("due_at")):
        return False
    clock.breached_at = clock.due_at
    life.note(clock.case, EventKind.BREACHED, at=at, by=None, facts={"clock": clock.kind, "due_at": _iso(clock.due_at)})
    return True


def _columns(to: Measure, calendar: BusinessCalendar) -> dict[str, Any]:
    return {
        "amount": to.amount,
        "started_at": to.started_at,
        "pauses": [[_iso(begins), _iso(ends)] for begins, ends in to.pauses],
        "calendar": calendar,
        "calendar_version": calendar.version,
        "due_at": to.due_at(calendar.timetable),
        "warn_at": to.share_at(calendar.timetable, terms.current().warn_percent),
    }


def _update(clock: Clock, **columns: Any) -> None:
    Clock.objects.filter(pk=clock.pk, met_at=None, ended_at=None).update(**columns)
    for name, value in columns.items():
        setattr(clock, name, value)


def _pause(begins: str, ends: str | None) -> Pause:
    return datetime.fromisoformat(begins), datetime.fromisoformat(ends) if ends else None


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
