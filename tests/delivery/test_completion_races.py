"""Many at once on what is done, with real threads and connections (rules D5, D6, D7)."""

from decimal import Decimal

import pytest

from clients.models import AgreedService, Deployment
from core.errors import DomainError
from delivery import billing, completion, handover, milestones, tasks
from delivery.completion import FaultSaid
from delivery.estimates import Step
from delivery.models import Basis, BillableKind, Milestone, TaskState
from notices.models import Notice
from tests.cast import NOON, a_client, a_provider, at_stockholm
from tests.delivery.scene import a_task, a_working, an_offered, delivery_terms
from tests.delivery.working import a_done, credit_of, pays_with_credit, use
from tests.racing import race

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
DUE = at_stockholm(2026, 12, 2, 12)


@pytest.fixture
def scene(transactional_db):
    """A task in work at a fixed price of 24 000, in two milestones; silence accepts."""
    cast = a_provider()
    acme = a_client(cast)
    delivery_terms(silence_accepts=True)
    steps = [Step("Half", Decimal(12000)), Step("All", Decimal(12000))]
    return cast, acme, a_working(cast, acme, basis=Basis.FIXED, milestones=steps)


def refused(raced):
    assert [error for error in raced.errors if not isinstance(error, DomainError)] == []
    assert raced.most_inside > 1
    return len(raced.errors)


def test_d5_accepted_by_many_at_once_it_is_billed_once(scene):
    cast, acme, task = scene
    done = a_done(task, cast.max)

    raced = race(4, lambda _number: completion.accept(done, by=acme.approver, at=NOON))

    assert refused(raced) == 3
    assert [(row.kind, row.net) for row in task.billables.all()] == [(BillableKind.COMPLETION, Decimal(24000))]
    assert task.events.filter(kind="completed").count() == 1


def test_d5_accepted_while_faults_are_listed_is_one_of_both(scene):
    cast, acme, task = scene
    done = a_done(task, cast.max)

    def answer(number):
        if number % 2:
            return completion.accept(done, by=acme.approver, at=NOON)
        return completion.list_faults(done, faults=[FaultSaid("Wrong", Decimal(4000))], by=acme.approver, at=NOON)

    raced = race(4, answer)

    task.refresh_from_db()
    assert refused(raced) == 3
    outcome = (task.state, billing.billed_net(task), task.faults.count())
    assert outcome in {(TaskState.ACCEPTED, Decimal(24000), 0), (TaskState.WORKING, Decimal(20000), 1)}


def test_d5_accepted_while_silence_accepts_it_is_accepted_once(scene):
    cast, acme, task = scene
    done = a_done(task, cast.max)

    raced = race(4, lambda number: completion.lapse_due(DUE) if number % 2 else completion.accept(done, by=acme.approver, at=DUE))

    assert refused(raced) >= 1
    assert task.events.filter(kind="completed").count() == 1
    assert billing.billed_net(task) == Decimal(24000)


def test_d5_a_milestone_that_many_reach_at_once_is_billed_once(scene):
    cast, _acme, task = scene
    half = Milestone.objects.get(title="Half")

    raced = race(4, lambda _number: milestones.reach_milestone(half, by=cast.max, at=NOON))

    assert refused(raced) == 3
    assert [(row.milestone, row.net) for row in task.billables.all()] == [(half, Decimal(12000))]
    assert Notice.objects.filter(subject__contains="Milestone reached").count() == 1


def test_d5_told_to_be_done_by_many_at_once_it_is_told_once(scene):
    cast, _acme, task = scene

    raced = race(4, lambda _number: a_done(task, cast.max))

    assert refused(raced) == 3
    assert task.completions.count() == 1


def test_d5_a_fault_that_many_mend_at_once_is_mended_once(scene):
    cast, acme, task = scene
    (fault,) = completion.list_faults(a_done(task, cast.max), faults=[FaultSaid("Wrong")], by=acme.approver, at=NOON)

    raced = race(4, lambda number: completion.mend(fault, how=f"Way {number}", by=cast.max, at=NOON))

    assert refused(raced) == 3
    assert task.events.filter(kind="mended").count() == 1


def test_d5_jobs_in_parallel_remind_once(scene):
    cast, _acme, task = scene
    a_done(task, cast.max)

    raced = race(4, lambda _number: completion.remind_due(at_stockholm(2026, 11, 25, 12)))

    assert refused(raced) == 0
    assert task.events.filter(kind="reminded").count() == 1


def test_d6_accepted_by_many_at_once_the_credit_is_used_once(scene):
    cast, acme, _task = scene
    credit_of(acme, 2400)
    offered = an_offered(a_task(acme, cast.max), cast.tessa.person, cast.max, basis=Basis.CEILING, credit_price_per_hour=Decimal(1200))
    task, _hold = pays_with_credit(offered, acme)
    tasks.begin(task, by=cast.tessa.person, at=NOON)
    use(task, 6000)
    done = a_done(task, cast.max)

    raced = race(4, lambda _number: completion.accept(done, by=acme.approver, at=NOON))

    acme.account.refresh_from_db()
    assert refused(raced) == 3
    assert (acme.account.available_minutes, acme.account.held_minutes) == (2400 - 300, 0)
    assert not task.billables.exists()


def test_d7_a_delivery_that_many_hand_over_at_once_is_one_service(scene):
    cast, acme, task = scene
    completion.accept(a_done(task, cast.max), by=acme.approver, at=NOON)

    def agree(number):
        return handover.agree_service(task, name=f"Service {number}", description="", deployment=Deployment.HOSTED, by=cast.max, at=NOON)

    raced = race(4, agree)

    assert refused(raced) == 3
    assert AgreedService.objects.count() == 1
