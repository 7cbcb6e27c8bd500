"""Calls that are owed, and calls that come in (rules S2, S9, S10)."""

import pytest

from cases import escalations, solutions, words, worklog
from cases.intake import Caller
from cases.models import Opened
from cases.words import Said
from clients.models import StaffDuty
from core.errors import NotAllowed
from tests.cases.measured import ELEVEN, NINE, NOON, TEN, TWO, due
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cast import a_colleague, at_stockholm


@pytest.fixture
def disa(acme):
    return a_dispatcher()


def test_s9_after_reopening_the_answers_that_did_not_solve_it_raise_the_call_again(acme, disa):
    bind(acme, a_plan(call_after_answers=1))
    case = a_case(acme, at=NINE)
    words.answer(case, Said("Try 1"), by=disa, at=TEN, cause="1")
    solutions.withdraw(case, reason="Gone", by=acme.requester, at=ELEVEN)
    solutions.reopen(case, reason="Back", by=acme.requester, at=NOON)

    words.answer(case, Said("Try 2"), by=disa, at=TWO, cause="2")

    assert case.call_tasks.filter(closed_at=None).count() == 1


def test_s10_time_logged_on_a_closed_case_raises_no_call(acme, disa):
    bind(acme, a_plan(call_after_minutes=240))
    case = a_case(acme, at=NINE)
    solutions.withdraw(case, reason="Gone", by=acme.requester, at=TWO)

    worklog.log(case=case, person=disa, started_at=NINE, ended_at=TWO, note="Looked", by=disa, at=TWO)

    assert not case.call_tasks.exists()


def test_s2_what_is_phoned_to_the_outage_number_and_is_none_becomes_an_ordinary_case(acme, disa):
    bind(acme, a_plan(channels=["portal", "email"], outage_phone="+46 8 999"))
    caller = Caller("Rolf", "Acme", "070", "rolf@acme.example")

    case = a_case(acme, at=NINE, via=Opened.PHONE, by_outage_path=True, caller=caller, by=disa)

    assert (case.opened_via, case.is_outage, due(case)) == (Opened.PHONE, False, at_stockholm(2026, 11, 23, 17))


def test_s5_an_escalation_ends_with_the_case_and_can_be_asked_for_again_after_reopening(acme, disa):
    bind(acme, a_plan())
    case = a_case(acme, at=NINE)
    escalations.escalate(case, reason="Slow", by=acme.requester, at=TEN)
    solutions.withdraw(case, reason="Gone", by=acme.requester, at=ELEVEN)
    solutions.reopen(case, reason="Back", by=acme.requester, at=NOON)

    escalations.escalate(case, reason="Slow", by=acme.requester, at=TWO)

    assert case.call_tasks.filter(closed_at=None).count() == 1


def test_s1_an_account_manager_reports_for_their_own_clients_only(acme, cast):
    bind(acme, a_plan())
    stranger = a_colleague("Maja", StaffDuty.ACCOUNT_MANAGER)

    assert a_case(acme, at=NINE, via=Opened.STAFF, by=cast.max).entered_by == cast.max
    with pytest.raises(NotAllowed):
        a_case(acme, at=NINE, via=Opened.STAFF, by=stranger)
