"""Corners of taking back what was logged: what is to be invoiced already stays earned (rules D3, D5)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from delivery import milestones, worklog
from delivery.estimates import Step
from delivery.models import Basis, LineKind, Milestone
from delivery.worklog import Cost, EntryInvoiced, Worked
from tests.cast import NOON
from tests.delivery.scene import a_working, delivery_terms

pytestmark = pytest.mark.django_db
HALVES = (Step("Half", Decimal(12000)), Step("All", Decimal(12000)))
LATER = NOON + timedelta(days=2)


@pytest.fixture(autouse=True)
def _terms(acme):
    delivery_terms()


def logged(task, person, hours, *, after=0):
    begun = NOON + timedelta(hours=after)
    return worklog.log(task, Worked(person, begun, begun + timedelta(hours=hours), "Worked"), by=person, at=LATER)


def reached(task, by):
    return milestones.reach_milestone(Milestone.objects.get(estimate__task=task, title="Half"), by=by, at=LATER)


def test_d5_time_that_a_milestone_has_invoiced_is_not_taken_back(cast, acme):
    tessa = cast.tessa.person
    task = a_working(cast, acme, basis=Basis.CEILING, milestones=HALVES)
    entry, spare = logged(task, tessa, 10), logged(task, tessa, 1, after=10)
    reached(task, cast.max)

    worklog.take_back(spare, reason="Twice", by=tessa, at=LATER)
    with pytest.raises(EntryInvoiced):
        worklog.take_back(entry, reason="Wrong", by=tessa, at=LATER)

    task.refresh_from_db()
    entry.refresh_from_db()
    assert (task.used_net, task.billables.get().net, entry.live) == (Decimal(12000), Decimal(12000), True)


def test_d5_an_expense_that_a_milestone_has_invoiced_is_not_taken_back(cast, acme):
    task = a_working(cast, acme, basis=Basis.RUNNING, milestones=HALVES)
    cost = Cost(LineKind.EXPENSE, "Licence", NOON.date(), Decimal(1), Decimal(5000))
    spent = worklog.spend(task, cost, by=cast.tessa.person, at=NOON, cause="test:licence")
    reached(task, cast.max)

    with pytest.raises(EntryInvoiced):
        worklog.take_back_cost(spent, reason="Wrong", by=cast.tessa.person, at=LATER)

    task.refresh_from_db()
    assert (task.used_net, task.billables.get().net) == (Decimal(5000), Decimal(5000))


def test_d5_of_a_fixed_price_time_is_taken_back_whatever_was_invoiced(cast, acme):
    task = a_working(cast, acme, basis=Basis.FIXED, milestones=HALVES)
    entry = logged(task, cast.tessa.person, 10)
    reached(task, cast.max)

    worklog.take_back(entry, reason="Wrong", by=cast.tessa.person, at=LATER)

    task.refresh_from_db()
    assert (task.used_net, task.billables.get().net) == (Decimal(0), Decimal(12000))
