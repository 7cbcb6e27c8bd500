"""Many at once on one case, with real threads and connections (rules S5, S7, S11)."""

from datetime import timedelta

import pytest

from cases import jobs, priorities, replay, solutions
from cases.models import Case, State
from cases.words import Said
from core.errors import DomainError
from notices.models import Notice
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cast import a_client, a_provider, at_stockholm
from tests.racing import race

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
NINE, TEN = at_stockholm(2026, 11, 23, 9), at_stockholm(2026, 11, 23, 10)
LATER = TEN + timedelta(days=60)


@pytest.fixture
def scene(transactional_db):
    """A case with a proposed solution that silence will approve."""
    acme = a_client(a_provider())
    disa = a_dispatcher()
    bind(acme, a_plan(solution={1: 240, 3: 480}, silence_closes_after_days=10))
    case = a_case(acme, at=NINE)
    return acme, disa, case, solutions.propose(case, Said("Restart"), by=disa, at=TEN, cause="p")


def refusals(raced):
    assert [error for error in raced.errors if not isinstance(error, DomainError)] == []
    assert raced.most_inside > 1
    return len(raced.errors)


def sound(case):
    assert [str(found) for found in replay.differences(case)] == []


def test_s11_approved_and_refused_at_once_is_one_of_both(scene):
    acme, _disa, case, solution = scene

    def answer(number):
        if number % 2:
            return solutions.approve(solution, by=acme.approver, at=LATER)
        return solutions.refuse(solution, reason="No", by=acme.requester, at=LATER)

    raced = race(4, answer)

    solution.refresh_from_db()
    case.refresh_from_db()
    assert refusals(raced) == 3
    assert (solution.answer, case.state) in {("approved", State.CLOSED), ("refused", State.OPEN)}
    sound(case)


def test_s11_approved_while_silence_closes_it_is_closed_once(scene):
    acme, _disa, case, solution = scene

    raced = race(4, lambda number: jobs.close_silent(LATER) if number % 2 else solutions.approve(solution, by=acme.approver, at=LATER))

    assert refusals(raced) >= 1
    assert case.events.filter(kind="closed").count() == 1
    sound(case)


def test_s7_jobs_in_parallel_record_warn_and_remind_once(scene):
    acme, _disa, case, _solution = scene
    second = a_case(acme, at=NINE)

    def run(_number):
        return [job(TEN + timedelta(days=4)) for job in (jobs.record_missed, jobs.warn_near, jobs.remind_solutions)]

    raced = race(4, run)

    assert refusals(raced) == 0
    assert second.events.filter(kind="breached").count() == 2
    assert case.events.filter(kind="reminded").count() == 1
    assert Notice.objects.filter(subject__contains="missed").count() == 2
    sound(second)


def test_s5_raised_by_two_at_once_is_raised_once(scene):
    acme, disa, _case, _solution = scene
    case = a_case(acme, at=NINE)

    raced = race(4, lambda _number: priorities.reclassify(case, to=1, reason="All", by=disa, at=TEN))

    assert refusals(raced) == 3
    assert Case.objects.get(pk=case.pk).priority == 1
    assert case.reclassifications.count() == 1
    sound(case)
