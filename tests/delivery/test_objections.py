"""The client objects to delivery, once, while nothing of the cost is accepted; somebody else than the judge decides (rule T2)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from cases import replay, triage
from cases.models import ClosedAs, DeliveryGround, State, TriageDecision
from cases.triage import DecidesOnOwnJudgement, Judgement, NothingToObjectTo, ObjectionDecided, ObjectionWaits
from clients.models import StaffDuty
from core.errors import NotAllowed
from core.reasons import ReasonMissing, ReasonTooLong
from delivery import acceptance, estimates, life, objections, tasks
from delivery.models import DeliveryTask, EstimateState, TaskState
from notices.models import Notice
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cast import NOON, a_colleague
from tests.delivery.answering import by_phone, yes
from tests.delivery.scene import a_draft, a_task, a_task_from_case, accept, an_offered, delivery_terms

pytestmark = pytest.mark.django_db
ONE, TWO, THREE = (NOON + timedelta(hours=number) for number in (1, 2, 3))
ROLES = ["requester", "approver", "stranger", "technician", "judge", "dispatcher", "manager", "deputy", "finance", "administrator"]


@pytest.fixture
def disa(acme):
    """Who judges. The solution is due seven hours after the report, which is eight hours after NOON's eleven."""
    delivery_terms()
    bind(acme, a_plan(solution={3: 240}))
    return a_dispatcher()


@pytest.fixture
def task(acme, disa):
    return a_task_from_case(acme, disa)


def object_to(task, by, *, at=ONE, reason="It worked yesterday"):
    return objections.object_to(task.decision, reason=reason, by=by, at=at)


def decide(task, by, *, upheld, at=TWO, reason="Because it is so"):
    return objections.decide(task.decision, upheld=upheld, reason=reason, by=by, at=at)


def trace(task):
    return [(event.kind, event.by, event.reason) for event in task.events.order_by("pk")]


def objected(task):
    return TriageDecision.objects.get(delivery_task=task).objected_at


def agrees(case):
    return [str(found) for found in replay.differences(case)] == []


def test_t2_the_objection_stands_in_the_task_and_in_the_case(cast, acme, disa, task):
    object_to(task, acme.requester)

    task.refresh_from_db()
    assert (task.state, objected(task)) == (TaskState.ESTIMATING, ONE)
    assert trace(task)[1:] == [("objected", acme.requester, "It worked yesterday")]
    assert task.case.events.get(kind="called_support").reason == "It worked yesterday"
    assert [notice.person for notice in Notice.objects.filter(subject__contains="the client objects")] == [cast.max]


def test_t2_upheld_the_task_goes_on(cast, acme, disa, task):
    object_to(task, acme.requester)

    decide(task, cast.max, upheld=True)

    task.refresh_from_db()
    task.case.refresh_from_db()
    assert (task.state, task.case.state, task.case.closed_as) == (TaskState.ESTIMATING, State.CLOSED, ClosedAs.DELIVERY)
    assert trace(task)[-1] == ("objection_decided", cast.max, "Because it is so")
    assert a_draft(task, cast.tessa.person, at=THREE).state == EstimateState.DRAFT


def test_t2_not_upheld_task_and_estimate_are_withdrawn_and_the_case_is_support_again(cast, acme, disa, task):
    offered = an_offered(task, cast.tessa.person, cast.max)
    object_to(task, acme.approver)

    decide(task, cast.max, upheld=False)

    task.refresh_from_db()
    offered.refresh_from_db()
    task.case.refresh_from_db()
    assert (task.state, task.closed_at, offered.state, offered.closed_by) == (TaskState.WITHDRAWN, TWO, EstimateState.WITHDRAWN, cast.max)
    assert (offered.closing_reason, task.case.state) == ("Because it is so", State.OPEN)
    assert [kind for kind, _by, _reason in trace(task)[-3:]] == ["objection_decided", "taken_back", "withdrawn"]
    assert agrees(task.case)


def test_t2_the_deadline_that_passed_while_the_case_was_closed_is_missed(cast, acme, disa, task):
    object_to(task, acme.requester)

    decide(task, cast.max, upheld=False, at=NOON + timedelta(hours=20))

    clock = task.case.clocks.get(kind="solution", met_at=None, ended_at=None)
    assert (clock.due_at, clock.breached_at) == (THREE, THREE)
    assert agrees(task.case)


@pytest.mark.parametrize("state", ["draft", "reviewing", "offered"])
def test_t2_a_live_estimate_is_withdrawn_whatever_its_state(cast, acme, disa, task, state):
    estimate = an_offered(task, cast.tessa.person, cast.max) if state == "offered" else a_draft(task, cast.tessa.person)
    if state == "reviewing":
        estimates.submit(estimate, by=cast.tessa.person, at=NOON)
    object_to(task, acme.requester)

    decide(task, cast.max, upheld=False)

    estimate.refresh_from_db()
    task.refresh_from_db()
    assert (estimate.state, task.state) == (EstimateState.WITHDRAWN, TaskState.WITHDRAWN)


def test_t2_after_the_client_has_declined_the_case_can_still_come_back(cast, acme, disa, task):
    estimate = an_offered(task, cast.tessa.person, cast.max)
    life.step_estimate(estimate, to=EstimateState.DECLINED, closed_at=NOON, closed_by=acme.approver)
    life.step(estimate.task, to=TaskState.DECLINED, at=NOON)
    object_to(task, acme.requester)

    decide(task, cast.max, upheld=False)

    task.refresh_from_db()
    task.case.refresh_from_db()
    assert (task.state, task.closed_at, task.case.state) == (TaskState.DECLINED, NOON, State.OPEN)
    assert agrees(task.case)


def test_t2_what_is_accepted_cannot_be_objected_to(cast, acme, disa, task):
    accept(an_offered(task, cast.tessa.person, cast.max), acme)

    with pytest.raises(NothingToObjectTo):
        object_to(task, acme.requester)

    assert objected(task) is None


def test_t2_what_is_free_or_withdrawn_cannot_be_objected_to(cast, acme, disa, task):
    tasks.hand_over_free(task, by=cast.max, at=NOON, reason="A favour")

    with pytest.raises(NothingToObjectTo):
        object_to(task, acme.requester)

    assert objected(task) is None


def test_t2_accepting_the_cost_is_agreeing_and_gives_the_objection_up(cast, acme, disa, task):
    estimate = an_offered(task, cast.tessa.person, cast.max)
    object_to(task, acme.requester)
    accepted = accept(estimate, acme, at=ONE)

    assert objections.end_by_accepting(accepted, by=acme.approver, at=ONE) is True
    assert objections.end_by_accepting(accepted, by=acme.approver, at=ONE) is False

    decision = TriageDecision.objects.get(delivery_task=task)
    assert (decision.upheld, decision.settled_by, decision.settled_at) == (True, acme.approver, ONE)
    assert task.events.get(kind="objection_decided").facts == {"upheld": True, "accepted": True}
    with pytest.raises(ObjectionDecided):
        decide(task, cast.max, upheld=False)


def test_t2_accepting_by_page_or_recorded_gives_the_objection_up_whoever_judged(cast, acme, disa):
    judged_by_max = a_task_from_case(acme, cast.max)
    for task, accept_it in (
        (a_task_from_case(acme, disa), lambda estimate: yes(estimate, acme.approver, at=TWO)),
        (judged_by_max, lambda estimate: acceptance.record(estimate, by_phone(acme.approver, said_at=ONE), by=cast.max, at=TWO)),
    ):
        object_to(task, acme.requester)
        accept_it(an_offered(task, cast.tessa.person, cast.max))

        task.refresh_from_db()
        decision = TriageDecision.objects.get(delivery_task=task)
        assert (task.state, decision.upheld, decision.settled_by) == (TaskState.READY, True, acme.approver)


def test_t2_without_an_objection_accepting_ends_none(cast, acme, disa, task):
    assert objections.end_by_accepting(task, by=acme.approver, at=ONE) is False
    assert objections.end_by_accepting(a_task(acme, cast.tessa.person), by=acme.approver, at=ONE) is False


def test_t2_while_an_objection_waits_the_cost_is_estimated_but_nothing_is_handed_over_free(cast, acme, disa, task):
    object_to(task, acme.requester)

    with pytest.raises(ObjectionWaits):
        tasks.hand_over_free(task, by=cast.max, at=TWO, reason="A favour")

    task.refresh_from_db()
    assert task.state == TaskState.ESTIMATING
    assert an_offered(task, cast.tessa.person, cast.max, at=TWO).state == EstimateState.OFFERED


def test_t2_once(cast, acme, disa, task):
    object_to(task, acme.requester)

    with pytest.raises(NothingToObjectTo):
        object_to(task, acme.approver)
    decide(task, cast.max, upheld=True)
    with pytest.raises(NothingToObjectTo):
        object_to(task, acme.requester, at=THREE)
    with pytest.raises(ObjectionDecided):
        decide(task, cast.max, upheld=False, at=THREE)

    assert [kind for kind, _by, _reason in trace(task)] == ["opened", "objected", "objection_decided"]


def test_t2_refusals_change_nothing(cast, acme, borealis, disa, task):
    for refused, act in (
        (ReasonMissing, lambda: object_to(task, acme.requester, reason=" ")),
        (ReasonTooLong, lambda: object_to(task, acme.requester, reason="x" * 501)),
        (NotAllowed, lambda: object_to(task, borealis.approver)),
        (NotAllowed, lambda: object_to(task, disa)),
        (ObjectionDecided, lambda: decide(task, cast.max, upheld=False)),
    ):
        with pytest.raises(refused):
            act()

    assert (objected(task), len(trace(task))) == (None, 1)


def test_t2_an_error_half_way_leaves_nothing(cast, acme, disa, task):
    estimate = an_offered(task, cast.tessa.person, cast.max)
    object_to(task, acme.requester)
    DeliveryTask.objects.filter(pk=task.pk).update(state=TaskState.READY, accepted_net=1)  # as if somebody had written past the verbs
    before = task.case.events.count(), len(trace(task)), Notice.objects.count()
    DeliveryTask.objects.filter(pk=task.pk).update(state=TaskState.DONE)

    with pytest.raises(life.TaskMovedOn):
        decide(task, cast.max, upheld=False)

    task.case.refresh_from_db()
    estimate.refresh_from_db()
    decision = TriageDecision.objects.get(delivery_task=task)
    assert (task.case.state, decision.settled_at, estimate.state) == (State.CLOSED, None, EstimateState.OFFERED)
    assert (task.case.events.count(), len(trace(task)), Notice.objects.count()) == before


def test_t2_an_error_half_way_through_the_judgement_leaves_no_task_and_an_open_case(acme, disa):
    case = a_case(acme)
    before = case.events.count(), Notice.objects.count()
    columns = {"organisation": acme.organisation, "title": "Theirs already", "currency": "SEK", "opened_at": NOON, "opened_by": disa}
    DeliveryTask.objects.create(case=case, cause="other", mail_token="x", **columns)  # the database refuses a second one

    with pytest.raises(IntegrityError), transaction.atomic():
        tasks.open_from_case(case=case, judgement=Judgement(DeliveryGround.OTHER, "Why"), by=disa, at=ONE, cause="t")

    case.refresh_from_db()
    assert (case.state, case.messages.count(), TriageDecision.objects.count()) == (State.NEW, 1, 0)
    assert (case.events.count(), Notice.objects.count()) == before
    assert DeliveryTask.objects.count() == 1


@pytest.mark.parametrize("who", ROLES)
def test_t2_who_objects_and_who_decides(cast, acme, borealis, disa, task, who):
    acme.organisation.deputy_manager = a_colleague("Dag", StaffDuty.ACCOUNT_MANAGER)
    acme.organisation.save()
    people = {"requester": acme.requester, "approver": acme.approver, "stranger": borealis.approver, "technician": cast.tessa.person}
    people |= {"judge": disa, "dispatcher": a_dispatcher("Dora"), "manager": cast.max, "deputy": acme.organisation.deputy_manager}
    person = (people | {"finance": cast.fia, "administrator": cast.ada})[who]

    if who in ("requester", "approver"):
        assert object_to(task, person) == task
    else:
        with pytest.raises(NotAllowed):
            object_to(task, person)
        object_to(task, acme.requester)
    if who in ("dispatcher", "manager", "deputy"):
        assert decide(task, person, upheld=True) == task
    else:
        with pytest.raises(DecidesOnOwnJudgement if who == "judge" else NotAllowed):
            decide(task, person, upheld=True)


def test_t2_the_same_form_judges_once(acme, disa):
    case = a_case(acme)
    judgement = Judgement(DeliveryGround.OTHER, "Why")

    first = tasks.open_from_case(case=case, judgement=judgement, by=disa, at=ONE, cause="t")

    assert tasks.open_from_case(case=case, judgement=judgement, by=disa, at=TWO, cause="t") == first
    assert triage.latest(case) == first.decision
    assert TriageDecision.objects.count() == 1
