"""What the pages of a case show of its course, and which acts are possible now (rules S5 to S7, S9 to S13).

The pages of the case merge `portal_context` or `desk_context` into theirs. Possible is what the verbs would not refuse;
they decide again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cases import calls, ending, judgements, languages, life, merging, objections, priorities, solutions, timing, validity
from cases.models import Case, Clock, ClockKind, Environment, EventKind, Reclassification, State, Visit
from cases.targets import Change
from clients.models import Priority
from people.languages import name_of
from people.models import Person

MOST_CALLS = 100


@dataclass(frozen=True)
class Foreseen:
    """A priority, and what it would do to each deadline."""

    priority: Priority
    changes: list[Change]


def portal_context(case: Case, person: Person, at: datetime) -> dict[str, Any]:
    """For the client's page of the case: `course` and `judged`, dictionaries that the partials `cases/portal/_*.html` read."""
    speaks, is_open = life.may_speak(person, case), case.state != State.CLOSED
    until = ending.reopen_until(case)
    asked = wish(case)
    return {
        "course": {
            "clocks": clocks(case),
            "solution": solutions.open_solution(case) if speaks else None,
            "wish": asked,
            "lowering": objections.standing(case) if speaks and is_open else None,
            "objection": objections.undecided(case),
            "may_ask_higher": speaks and is_open and asked is None and bool(higher(case)),
            "may_escalate": speaks and is_open and case.escalated_at is None,
            "may_reopen": speaks and until is not None and at <= until,
            "reopen_until": until,
            "visits": visits_of(case),
            "answer_language": name_of(languages.answer_language(case)) if languages.owes_a_note(case) else "",
        },
        "judged": judgements.for_client(case, person),
    }


def desk_context(case: Case, person: Person, at: datetime) -> dict[str, Any]:
    """For the desk's page of the case: `course` and `judged`, dictionaries that the partials `cases/desk/_*.html` read."""
    works, is_open = life.may_work(person, case), case.state != State.CLOSED
    directs = life.may_direct(person, case) and is_open
    objected = objections.undecided(case)
    return {
        "course": {
            "at": at,
            "clocks": clocks(case),
            "solution": solutions.open_solution(case),
            "priority": Priority.objects.filter(number=case.priority).first(),
            "wish": wish(case),
            "objection": objected,
            "may_decide": directs and objected is not None and objected.decided_by_id != person.pk,
            "may_reclassify": directs and objected is None,
            "may_direct": directs,
            "may_work": works and is_open,
            "calls": list(case.call_tasks.filter(closed_at=None).order_by("pk")),
            "estimate": calls.estimate_of(case),
            "escalation": escalation_reason(case) if case.escalated_at else "",
            "visits": visits_of(case),
            "may_visit": works and is_open and life.terms_of(case).visit_included,
            "works_visits": works,
            "guide": validity.guide(person.language),
            "answer_language": name_of(languages.answer_language(case)) if languages.owes_a_note(case) else "",
        },
        "judged": judgements.for_staff(case, person),
    }


def visits_of(case: Case) -> list[Visit]:
    """The visits of the case, the latest last (rule S12)."""
    return list(case.visits.select_related("consultant").order_by("starts_at", "pk"))


def clocks(case: Case) -> list[Clock]:
    """The last clock of each kind."""
    latest = {clock.kind: clock for clock in case.clocks.select_related("calendar").order_by("pk")}
    return [latest[kind] for kind in ClockKind.values if kind in latest]


def others(case: Case) -> list[Priority]:
    """The priorities that the case could have instead."""
    found = Priority.objects.exclude(number=case.priority).order_by("number")
    return [row for row in found if not row.production_only or case.environment == Environment.PRODUCTION]


def higher(case: Case) -> list[Priority]:
    """Those of them that the client may ask for."""
    return [row for row in others(case) if row.number < case.priority]


def foreseen(case: Case, rows: Iterable[Priority], *, at: datetime) -> list[Foreseen]:
    """What each of these priorities would do to the deadlines at `at` (rule S5)."""
    return [Foreseen(row, priorities.foreseen(case, to=row.number, at=at)) for row in rows if row.number != case.priority]


def wish(case: Case) -> Reclassification | None:
    """The higher priority that the client asks for, while nobody has decided."""
    return case.reclassifications.filter(decided_at=None).select_related("asked_by").first()


def due_if_it_goes_on(case: Case, *, at: datetime) -> datetime | None:
    """When the solution would be due if the case went on at `at`: the client's first word since the proposal counts (rule S6)."""
    solution = solutions.open_solution(case)
    clock = case.clocks.filter(kind=ClockKind.SOLUTION, met_at=None, ended_at=None).select_related("calendar").first()
    if clock is None or solution is None:
        return None
    said_at = merging.first_word(case, since=solution.proposed_at, at=at)
    return timing.measured(clock).resumed(said_at or at).due_at(clock.calendar.timetable)


def reopen_days(case: Case) -> int:
    """For how many days a closed case can be reopened (rule S11)."""
    return life.terms_of(case).reopen_days


def escalation_reason(case: Case) -> str:
    """Why the client asked for the escalation that is open."""
    asked = case.events.filter(kind=EventKind.ESCALATED).exclude(facts__has_key="answered").order_by("pk").last()
    return asked.reason if asked else ""
