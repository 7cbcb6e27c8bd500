"""What becomes of what the client does not answer, and milestones (rule D5)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core.errors import NotAllowed
from delivery import completion, life, milestones
from delivery.estimates import Step
from delivery.models import Basis, BillableKind, Milestone, TaskEventKind, TaskState
from notices.models import Notice
from tests.cast import NOON, at_stockholm
from tests.delivery.scene import a_working, an_offered, delivery_terms
from tests.delivery.working import a_done, mails

A_DAY = timedelta(days=1)
DUE = at_stockholm(2026, 12, 2, 12)
"""Ten working days after NOON."""


@pytest.fixture
def task(cast, acme):
    delivery_terms()
    return a_working(cast, acme, basis=Basis.FIXED)


@pytest.fixture
def done(task, cast):
    return a_done(task, cast.max)


def test_d5_the_client_is_reminded_half_way_and_a_working_day_before_the_end(done, acme):
    half_way, last_day = at_stockholm(2026, 11, 25, 12), at_stockholm(2026, 12, 1, 12)

    assert completion.remind_due(half_way - timedelta(seconds=1)) == 0
    assert [completion.remind_due(half_way) for _ in range(2)] == [1, 0]
    assert completion.remind_due(last_day - timedelta(seconds=1)) == 0
    assert [completion.remind_due(last_day) for _ in range(2)] == [1, 0]
    assert completion.remind_due(DUE) == 0

    assert mails("Waits for your answer") == {acme.requester.email, acme.approver.email}
    assert Notice.objects.filter(subject__contains="Waits for your answer").count() == 4


def test_d5_reminders_that_come_late_are_one(done):
    assert completion.remind_due(at_stockholm(2026, 12, 1, 13)) == 1
    assert completion.remind_due(at_stockholm(2026, 12, 1, 14)) == 0


def test_d5_nobody_is_reminded_of_what_is_answered(done, acme):
    completion.accept(done, by=acme.approver, at=NOON)

    assert completion.remind_due(at_stockholm(2026, 12, 1, 12)) == 0
    assert completion.lapse_due(DUE) == 0


def test_d5_without_an_agreement_to_it_silence_does_not_accept_and_the_manager_is_told_once(done, task, cast, acme):
    assert completion.lapse_due(DUE - timedelta(seconds=1)) == 0
    assert [completion.lapse_due(DUE) for _ in range(2)] == [1, 0]

    task.refresh_from_db()
    done.refresh_from_db()
    assert (task.state, done.answered_at, done.lapsed_at) == (TaskState.DONE, None, DUE)
    assert mails("Not answered") == {cast.max.email}
    assert task.events.get(kind=TaskEventKind.UNANSWERED).internal
    assert completion.accept(done, by=acme.approver, at=DUE + A_DAY).accepted


def test_d5_where_the_terms_say_so_silence_accepts_on_the_date_that_every_mail_announced(cast, acme):
    terms = delivery_terms(silence_accepts=True)
    task = a_working(cast, acme, basis=Basis.FIXED)
    done = a_done(task, cast.max)
    terms.silence_accepts = False
    terms.save()
    completion.remind_due(at_stockholm(2026, 11, 25, 12))

    assert [completion.lapse_due(DUE) for _ in range(2)] == [1, 0]

    done.refresh_from_db()
    task.refresh_from_db()
    assert (done.accepted, done.silent, done.answered_by, done.way) == (True, True, None, "")
    assert (task.state, task.billables.get().net) == (TaskState.ACCEPTED, Decimal(24000))
    announced = Notice.objects.filter(subject__regex="Done, D|Waits for your answer")
    assert announced.count() == 4
    assert all("If we hear nothing, it counts as accepted on Wed 2 Dec 12:00." in notice.body for notice in announced)
    assert mails("Accepted as done") == {cast.max.email, cast.tessa.person.email, acme.requester.email, acme.approver.email}


def test_d5_a_milestone_is_reached_once_by_the_account_manager(cast, acme):
    delivery_terms()
    steps = [Step("Design", Decimal(10000)), Step("Running", Decimal(14000))]
    task = a_working(cast, acme, milestones=steps, basis=Basis.FIXED)
    first = Milestone.objects.get(title="Design")
    for person in (cast.tessa.person, acme.approver, cast.ada):
        with pytest.raises(NotAllowed):
            milestones.reach_milestone(first, by=person, at=NOON)

    reached = milestones.reach_milestone(first, by=cast.max, at=NOON)
    with pytest.raises(milestones.MilestoneReached):
        milestones.reach_milestone(first, by=cast.max, at=NOON)

    assert (reached.reached_at, reached.reached_by) == (NOON, cast.max)
    row = task.billables.get()
    assert (row.kind, row.milestone, row.net) == (BillableKind.MILESTONE, first, Decimal(10000))
    assert (row.cause, row.text) == (f"delivery:milestone:{first.pk}:25", f"D{task.pk} Single sign-on: Design")
    assert mails("Milestone reached") == {acme.requester.email}
    completion.accept(a_done(task, cast.max), by=acme.approver, at=NOON)
    assert [row.net for row in task.billables.order_by("pk")] == [Decimal(10000), Decimal(14000)]
    with pytest.raises(life.TaskMovedOn):
        milestones.reach_milestone(Milestone.objects.get(title="Running"), by=cast.max, at=NOON)


def test_d5_milestones_of_an_estimate_that_is_not_accepted_are_not_reached(task, cast):
    an_offered(task, cast.tessa.person, cast.max, milestones=[Step("More", Decimal(24000))], basis=Basis.FIXED)

    with pytest.raises(life.EstimateMovedOn):
        milestones.reach_milestone(Milestone.objects.get(), by=cast.max, at=NOON)

    assert Milestone.objects.get().reached_at is None
