"""Corners of withdrawing a task: what the client never had, what is invoiced already, what they object to (rules T2, D1, D5)."""

from decimal import Decimal

import pytest

from cases.models import TriageDecision
from cases.triage import ObjectionWaits
from delivery import milestones, objections, withdrawing
from delivery.audit import audit
from delivery.estimates import Step
from delivery.models import Basis, EstimateState, Milestone, TaskState
from delivery.withdrawing import PartInvoiced
from tests.cases.opened import a_dispatcher, a_plan, bind
from tests.cast import NOON
from tests.delivery.scene import a_draft, a_task, a_task_from_case, an_accepted, an_offered, delivery_terms
from tests.journeys.belongings import browser_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _terms(acme):
    delivery_terms()


def withdraw(task, by):
    return withdrawing.withdraw(task, reason="The client thought again", by=by, at=NOON)


def test_d1_the_sum_of_a_draft_stays_unknown_to_the_client_when_its_task_is_withdrawn(cast, acme):
    tessa = cast.tessa.person
    draft = a_draft(a_task(acme, tessa), tessa)

    withdraw(draft.task, cast.max)

    page, desk = (
        browser_of(person).get(f"{where}/delivery/{draft.task_id}/") for person, where in ((acme.approver, ""), (cast.max, "/desk"))
    )
    draft.refresh_from_db()
    assert draft.state == EstimateState.WITHDRAWN
    assert "24" in desk.content.decode()
    assert draft.task.events.get(kind="taken_back").internal
    assert not [event for event in page.context["done_timeline"] if event.kind == "taken_back"]


def test_d1_an_estimate_that_the_client_had_is_told_to_be_taken_back(cast, acme):
    offered = an_offered(a_task(acme, cast.tessa.person), cast.tessa.person, cast.max)

    withdraw(offered.task, cast.max)

    assert not offered.task.events.get(kind="taken_back").internal


def test_d5_a_task_of_which_a_part_is_invoiced_is_not_withdrawn(cast, acme):
    steps = [Step("Ordered", Decimal(8000)), Step("Done", Decimal(16000))]
    task = an_accepted(acme, cast.tessa.person, cast.max, basis=Basis.FIXED, milestones=steps)
    milestones.reach_milestone(Milestone.objects.get(title="Ordered"), by=cast.max, at=NOON)

    with pytest.raises(PartInvoiced):
        withdraw(task, cast.max)

    task.refresh_from_db()
    assert (task.state, task.billables.get().net) == (TaskState.READY, Decimal(8000))
    assert f"/desk/delivery/{task.pk}/withdrawal/" not in browser_of(cast.max).get(f"/desk/delivery/{task.pk}/").content.decode()
    assert [str(finding) for finding in audit().findings] == []


def test_t2_a_task_whose_objection_waits_is_not_withdrawn_from_under_it(cast, acme):
    bind(acme, a_plan())
    task = a_task_from_case(acme, a_dispatcher())
    judged = TriageDecision.objects.get()
    objections.object_to(judged, reason="It worked before", by=acme.requester, at=NOON)

    with pytest.raises(ObjectionWaits):
        withdraw(task, cast.max)

    objections.decide(judged, upheld=False, reason="It is support", by=cast.max, at=NOON)
    task.refresh_from_db()
    assert task.state == TaskState.WITHDRAWN
