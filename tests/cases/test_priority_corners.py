"""Priorities that change twice, or while something else is undecided (rules S5, S7)."""

from datetime import timedelta

import pytest

from cases import jobs, objections, priorities, validity
from cases.models import Environment, EventKind
from cases.validity import Facts
from clients.models import CaseKind, Priority
from tests.cases.measured import ELEVEN, NINE, NOON, TEN, TWO, agrees, due
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind


@pytest.fixture
def disa(acme):
    return a_dispatcher()


def test_s5_a_wish_that_is_granted_late_never_lowers(acme, disa):
    bind(acme, a_plan())
    case = a_case(acme, at=NINE)
    asked = priorities.ask_higher(case, to=2, reason="Half of us", by=acme.requester, at=TEN)
    priorities.reclassify(case, to=1, reason="All of them", by=disa, at=TEN)

    priorities.grant(asked, answer="Yes", by=disa, at=ELEVEN)

    case.refresh_from_db()
    assert (case.priority, due(case)) == (1, NOON)


def test_s5_a_wish_for_production_is_not_granted_to_what_turned_out_to_be_staging(acme, disa):
    bind(acme, a_plan())
    Priority.objects.filter(number=1).update(production_only=True, lowered_to=3)
    case = a_case(acme, at=NINE)
    asked = priorities.ask_higher(case, to=1, reason="All", by=acme.requester, at=TEN)
    validity.change_facts(case, Facts(kind=CaseKind.INCIDENT, environment=Environment.STAGING), by=disa, at=TEN)

    with pytest.raises(priorities.OnlyInProduction):
        priorities.grant(asked, answer="Yes", by=disa, at=ELEVEN)


def test_s5_an_objection_after_a_raise_is_not_late_from_birth(acme, disa):
    bind(acme, a_plan(response={1: 60, 2: 240, 3: 480}))
    case = a_case(acme, at=NINE)
    priorities.reclassify(case, to=1, reason="All", by=disa, at=NOON)
    assert due(case) == NOON + timedelta(hours=1)
    lowering = priorities.reclassify(case, to=3, reason="One", by=disa, at=NOON + timedelta(minutes=10))

    objections.object_to(lowering, reason="All", by=acme.requester, at=NOON + timedelta(minutes=20))

    assert due(case) == NOON + timedelta(hours=1)
    assert agrees(case)


def test_s7_an_objection_after_a_breach_records_it_no_second_time(acme, disa):
    bind(acme, a_plan())
    case = a_case(acme, at=NINE, priority=1)
    jobs.record_missed(NOON)
    lowering = priorities.reclassify(case, to=3, reason="One", by=disa, at=NOON)

    objections.object_to(lowering, reason="All", by=acme.requester, at=TWO)
    jobs.record_missed(TWO)

    assert case.events.filter(kind=EventKind.BREACHED).count() == 1
    assert agrees(case)
