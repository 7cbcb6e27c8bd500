"""A solution is proposed, approved, refused, waited for; cases are closed and opened again (rules S6, S11)."""

from datetime import timedelta

import pytest

from cases import jobs, priorities, replay, solutions, words
from cases.life import CaseClosed
from cases.models import CallReason, ClockKind, ClosedAs, State
from cases.words import Said
from core.errors import NotAllowed
from core.reasons import ReasonMissing
from notices.models import Notice
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cast import at_stockholm

NINE, ELEVEN, TWO = (at_stockholm(2026, 11, 23, hour) for hour in (9, 11, 14))
TUESDAY_TEN = at_stockholm(2026, 11, 24, 10)


@pytest.fixture
def disa(acme):
    return a_dispatcher()


@pytest.fixture
def case(acme, disa):
    """Eight hours to the solution, from Monday 09:00."""
    bind(acme, a_plan(response={}, solution={3: 480}, silence_closes_after_days=10))
    return a_case(acme, at=NINE)


def propose(case, disa, at=ELEVEN, cause="p"):
    return solutions.propose(case, Said("Restart it."), by=disa, at=at, cause=cause)


def agrees(case):
    return [str(found) for found in replay.differences(case)] == []


def test_s11_approved_the_target_was_met_when_it_was_proposed(acme, disa, case):
    solution = propose(case, disa)

    solutions.approve(solution, by=acme.approver, at=at_stockholm(2026, 12, 10, 9))

    case.refresh_from_db()
    clock = case.clocks.get()
    assert (clock.met_at, clock.breached_at) == (ELEVEN, None)
    assert (case.state, case.closed_as, case.next_due_at) == (State.CLOSED, ClosedAs.SOLVED, None)
    assert agrees(case)


def test_s11_proposed_too_late_is_late_whoever_approves(acme, disa, case):
    solution = propose(case, disa, at=TUESDAY_TEN + timedelta(hours=4))

    solutions.approve(solution, by=acme.requester, at=TUESDAY_TEN + timedelta(days=2))

    assert case.clocks.get().breached_at == at_stockholm(2026, 11, 23, 17)
    assert agrees(case)


def test_s11_refused_the_clock_runs_on(acme, disa, case):
    solution = propose(case, disa)

    solutions.refuse(solution, reason="Still broken", by=acme.requester, at=TUESDAY_TEN)

    case.refresh_from_db()
    assert (case.state, case.clocks.get().due_at) == (State.OPEN, at_stockholm(2026, 11, 24, 16))
    assert Notice.objects.filter(person=disa, body__contains="Still broken").exists()
    assert agrees(case)


def test_s6_the_waiting_ended_with_the_first_word_though_it_was_refused_later(acme, disa, case):
    solution = propose(case, disa)
    words.client_says(case, Said("It looks wrong"), by=acme.requester, at=TWO, cause="w")

    solutions.refuse(solution, reason="Still broken", by=acme.requester, at=TUESDAY_TEN)

    assert case.clocks.get().due_at == at_stockholm(2026, 11, 24, 11)
    assert agrees(case)


def test_s11_we_take_a_solution_back_and_a_question_does_too(acme, disa, case):
    solutions.withdraw_proposal(propose(case, disa), reason="Wrong version", by=disa, at=TWO)
    assert case.clocks.get().due_at == at_stockholm(2026, 11, 24, 11)

    second = propose(case, disa, at=TWO, cause="p2")
    words.ask(case, Said("Which version?"), by=disa, at=TWO, cause="q")

    second.refresh_from_db()
    case.refresh_from_db()
    assert (second.answer, case.state) == ("withdrawn", State.WAITING)
    assert agrees(case)


def test_s11_refusals(acme, borealis, disa, case):
    solution = propose(case, disa)

    assert propose(case, disa) == solution
    with pytest.raises(solutions.AlreadyProposed):
        propose(case, disa, cause="other")
    with pytest.raises(NotAllowed):
        solutions.approve(solution, by=borealis.approver, at=TWO)
    with pytest.raises(NotAllowed):
        solutions.approve(solution, by=disa, at=TWO)
    with pytest.raises(ReasonMissing):
        solutions.refuse(solution, reason="", by=acme.requester, at=TWO)
    solutions.approve(solution, by=acme.requester, at=TWO)
    for verb in (solutions.approve, solutions.refuse):
        with pytest.raises(CaseClosed):
            verb(solution, by=acme.requester, at=TWO, **({"reason": "No"} if verb is solutions.refuse else {}))
    assert not solutions.remind(solution, at=TWO + timedelta(days=30))


def test_s11_reminders_every_three_working_days_name_the_date_and_silence_closes_on_it(acme, disa, case):
    solution = propose(case, disa)
    announced = at_stockholm(2026, 12, 7, 11)
    assert (solution.remind_at, solution.closes_at) == (at_stockholm(2026, 11, 26, 11), announced)

    assert jobs.remind_solutions(at_stockholm(2026, 11, 26, 11)) == 1
    assert jobs.remind_solutions(at_stockholm(2026, 11, 26, 11)) == 0
    assert jobs.close_silent(announced - timedelta(seconds=1)) == 0
    assert jobs.close_silent(announced) == 1
    assert jobs.close_silent(announced) == 0

    case.refresh_from_db()
    mails = Notice.objects.filter(person=acme.requester, body__contains="Mon\N{NO-BREAK SPACE}7")
    assert (case.closed_as, case.clocks.get().met_at) == (ClosedAs.SILENCE, ELEVEN)
    assert mails.count() >= 2 or Notice.objects.filter(person=acme.requester, body__contains="closed as solved on").count() == 2
    assert agrees(case)


def test_s11_nobody_is_reminded_of_what_silence_closes_at_the_same_time(acme, disa, case):
    announced = propose(case, disa).closes_at

    assert (jobs.remind_solutions(announced), jobs.close_silent(announced)) == (0, 1)

    assert not Notice.objects.filter(subject__contains="A solution waits").exists()


def test_s11_who_proposes_a_solution_has_the_case_unless_somebody_else_has(cast, acme, disa, case):
    propose(case, disa)
    first = case.__class__.objects.get().owner
    solutions.withdraw_proposal(case.solutions.get(), reason="Wrong version", by=disa, at=TWO)
    propose(case, cast.tessa.person, at=TWO, cause="p2")

    assert (first, case.__class__.objects.get().owner) == (disa, disa)


def test_s11_whoever_says_something_is_not_silent(acme, disa, case):
    propose(case, disa)
    words.client_says(case, Said("We are testing"), by=acme.requester, at=TWO, cause="w")

    assert jobs.close_silent(at_stockholm(2027, 1, 20)) == 0


def test_s11_where_the_plan_does_not_allow_it_silence_closes_nothing(acme, disa):
    bind(acme, a_plan(response={}, solution={3: 480}))
    case = a_case(acme, at=NINE)

    assert propose(case, disa).closes_at is None
    assert jobs.close_silent(at_stockholm(2027, 12, 1)) == 0


def test_s11_reopened_the_clock_is_as_it_was(acme, disa, case):
    solutions.approve(propose(case, disa), by=acme.requester, at=TWO)

    solutions.reopen(case, reason="It came back", by=acme.requester, at=TUESDAY_TEN)

    case.refresh_from_db()
    again = case.clocks.get(met_at=None)
    assert (case.state, again.amount, again.due_at) == (State.OPEN, timedelta(hours=8), at_stockholm(2026, 11, 24, 16))
    assert agrees(case)


def test_s7_what_was_missed_before_is_not_missed_again_after_reopening(acme, disa, case):
    late = TUESDAY_TEN + timedelta(hours=4)
    solutions.approve(propose(case, disa, at=late), by=acme.requester, at=late)

    solutions.reopen(case, reason="It came back", by=acme.requester, at=late + timedelta(days=1))

    assert case.clocks.get(met_at=None).breached_at == at_stockholm(2026, 11, 23, 17)
    assert jobs.record_missed(late + timedelta(days=9)) == 0
    assert agrees(case)


def test_s11_thirty_days_are_the_limit_of_reopening(acme, disa, case):
    solutions.withdraw(case, reason="Solved itself", by=acme.requester, at=TWO)

    with pytest.raises(solutions.TooLateToReopen):
        solutions.reopen(case, reason="Back", by=acme.requester, at=TWO + timedelta(days=30, seconds=1))
    solutions.reopen(case, reason="Back", by=acme.requester, at=TWO + timedelta(days=30))
    with pytest.raises(solutions.NotClosed):
        solutions.reopen(case, reason="Back", by=acme.requester, at=TWO + timedelta(days=30))

    assert agrees(case)


def test_s11_an_unanswered_report_that_was_withdrawn_still_waits_for_its_answer_when_reopened(acme, disa):
    bind(acme, a_plan())
    case = a_case(acme, at=NINE)
    solutions.withdraw(case, reason="Gone", by=acme.requester, at=ELEVEN)

    solutions.reopen(case, reason="Back", by=acme.requester, at=TUESDAY_TEN)

    assert case.clocks.get(kind=ClockKind.RESPONSE, ended_at=None).due_at == at_stockholm(2026, 11, 24, 16)
    assert agrees(case)


def test_s9_a_refused_solution_counts_as_an_answer_that_did_not_solve_it(acme, disa):
    bind(acme, a_plan(call_after_answers=1))
    case = a_case(acme, at=NINE)
    solution = propose(case, disa)
    assert not case.call_tasks.exists()

    solutions.refuse(solution, reason="No", by=acme.requester, at=TWO)

    assert case.call_tasks.get().reason == CallReason.ANSWERS


def test_s5_a_priority_changes_while_a_solution_waits(acme, disa, case):
    solution = propose(case, disa)
    priorities.reclassify(case, to=1, reason="All are hit", by=disa, at=TWO)

    solutions.refuse(solution, reason="No", by=acme.requester, at=TUESDAY_TEN)

    assert agrees(case)


def test_s11_the_same_form_with_another_solution_is_refused(acme, disa, case):
    first = propose(case, disa)

    assert propose(case, disa) == first
    with pytest.raises(words.MessageMismatch):
        solutions.propose(case, Said("Reinstall it."), by=disa, at=ELEVEN, cause="p")
    assert case.solutions.count() == 1
