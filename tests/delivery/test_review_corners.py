"""Corners of an estimate that passes by itself: what comes between handing in and passing (rule D1)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from delivery import expiry
from delivery.models import DeliveryTask, EstimateState, ManagerLimit, TaskState
from notices.models import Notice
from tests.cast import NOON
from tests.delivery.reviewing import handed_in, limits
from tests.delivery.scene import delivery_terms

pytestmark = pytest.mark.django_db
SOON, LATER = NOON + timedelta(minutes=1), NOON + timedelta(minutes=10)


@pytest.fixture(autouse=True)
def _terms(cast):
    delivery_terms()


@pytest.fixture
def stopped(cast, acme):
    """An estimate that was handed in and would pass by itself, when the server stopped: nobody has been told of it."""
    estimate = handed_in(cast, acme)
    Notice.objects.all().delete()
    limits(cast.max, passes_below=50_000)
    return estimate


def asked():
    return {notice.address for notice in Notice.objects.filter(subject__contains="waits for your approval")}


def test_d1_what_was_handed_in_when_the_server_stopped_passes_soon_after(cast, acme, stopped):
    assert [expiry.let_pass_due(at) for at in (SOON, LATER, LATER)] == [0, 1, 0]

    stopped.refresh_from_db()
    assert (stopped.state, stopped.offered_at, asked()) == (EstimateState.OFFERED, LATER, set())
    assert DeliveryTask.objects.get().state == TaskState.OFFERED


def test_d1_where_it_does_not_pass_any_more_the_account_manager_is_asked(cast, acme, stopped):
    ManagerLimit.objects.update(passes_below=Decimal(100))

    assert [expiry.let_pass_due(at) for at in (SOON, LATER, LATER)] == [0, 1, 0]

    stopped.refresh_from_db()
    assert (stopped.state, asked()) == (EstimateState.REVIEWING, {cast.max.email})


def test_d1_what_somebody_reviews_already_does_not_pass_by_a_limit_chosen_since(cast, acme):
    estimate = handed_in(cast, acme)
    limits(cast.max, passes_below=50_000)

    assert expiry.let_pass_due(LATER) == 0

    estimate.refresh_from_db()
    assert (estimate.state, asked()) == (EstimateState.REVIEWING, {cast.max.email})
