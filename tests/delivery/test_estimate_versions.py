"""What was handed in or sent is taken back, or followed by a new version, each by who may (rules D1 to D3)."""

from decimal import Decimal

import pytest

from clients.vat import Treatment
from core.errors import NotAllowed
from core.reasons import ReasonMissing
from delivery import contents, estimates, life
from delivery.estimates import Line
from delivery.models import Estimate, EstimateKind, EstimateState, LineKind, TaskEventKind, TaskState
from notices.models import Notice
from tests.cast import NOON
from tests.delivery.reviewing import ALL_KINDS, TWO_STEPS, handed_in
from tests.delivery.scene import a_draft, a_task, a_working, an_offered, delivery_terms

pytestmark = pytest.mark.django_db
FIVE_HOURS = Line(LineKind.HOURS, "More of it", Decimal(5), Decimal(1200))


@pytest.fixture(autouse=True)
def terms(cast):
    return delivery_terms()


@pytest.fixture
def tessa(cast):
    return cast.tessa.person


@pytest.fixture
def task(acme, tessa):
    return a_task(acme, tessa)


def state_of(estimate):
    return Estimate.objects.get(pk=estimate.pk).state


def mailed(task, subject):
    """Who was told of something, by the start of the subject."""
    found = Notice.objects.filter(cause__startswith=f"task:{task.pk}:", subject__startswith=subject)
    return sorted(found.values_list("address", flat=True))


def test_d1_a_rate_that_followed_from_the_buyer_is_found_anew_in_the_next_version(cast, acme, tessa):
    acme.organisation.country = "NO"
    acme.organisation.save()
    estimate = handed_in(cast, acme)
    estimates.withdraw(estimate, reason="They are Swedish", by=cast.max, at=NOON)
    acme.organisation.country = "SE"
    acme.organisation.save()

    revised = estimates.revise(estimate, by=tessa, at=NOON, cause="again")

    assert (revised.vat_treatment, revised.vat) == (Treatment.DOMESTIC, Decimal(6000))


@pytest.mark.parametrize("state", [EstimateState.DRAFT, EstimateState.REVIEWING])
def test_d1_what_the_client_has_not_seen_is_taken_back_by_who_writes_estimates_and_they_hear_nothing(cast, acme, tessa, state):
    estimate = handed_in(cast, acme) if state == EstimateState.REVIEWING else a_draft(a_task(acme, tessa), tessa)

    taken = estimates.withdraw(estimate, reason=" Not needed ", by=tessa, at=NOON)

    assert (taken.state, taken.closing_reason, taken.closed_by) == (EstimateState.WITHDRAWN, "Not needed", tessa)
    assert taken.task.state == TaskState.ESTIMATING
    assert taken.task.events.get(kind=TaskEventKind.TAKEN_BACK).internal
    assert not Notice.objects.filter(address__endswith="@acme.example", subject__contains="taken back").exists()


def test_d1_what_the_client_has_is_taken_back_by_the_account_manager_and_they_are_told_why(cast, acme, tessa):
    estimate = an_offered(a_task(acme, tessa), tessa, cast.max)

    with pytest.raises(NotAllowed):
        estimates.withdraw(estimate, reason="Oh", by=tessa, at=NOON)
    taken = estimates.withdraw(estimate, reason="The price of the licence is wrong", by=cast.max, at=NOON)

    assert (taken.state, taken.task.state) == (EstimateState.WITHDRAWN, TaskState.ESTIMATING)
    assert not taken.task.events.get(kind=TaskEventKind.TAKEN_BACK).internal
    notice = Notice.objects.get(address=acme.approver.email, subject__contains="was taken back")
    assert "The price of the licence is wrong" in notice.body
    assert f"/delivery/{taken.task_id}/" in notice.body


@pytest.mark.parametrize("answered", [EstimateState.ACCEPTED, EstimateState.DECLINED, EstimateState.EXPIRED])
def test_d1_what_was_answered_is_not_taken_back(cast, acme, tessa, answered):
    estimate = an_offered(a_task(acme, tessa), tessa, cast.max)
    life.step_estimate(estimate, to=answered, closed_at=NOON)

    with pytest.raises(life.EstimateMovedOn):
        estimates.withdraw(estimate, reason="Too late", by=cast.max, at=NOON)

    assert state_of(estimate) == answered


def test_d1_taking_back_takes_a_reason(task, cast, tessa):
    draft = a_draft(task, tessa)

    with pytest.raises(ReasonMissing):
        estimates.withdraw(draft, reason=" ", by=cast.max, at=NOON)

    assert state_of(draft) == EstimateState.DRAFT


def test_d1_a_new_version_of_what_the_client_has_replaces_it_at_once(cast, acme, tessa):
    old = an_offered(a_task(acme, tessa), tessa, cast.max, *ALL_KINDS, milestones=TWO_STEPS, intro="As agreed")

    new = estimates.revise(old, by=cast.max, at=NOON, cause="revise:1")

    assert state_of(old) == EstimateState.SUPERSEDED
    assert (new.number, new.state, new.kind, new.net, new.intro) == (2, EstimateState.DRAFT, EstimateKind.FIRST, old.net, "As agreed")
    assert contents.of(new).lines == contents.of(old).lines
    assert contents.of(new).milestones == list(TWO_STEPS)
    assert (new.valid_until, new.task.state, new.prepared_by) == (None, TaskState.ESTIMATING, cast.max)
    assert estimates.revise(old, by=cast.max, at=NOON, cause="revise:1") == new
    assert mailed(new.task, "A new version of estimate") == ["anna@acme.example"]
    assert new.task.events.get(kind=TaskEventKind.ESTIMATED, facts__number=2).facts["from"] == 1


@pytest.mark.parametrize("ended", [EstimateState.EXPIRED, EstimateState.WITHDRAWN])
def test_d1_what_has_expired_or_was_taken_back_begins_a_new_version_by_who_writes_them(cast, acme, tessa, ended):
    old = an_offered(a_task(acme, tessa), tessa, cast.max)
    life.step_estimate(old, to=ended, closed_at=NOON)
    life.step(old.task, to=TaskState.ESTIMATING, at=NOON)

    new = estimates.revise(old, by=tessa, at=NOON, cause="again")

    assert (new.number, new.net, state_of(old)) == (2, Decimal(24000), ended)


def test_d2_a_declined_version_of_a_closed_task_leads_nowhere(cast, acme, tessa):
    old = an_offered(a_task(acme, tessa), tessa, cast.max)
    life.step_estimate(old, to=EstimateState.DECLINED, closed_at=NOON)
    life.step(old.task, to=TaskState.DECLINED, at=NOON)

    with pytest.raises(life.TaskMovedOn):
        estimates.revise(old, by=cast.max, at=NOON, cause="again")

    assert old.task.estimates.count() == 1


def test_d3_a_declined_change_of_a_task_in_work_can_be_asked_for_anew(cast, acme, tessa):
    task = a_working(cast, acme)
    change = an_offered(task, tessa, cast.max, FIVE_HOURS)
    life.step_estimate(change, to=EstimateState.DECLINED, closed_at=NOON)

    new = estimates.revise(change, by=tessa, at=NOON, cause="again")

    assert (new.kind, new.number, new.task.state) == (EstimateKind.CHANGE, 3, TaskState.WORKING)


@pytest.mark.parametrize("state", [EstimateState.DRAFT, EstimateState.REVIEWING, EstimateState.ACCEPTED, EstimateState.SUPERSEDED])
def test_d1_no_new_version_of_what_is_written_reviewed_accepted_or_replaced(cast, acme, tessa, state):
    estimate = a_draft(a_task(acme, tessa), tessa)
    if state == EstimateState.REVIEWING:
        estimates.submit(estimate, by=tessa, at=NOON)
    if state in (EstimateState.ACCEPTED, EstimateState.SUPERSEDED):
        life.step_estimate(estimate, to=EstimateState.WITHDRAWN, closed_at=NOON)
        estimate = an_offered(estimate.task, tessa, cast.max)
        life.step_estimate(estimate, to=state, closed_at=NOON)

    with pytest.raises(life.EstimateMovedOn):
        estimates.revise(estimate, by=cast.max, at=NOON, cause="again")


def test_d1_there_is_no_second_new_version_beside_another(cast, acme, tessa):
    old = an_offered(a_task(acme, tessa), tessa, cast.max)
    estimates.withdraw(old, reason="Wrong", by=cast.max, at=NOON)
    estimates.revise(old, by=tessa, at=NOON, cause="one")

    with pytest.raises(estimates.AnotherLive):
        estimates.revise(old, by=tessa, at=NOON, cause="two")


def test_d1_the_technician_does_not_take_from_the_client_what_they_have_by_a_new_version(cast, acme, tessa):
    old = an_offered(a_task(acme, tessa), tessa, cast.max)

    with pytest.raises(NotAllowed):
        estimates.revise(old, by=tessa, at=NOON, cause="again")

    assert state_of(old) == EstimateState.OFFERED
