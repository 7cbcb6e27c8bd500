"""Corners of objections: what is said of a task that goes on no more (rules T2, D2)."""

from datetime import timedelta

import pytest

from delivery import acceptance, objections
from delivery.models import TaskState
from notices.models import Notice
from tests.cases.opened import a_dispatcher, a_plan, bind
from tests.cast import NOON
from tests.delivery.scene import a_task_from_case, an_offered, delivery_terms

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def task(acme):
    delivery_terms()
    bind(acme, a_plan())
    return a_task_from_case(acme, a_dispatcher())


def upheld(cast, acme, task):
    """The client objects, and Max upholds the judgement: what the client and ours read of it."""
    objections.object_to(task.decision, reason="It worked before", by=acme.requester, at=NOON)
    decided = objections.decide(task.decision, upheld=True, reason="It never did", by=cast.max, at=LATER)
    told = Notice.objects.filter(written_at=LATER)
    return decided, " ".join(" ".join(told.values_list("body", flat=True)).split())


def test_t2_a_task_whose_cost_was_declined_is_not_said_to_go_on(cast, acme, task):
    estimate = an_offered(task, cast.tessa.person, cast.max)
    acceptance.decline(estimate, "Too dear", by=acme.approver, at=NOON)

    decided, said = upheld(cast, acme, task)

    assert decided.state == TaskState.DECLINED
    assert "agrees with" in said
    assert "goes on" not in said
    assert "The delivery task stays closed" in said


def test_t2_a_task_that_is_open_goes_on(cast, acme, task):
    decided, said = upheld(cast, acme, task)

    assert decided.state == TaskState.ESTIMATING
    assert "The delivery task goes on, and nothing costs anything before you have accepted an estimate." in said
