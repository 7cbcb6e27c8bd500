"""What money depends on stands in the database itself, whoever writes to it (rules D1, D3, D5, C14)."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from delivery import completion, milestones
from delivery.completion import FaultSaid
from delivery.estimates import Step
from delivery.models import Basis, Milestone
from tests.cast import NOON
from tests.delivery.scene import a_task, a_working, an_offered, delivery_terms
from tests.delivery.working import a_done

pytestmark = pytest.mark.django_db
HALVES = (Step("Half", Decimal(12000)), Step("All", Decimal(12000)))


@pytest.fixture(autouse=True)
def _terms(acme):
    delivery_terms()


def refused(statement):
    """By the database: nothing has changed."""
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    return True


def test_d5_a_milestone_that_was_reached_stays_reached(cast, acme):
    task = a_working(cast, acme, basis=Basis.FIXED, milestones=HALVES)
    step = milestones.reach_milestone(Milestone.objects.get(title="Half"), by=cast.max, at=NOON)

    assert refused(f"UPDATE delivery_milestone SET reached_at = NULL, reached_by_id = NULL WHERE id = {step.pk}")
    assert refused(f"UPDATE delivery_milestone SET reached_by_id = {cast.tessa.person.pk} WHERE id = {step.pk}")
    assert refused(f"DELETE FROM delivery_milestone WHERE estimate_id = {task.estimates.get().pk}")


def test_d5_what_the_client_holds_back_stays_what_they_said(cast, acme):
    done = a_done(a_working(cast, acme), cast.max)
    (fault,) = completion.list_faults(done, faults=[FaultSaid("Wrong")], by=acme.approver, at=NOON)

    assert refused(f"UPDATE delivery_fault SET disputed_net = 24000 WHERE id = {fault.pk}")


def test_d1_what_the_client_was_sent_is_never_a_draft_again(cast, acme):
    estimate = an_offered(a_task(acme, cast.tessa.person), cast.tessa.person, cast.max)

    assert refused(f"UPDATE delivery_estimate SET state = 'draft', offered_at = NULL WHERE id = {estimate.pk}")
    assert refused(f"UPDATE delivery_estimate SET state = 'reviewing', offered_at = NULL WHERE id = {estimate.pk}")


def test_d1_one_task_has_one_currency_for_ever(cast, acme):
    task = a_task(acme, cast.tessa.person)

    assert refused(f"UPDATE delivery_deliverytask SET currency = 'EUR' WHERE id = {task.pk}")


def test_d3_more_than_was_accepted_is_never_to_be_invoiced(cast, acme):
    task = a_working(cast, acme, basis=Basis.FIXED, milestones=HALVES)
    milestones.reach_milestone(Milestone.objects.get(title="Half"), by=cast.max, at=NOON)
    columns = "task_id, kind, cause, text, currency, net, vat_percent, minutes, order_reference, arose_at"

    def billable(net, cause):
        return (
            f"INSERT INTO delivery_billable ({columns}) "
            f"VALUES ({task.pk}, 'part', '{cause}', 'By hand', 'SEK', {net}, 25, 0, '', '2026-11-02 12:00:00+00:00')"
        )

    assert refused(billable("12000.01", "test:more"))
    with connection.cursor() as cursor:
        cursor.execute(billable("12000.00", "test:all"))
    assert refused(billable("0.01", "test:a cent more"))
    assert task.billables.count() == 2
