"""Calls that we owe: after answers, after work, after an escalation (rules S9, S10)."""

from datetime import timedelta

import pytest

from cases import calls, escalations, words
from cases.models import CallReason, CaseTime
from cases.words import Said
from core.errors import NotAllowed
from core.reasons import ReasonMissing
from notices.models import Notice
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cast import at_stockholm

NINE = at_stockholm(2026, 11, 23, 9)


@pytest.fixture
def disa(acme):
    return a_dispatcher()


def answer(case, disa, number):
    words.answer(case, Said(f"Try {number}"), by=disa, at=NINE + timedelta(minutes=number), cause=f"a{case.pk}:{number}")


def open_calls(case):
    return case.call_tasks.filter(closed_at=None).count()


@pytest.mark.parametrize("limit", [1, 3])
def test_s9_so_many_answers_raise_one_call_and_after_the_call_the_counting_begins_anew(acme, disa, limit):
    bind(acme, a_plan(call_after_answers=limit))
    case = a_case(acme, at=NINE)
    for number in range(1, limit + 1):
        assert open_calls(case) == 0
        answer(case, disa, number)
    answer(case, disa, 10)
    assert open_calls(case) == 1

    words.log_call(case, Said("We agreed to restart"), by=disa, at=NINE + timedelta(hours=1), cause="call")
    task = case.call_tasks.get()
    assert (task.closed_by, task.note) == (disa, "We agreed to restart")

    for number in range(20, 20 + limit):
        assert open_calls(case) == 0
        answer(case, disa, number)
    assert open_calls(case) == 1


def test_s9_a_call_that_is_needed_no_more_says_why_and_closes_once(acme, disa):
    bind(acme, a_plan(call_after_answers=1))
    case = a_case(acme, at=NINE)
    answer(case, disa, 1)
    task = calls.due(disa).get()

    with pytest.raises(ReasonMissing):
        calls.drop(task, reason="", by=disa, at=NINE)
    calls.drop(task, reason="They wrote that it works", by=disa, at=NINE)
    with pytest.raises(calls.CallClosed):
        calls.drop(task, reason="Again", by=disa, at=NINE)
    assert not calls.due(disa).exists()

    answer(case, disa, 2)
    assert open_calls(case) == 1


def log(case, disa, start, minutes):
    begins = NINE + timedelta(minutes=start)
    CaseTime.objects.create(
        case=case, person=disa, started_at=begins, ended_at=begins + timedelta(minutes=minutes), note="x", logged_at=begins
    )
    calls.after_work(case, at=NINE)


def test_s10_exactly_four_hours_raise_none_and_more_does_and_again_after_each_further_four(acme, disa):
    bind(acme, a_plan(call_after_minutes=240))
    case = a_case(acme, at=NINE)

    found = []
    for start, minutes in ((0, 240), (240, 1), (241, 239), (480, 1), (481, 600)):
        log(case, disa, start, minutes)
        found.append(case.call_tasks.filter(reason=CallReason.WORK).count())

    assert found == [0, 1, 1, 2, 3]


def test_s10_the_technicians_own_estimate_raises_the_call_before_the_work(acme, disa):
    bind(acme, a_plan(call_after_minutes=240))
    case = a_case(acme, at=NINE)

    calls.estimate_work(case, minutes=240, by=disa, at=NINE)
    assert open_calls(case) == 0
    calls.estimate_work(case, minutes=300, by=disa, at=NINE)
    log(case, disa, 0, 300)

    assert (open_calls(case), calls.estimate_of(case)) == (1, 300)
    with pytest.raises(calls.EstimateImpossible):
        calls.estimate_work(case, minutes=0, by=disa, at=NINE)
    with pytest.raises(NotAllowed):
        calls.estimate_work(case, minutes=10, by=acme.approver, at=NINE)


def test_s15_an_escalation_is_told_raises_a_call_and_is_answered_once(acme, disa, cast):
    bind(acme, a_plan())
    case = a_case(acme, at=NINE)

    escalations.escalate(case, reason="Three weeks now", by=acme.requester, at=NINE)
    with pytest.raises(escalations.AlreadyEscalated):
        escalations.escalate(case, reason="Three weeks now", by=acme.approver, at=NINE)

    assert {notice.person for notice in Notice.objects.filter(body__contains="Three weeks now")} == {disa, cast.max}
    assert case.call_tasks.get().reason == CallReason.ESCALATION
    escalations.answer(case, answer="Two more of us look at it", by=cast.max, at=NINE)
    with pytest.raises(escalations.NotEscalated):
        escalations.answer(case, answer="Again", by=cast.max, at=NINE)
    case.refresh_from_db()
    assert (case.escalated_at, open_calls(case)) == (None, 0)
    assert Notice.objects.filter(person=acme.requester, body__contains="Two more of us").exists()


def test_s10_the_same_estimate_again_says_nothing_new(acme, disa):
    case = a_case(acme, at=NINE)
    calls.estimate_work(case, minutes=120, by=disa, at=NINE)
    events = case.events.count()

    calls.estimate_work(case, minutes=120, by=disa, at=NINE)

    assert case.events.count() == events
