"""A task is withdrawn before work begins, and all that waits for it goes with it (rules D2, D6)."""

from decimal import Decimal

import pytest

from core.errors import NotAllowed
from core.reasons import ReasonMissing
from credits.ledger import HoldState
from delivery import answerable, life, tasks, withdrawing
from delivery.audit import audit
from delivery.models import EstimateState, TaskState
from notices.models import Notice
from tests.cast import NOON
from tests.delivery.answering import on_credit, yes
from tests.delivery.scene import a_draft, a_task, an_accepted, an_offered, delivery_terms
from tests.delivery.working import credit_of
from tests.journeys.belongings import browser_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def terms(acme):
    return delivery_terms(credit_price_per_hour=Decimal(1200))


def withdraw(task, by, reason="The client thought again"):
    return withdrawing.withdraw(task, reason=reason, by=by, at=NOON)


@pytest.mark.parametrize("stage", [a_task, lambda acme, tessa: a_draft(a_task(acme, tessa), tessa).task])
def test_d2_a_task_that_is_not_begun_is_withdrawn_and_everybody_told(cast, acme, terms, stage):
    task = withdraw(stage(acme, cast.tessa.person), cast.max)

    assert (task.state, task.closed_at) == (TaskState.WITHDRAWN, NOON)
    assert not task.estimates.exclude(state=EstimateState.WITHDRAWN).exists()
    told = set(Notice.objects.filter(subject__startswith="Withdrawn").values_list("address", flat=True))
    assert {acme.requester.email, acme.approver.email} <= told
    assert cast.max.email not in told


def test_d2_what_the_client_has_cannot_be_accepted_any_more(cast, acme, terms):
    estimate = an_offered(a_task(acme, cast.tessa.person), cast.tessa.person, cast.max)

    withdraw(estimate.task, cast.max)

    with pytest.raises(answerable.EstimateTakenBack):
        yes(estimate, acme.approver)


def test_d6_credit_that_was_held_for_it_is_free_again(cast, acme, terms):
    credit_of(acme, 2000)
    estimate = an_offered(a_task(acme, cast.tessa.person), cast.tessa.person, cast.max, credit_price_per_hour=Decimal(1200))
    yes(estimate, acme.approver, **on_credit(acme.account, 1200))
    acme.account.refresh_from_db()
    assert acme.account.available_minutes == 800

    withdraw(estimate.task, cast.max)

    acme.account.refresh_from_db()
    assert (acme.account.available_minutes, acme.account.held_minutes) == (2000, 0)
    assert acme.account.holds.get().state == HoldState.VOIDED
    assert [str(finding) for finding in audit().findings] == []


def test_d2_what_is_begun_or_withdrawn_is_not_withdrawn(cast, acme, terms):
    begun = tasks.begin(an_accepted(acme, cast.tessa.person, cast.max), by=cast.tessa.person, at=NOON)
    gone = withdraw(a_task(acme, cast.tessa.person), cast.max)

    for task in (begun, gone):
        with pytest.raises(life.TaskMovedOn):
            withdraw(task, cast.max)
    with pytest.raises(ReasonMissing):
        withdraw(a_task(acme, cast.tessa.person), cast.max, reason=" ")


def test_d2_only_the_clients_account_manager_withdraws(cast, acme, borealis, terms):
    task = a_task(acme, cast.tessa.person)

    for person in (acme.approver, acme.requester, borealis.approver, cast.tessa.person, cast.fia, cast.ada):
        with pytest.raises(NotAllowed):
            withdraw(task, person)

    task.refresh_from_db()
    assert task.state == TaskState.ESTIMATING


def test_d2_it_is_withdrawn_on_a_page_that_says_what_follows(cast, acme, terms):
    task = a_task(acme, cast.tessa.person)
    max_, page = browser_of(cast.max), f"/desk/delivery/{task.pk}/withdrawal/"

    assert "credit held for it is free again" in max_.get(page).content.decode()
    assert page in max_.get(f"/desk/delivery/{task.pk}/").content.decode()
    assert browser_of(cast.tessa.person).get(page).status_code == 403
    assert browser_of(acme.approver).get(page).status_code == 404
    assert max_.post(page, {"reason": "Not needed"}).status_code == 302
    task.refresh_from_db()
    assert task.state == TaskState.WITHDRAWN
