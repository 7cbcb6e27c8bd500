"""A delivery task from case to work, by the verbs and rows that other tests begin with (rules T2, D1, D2)."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from cases.models import ClosedAs, State
from delivery.models import DeliveryTask, Estimate, EstimateLine, EstimateState, TaskState
from tests.cases.opened import a_dispatcher, a_plan, bind
from tests.delivery.scene import a_draft, a_task, a_task_from_case, a_working, an_offered, delivery_terms

pytestmark = pytest.mark.django_db


@pytest.fixture
def terms(acme):
    return delivery_terms()


def test_t2_a_case_that_is_delivery_is_closed_and_becomes_a_task_linked_both_ways(acme, terms):
    bind(acme, a_plan())

    task = a_task_from_case(acme, a_dispatcher())

    case = task.case
    assert (case.state, case.closed_as) == (State.CLOSED, ClosedAs.DELIVERY)
    assert case.events.get(kind="became_delivery").facts["task"] == task.pk
    assert (task.state, task.title, task.contact) == (TaskState.ESTIMATING, case.subject, case.reporter)
    assert task.decision.way == "delivery"
    assert case.messages.order_by("pk").last().text == task.decision.reason


def test_d1_lines_of_an_estimate_that_was_handed_in_are_frozen_in_the_database(cast, acme, terms):
    estimate = an_offered(a_task(acme, cast.tessa.person), cast.tessa.person, cast.max)

    for change in (
        lambda: EstimateLine.objects.update(quantity=1),
        lambda: EstimateLine.objects.all().delete(),
        lambda: Estimate.objects.update(net=1, total=1, vat=0),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()

    assert (estimate.net, estimate.vat, estimate.total) == (Decimal(24000), Decimal(6000), Decimal(30000))


def test_d3_no_task_uses_more_than_is_accepted_whoever_writes(cast, acme, terms):
    task = a_working(cast, acme)

    with pytest.raises(IntegrityError), transaction.atomic():
        DeliveryTask.objects.filter(pk=task.pk).update(used_net=Decimal("24000.01"))

    task.refresh_from_db()
    assert (task.state, task.accepted_net, task.workable_net) == (TaskState.WORKING, Decimal(24000), Decimal(24000))


def test_d1_one_estimate_at_a_time(cast, acme, terms):
    task = a_task(acme, cast.tessa.person)
    draft = a_draft(task, cast.tessa.person)

    with pytest.raises(IntegrityError), transaction.atomic():
        Estimate.objects.bulk_create(
            [Estimate(task=task, number=2, cause="another", currency="SEK", prepared_at=draft.prepared_at, prepared_by=cast.max)]
        )

    assert draft.state == EstimateState.DRAFT
