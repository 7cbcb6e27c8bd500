"""Two account managers at the same moment, with real connections, on both databases (rule D1)."""

import pytest

from clients.models import StaffDuty
from delivery import life, review
from delivery.models import Estimate, EstimateApproval, EstimateDocument, EstimateState, TaskEventKind
from notices.models import Notice
from tests.cast import NOON, a_colleague
from tests.delivery.reviewing import handed_in, limits
from tests.delivery.scene import delivery_terms
from tests.racing import race

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def managers(cast, acme):
    delivery_terms()
    deputy = a_colleague("Dan", StaffDuty.ACCOUNT_MANAGER)
    acme.organisation.deputy_manager = deputy
    acme.organisation.save()
    return [cast.max, deputy]


def test_d1_two_managers_approve_at_once_and_the_client_gets_it_once(cast, acme, managers):
    estimate = handed_in(cast, acme)

    outcome = race(2, lambda number: review.approve(estimate, by=managers[number], at=NOON))

    assert outcome.most_inside == 2
    assert len(outcome.results) == 1
    assert [type(error) for error in outcome.errors] == [life.EstimateMovedOn]
    assert (EstimateApproval.objects.count(), EstimateDocument.objects.count()) == (1, 2)
    assert estimate.task.events.filter(kind=TaskEventKind.OFFERED).count() == 1
    assert Notice.objects.filter(address=acme.approver.email, subject__contains="for you to answer").count() == 1


def test_d1_where_it_takes_two_both_approve_at_once_and_it_is_complete(cast, acme, managers):
    limits(cast.max, second_above=1)
    estimate = handed_in(cast, acme)

    outcome = race(2, lambda number: review.approve(estimate, by=managers[number], at=NOON))

    assert (outcome.most_inside, outcome.errors) == (2, [])
    assert Estimate.objects.get().state == EstimateState.OFFERED
    assert (EstimateApproval.objects.count(), EstimateDocument.objects.count()) == (2, 2)


def test_d1_one_approves_while_the_other_gives_it_back_and_one_of_them_is_told(cast, acme, managers):
    estimate = handed_in(cast, acme)
    acts = [
        lambda: review.approve(estimate, by=managers[0], at=NOON),
        lambda: review.give_back(estimate, reason="Not yet", by=managers[1], at=NOON),
    ]

    outcome = race(2, lambda number: acts[number]())

    assert outcome.most_inside == 2
    assert [type(error) for error in outcome.errors] == [life.EstimateMovedOn]
    current = Estimate.objects.get()
    approved = current.state == EstimateState.OFFERED
    assert current.state in (EstimateState.OFFERED, EstimateState.DRAFT)
    assert (EstimateApproval.objects.exists(), EstimateDocument.objects.exists()) == (approved, approved)
    assert Notice.objects.filter(address=acme.approver.email).exists() == approved
