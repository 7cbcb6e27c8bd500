"""Whatever happens to a case, its clocks say what its log says, and a breach never goes away (rules S5 to S7, S11)."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases import jobs, objections, priorities, replay, server_support, solutions, triage, words
from cases.audit import audit
from cases.models import Case, Clock, ClockKind, DeliveryGround, Environment, EventKind
from cases.triage import Judgement
from cases.words import Said
from clients.models import MetBy, Priority
from core.errors import DomainError
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cases.test_deadlines import close_on
from tests.cast import at_stockholm
from worktime.models import DatedOpening

pytestmark = pytest.mark.django_db
START = at_stockholm(2026, 11, 23, 9)
VERBS = [
    "answer", "ask", "says", "call", "begin", "raise", "lower", "wish", "grant", "refuse_wish", "object", "uphold", "overturn",
    "propose", "approve", "refuse", "take_back", "withdraw", "reopen", "near", "missed", "remind", "silence", "calendar", "unneeded",
    "deliver", "call_it_support", "stay_delivery", "back_to_support", "ask_for_credit", "answer_credit", "take_back_question", "book_on",
]  # fmt: skip
STEPS = st.lists(st.tuples(st.sampled_from(VERBS), st.integers(min_value=0, max_value=60 * 40)), min_size=1, max_size=25)


class Undone(Exception):
    """Each example leaves nothing behind."""


class Story:
    """One case, and whatever is done to it at random times."""

    def __init__(self, acme, cast, case, disa):
        self.acme, self.max, self.disa, self.case, self.number = acme, cast.max, disa, case, 0

    def do(self, verb, at):
        """Do it, where no rule refuses."""
        self.case = Case.objects.get(pk=self.case.pk)
        self.number += 1
        try:
            with transaction.atomic():
                act = getattr(self, f"_{verb}", None)
                act(at) if act else self._job(verb, at)
        except DomainError:
            return False
        return True

    def _said(self, verb, at, by):
        verb(self.case, Said("x"), by=by, at=at, cause=f"{self.case.pk}:{self.number}")

    def _answer(self, at):
        self._said(words.answer, at, self.disa)

    def _ask(self, at):
        self._said(words.ask, at, self.disa)

    def _says(self, at):
        self._said(words.client_says, at, self.acme.requester)

    def _call(self, at):
        self._said(words.log_call, at, self.disa)

    def _begin(self, at):
        words.begin_troubleshooting(self.case, by=self.disa, at=at)

    def _unneeded(self, at):
        words.no_answer_needed(self.case, reason="Thanks", by=self.disa, at=at)

    def _raise(self, at):
        priorities.reclassify(self.case, to=self.case.priority - 1, reason="x", by=self.disa, at=at)

    def _lower(self, at):
        priorities.reclassify(self.case, to=self.case.priority + 1, reason="x", by=self.disa, at=at)

    def _wish(self, at):
        priorities.ask_higher(self.case, to=1, reason="x", by=self.acme.requester, at=at)

    def _grant(self, at):
        if (asked := self.case.reclassifications.filter(decided_at=None).first()) is not None:
            priorities.grant(asked, answer="", by=self.disa, at=at)

    def _refuse_wish(self, at):
        if (asked := self.case.reclassifications.filter(decided_at=None).first()) is not None:
            priorities.refuse(asked, answer="x", by=self.disa, at=at)

    def _object(self, at):
        if (lowering := objections.standing(self.case)) is not None:
            objections.object_to(lowering, reason="x", by=self.acme.requester, at=at)

    def _uphold(self, at):
        if (lowering := objections.undecided(self.case)) is not None:
            objections.decide(lowering, upheld=True, reason="x", by=self.max, at=at)

    def _overturn(self, at):
        if (lowering := objections.undecided(self.case)) is not None:
            objections.decide(lowering, upheld=False, reason="x", by=self.max, at=at)

    def _propose(self, at):
        self._said(solutions.propose, at, self.disa)

    def _approve(self, at):
        if (solution := solutions.open_solution(self.case)) is not None:
            solutions.approve(solution, by=self.acme.requester, at=at)

    def _refuse(self, at):
        if (solution := solutions.open_solution(self.case)) is not None:
            solutions.refuse(solution, reason="x", by=self.acme.requester, at=at)

    def _take_back(self, at):
        if (solution := solutions.open_solution(self.case)) is not None:
            solutions.withdraw_proposal(solution, reason="x", by=self.disa, at=at)

    def _withdraw(self, at):
        solutions.withdraw(self.case, reason="x", by=self.acme.requester, at=at)

    def _reopen(self, at):
        solutions.reopen(self.case, reason="x", by=self.acme.requester, at=at)

    def _deliver(self, at):
        judgement = Judgement(DeliveryGround.OTHER, "x")
        triage.close_as_delivery(self.case, judgement, by=self.disa, at=at, cause=f"{self.case.pk}:{self.number}")

    def _call_it_support(self, at):
        if (decision := triage.latest(self.case)) is not None:
            triage.object_to(decision, reason="x", by=self.acme.requester, at=at)

    def _stay_delivery(self, at):
        if (decision := triage.undecided(self.case)) is not None:
            triage.uphold(decision, reason="x", by=self.max, at=at)

    def _back_to_support(self, at):
        if (decision := triage.undecided(self.case)) is not None:
            triage.back_to_support(decision, reason="x", by=self.max, at=at)

    def _ask_for_credit(self, at):
        server_support.ask_for_credit(self.case, "x", by=self.disa, at=at, cause=f"{self.case.pk}:{self.number}")

    def _answer_credit(self, at):
        if (decision := triage.question(self.case)) is not None:
            server_support.answer_credit(decision, agreed=bool(self.number % 2), by=self.acme.requester, at=at)

    def _take_back_question(self, at):
        if (decision := triage.question(self.case)) is not None:
            server_support.take_back_question(decision, reason="x", by=self.disa, at=at)

    def _book_on(self, at):
        case = server_support.require_consent(self.case, by=self.disa)
        server_support.goes_on_in(self.number, case, title="x", by=self.disa, at=at)

    def _calendar(self, at):
        on = (at + 2 * (at - START) / 3).date()
        if not DatedOpening.objects.filter(on=on).exists():
            close_on(on.year, on.month, on.day)
        jobs.recalculate(at)

    def _job(self, verb, at):
        named = {"near": jobs.warn_near, "missed": jobs.record_missed, "remind": jobs.remind_solutions, "silence": jobs.close_silent}
        named[verb](at)


def breaches(case):
    return set(Clock.objects.filter(case=case).exclude(breached_at=None).values_list("pk", "breached_at"))


def dues(case):
    return {clock.kind: clock.due_at for clock in case.clocks.filter(met_at=None, ended_at=None)}


def minutes_later(at, minutes):
    return at + timedelta(minutes=minutes)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(STEPS, st.sampled_from(MetBy.values), st.booleans(), st.booleans())
def test_s6_the_clocks_say_what_the_log_says_whatever_happens(acme, cast, steps, met_by, restarts, from_report):
    with pytest.raises(Undone), transaction.atomic():
        _whatever_happens(acme, cast, steps, response_met_by=met_by, restarts_on_word=restarts, lowering_from_report=from_report)
        raise Undone


AROUND = st.lists(
    st.tuples(st.sampled_from(["answer", "ask", "says", "call", "propose", "refuse", "take_back", "raise"]), st.integers(0, 60 * 6)),
    max_size=6,
)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(AROUND, st.integers(0, 60 * 30), st.integers(0, 60 * 60))
def test_t2_back_to_support_the_solution_is_due_as_if_the_case_had_never_been_closed(acme, cast, steps, until_closed, closed_for):
    with pytest.raises(Undone), transaction.atomic():
        bind(acme, a_plan(solution={1: 240, 2: 480, 3: 960}))
        disa = a_dispatcher()
        closed, open_on, at = (*(Story(acme, cast, a_case(acme, at=START), disa) for _ in range(2)), START)
        for verb, minutes in steps:
            at = minutes_later(at, minutes)
            assert closed.do(verb, at) == open_on.do(verb, at)
        at = minutes_later(at, until_closed)
        assert closed.do("deliver", at)
        open_on.do("take_back", at)
        open_on.do("says", at)
        later = minutes_later(at, closed_for)
        assert closed.do("call_it_support", later)
        assert closed.do("back_to_support", later)
        jobs.record_missed(later)

        found, expected = (one.case.clocks.get(kind=ClockKind.SOLUTION, met_at=None, ended_at=None) for one in (closed, open_on))
        assert (found.due_at, found.breached_at) == (expected.due_at, expected.breached_at)
        assert [str(difference) for difference in replay.differences(closed.case)] == []
        raise Undone


def _whatever_happens(acme, cast, steps, **terms):
    bind(acme, a_plan(solution={1: 240, 2: 480}, silence_closes_after_days=2, call_after_answers=2, **terms))
    Priority.objects.filter(number=1).update(production_only=True, lowered_to=3, needs_call=False)
    story, at = Story(acme, cast, a_case(acme, at=START, environment=Environment.PRODUCTION), a_dispatcher()), START
    for verb, minutes in steps:
        at = minutes_later(at, minutes)
        before, due = breaches(story.case), dues(story.case)
        done = story.do(verb, at)
        assert before <= breaches(story.case), verb
        after = dues(story.case)
        if done and not terms["lowering_from_report"]:
            for kind in set(due) & set(after):
                if due[kind] and after[kind]:
                    assert verb not in ("raise", "grant", "object", "calendar") or after[kind] <= due[kind], verb
                    assert verb not in ("lower", "uphold") or after[kind] >= due[kind], verb
        assert [str(found) for found in replay.differences(story.case)] == [], verb
        first = min((one for one in after.values() if one), default=None)
        assert Case.objects.get(pk=story.case.pk).next_due_at == first


def test_s6_the_audit_names_the_clock_that_says_something_else(acme):
    bind(acme, a_plan())
    case = a_case(acme, at=START)
    assert audit().findings == []

    Clock.objects.filter(case=case, kind=ClockKind.RESPONSE).update(due_at=START)

    assert [str(found) for found in audit().findings] == [
        f"case {case.pk}, response {case.clocks.get().pk}: deadline is 2026-11-23 08:00:00+00:00, and 2026-11-23 16:00:00+00:00 by the log"
    ]


def test_s6_the_log_tells_each_start_of_a_clock_once(acme):
    bind(acme, a_plan(solution={3: 480}))

    case = a_case(acme, at=START)

    assert case.events.filter(kind=EventKind.CLOCK_STARTED, internal=True).count() == 2
