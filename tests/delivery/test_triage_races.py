"""Two at once on a judgement, with real threads and connections (rules T2, T3)."""

from datetime import timedelta

import pytest
from django.db import transaction

from cases import replay, server_support, triage
from cases.models import DeliveryGround, State, TriageDecision
from cases.triage import Judgement
from core.errors import DomainError
from delivery import life, objections, tasks
from delivery.models import DeliveryTask, TaskState
from notices.models import Notice
from tests.cases.judged import ask
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cast import NOON, a_client, a_provider
from tests.delivery.scene import a_task_from_case, delivery_terms
from tests.racing import race

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
ONE, TWO = NOON + timedelta(hours=1), NOON + timedelta(hours=2)


@pytest.fixture
def scene(transactional_db):
    cast = a_provider()
    acme = a_client(cast)
    delivery_terms()
    bind(acme, a_plan(solution={3: 240}))
    return cast, acme, a_dispatcher()


def refusals(raced):
    assert [error for error in raced.errors if not isinstance(error, DomainError)] == []
    assert raced.most_inside > 1
    return len(raced.errors)


def sound(case):
    assert [str(found) for found in replay.differences(case)] == []


def test_t2_judged_as_delivery_by_four_at_once_it_becomes_one_task(scene):
    _cast, acme, disa = scene
    case = a_case(acme)
    judgement = Judgement(DeliveryGround.OTHER, "Why")

    raced = race(4, lambda number: tasks.open_from_case(case=case, judgement=judgement, by=disa, at=ONE, cause=f"t:{number}"))

    assert refusals(raced) == 3
    assert (DeliveryTask.objects.count(), TriageDecision.objects.count(), case.messages.filter(text="Why").count()) == (1, 1, 1)
    sound(case)


def test_t2_the_same_form_four_times_at_once_is_one_task_that_all_get(scene):
    _cast, acme, disa = scene
    case = a_case(acme)
    judgement = Judgement(DeliveryGround.OTHER, "Why")

    raced = race(4, lambda _number: tasks.open_from_case(case=case, judgement=judgement, by=disa, at=ONE, cause="t"))

    assert refusals(raced) == 0
    assert {task.pk for task in raced.results} == {DeliveryTask.objects.get().pk}
    sound(case)


def test_t3_judged_three_ways_at_once_one_of_them_stands(scene):
    _cast, acme, disa = scene
    case = a_case(acme)

    def judge(number):
        if number == 0:
            return tasks.open_from_case(case=case, judgement=Judgement(DeliveryGround.OTHER, "Why"), by=disa, at=ONE, cause="t")
        return ask(case, disa, at=ONE, cause=f"a:{number}")

    raced = race(3, judge)

    assert refusals(raced) == 2
    case.refresh_from_db()
    assert (case.state, TriageDecision.objects.count()) in {(State.CLOSED, 1), (State.WAITING, 1)}
    sound(case)


def test_t2_objected_to_by_two_at_once_there_is_one_objection(scene):
    _cast, acme, disa = scene
    task = a_task_from_case(acme, disa)
    people = [acme.requester, acme.approver]
    decision = TriageDecision.objects.get(delivery_task=task)

    raced = race(4, lambda number: objections.object_to(decision, reason="It is", by=people[number % 2], at=ONE))

    assert refusals(raced) == 3
    assert (task.events.filter(kind="objected").count(), task.case.events.filter(kind="called_support").count()) == (1, 1)


def test_t2_decided_both_ways_at_once_one_decision_stands_whole(scene):
    cast, acme, disa = scene
    task = a_task_from_case(acme, disa)
    decision = TriageDecision.objects.get(delivery_task=task)
    objections.object_to(decision, reason="It is", by=acme.requester, at=ONE)

    raced = race(4, lambda number: objections.decide(decision, upheld=bool(number % 2), reason="So", by=cast.max, at=TWO))

    task.refresh_from_db()
    task.case.refresh_from_db()
    decision.refresh_from_db()
    assert refusals(raced) == 3
    standing = (decision.upheld, task.state, task.case.state)
    assert standing in {(True, TaskState.ESTIMATING, State.CLOSED), (False, TaskState.WITHDRAWN, State.OPEN)}
    sound(task.case)


def test_t2_decided_and_given_up_by_accepting_at_once_one_of_both_and_nobody_waits_for_ever(scene):
    cast, acme, disa = scene
    task = a_task_from_case(acme, disa)
    decision = TriageDecision.objects.get(delivery_task=task)
    objections.object_to(decision, reason="It is", by=acme.requester, at=ONE)

    def act(number):
        if number % 2:
            return objections.decide(decision, upheld=False, reason="So", by=cast.max, at=TWO)
        with transaction.atomic():
            held = life.locked(task)
            life.require(held, TaskState.ESTIMATING)
            return objections.end_by_accepting(held, by=acme.approver, at=TWO)

    raced = race(4, act)

    refusals(raced)
    task.refresh_from_db()
    task.case.refresh_from_db()
    decision.refresh_from_db()
    either: set[tuple[bool | None, str]] = {(True, State.CLOSED), (False, State.OPEN)}
    assert (decision.upheld, task.case.state) in either
    assert task.events.filter(kind="objection_decided").count() == 1
    sound(task.case)


def test_t3_agreed_and_refused_at_once_is_one_of_both(scene):
    _cast, acme, disa = scene
    case = a_case(acme)
    question = ask(case, disa)
    before = Notice.objects.count()

    raced = race(4, lambda number: server_support.answer_credit(question, agreed=bool(number % 2), by=acme.approver, at=ONE))

    question.refresh_from_db()
    assert refusals(raced) == 2
    assert {decision.agreed for decision in raced.results} == {question.agreed}
    assert case.events.filter(kind__in=["credit_agreed", "credit_refused"]).count() == 1
    assert (triage.question(case), Notice.objects.count()) == (None, before + 1)
    sound(case)
