"""What is to be invoiced: exactly once, at every rate of VAT, never more than was accepted (rules D3, D5, D6)."""

from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from credits import ledger
from credits.ledger import EntryKind, HoldState
from credits.models import Entry
from delivery import billing, completion, milestones, money, tasks
from delivery.completion import FaultSaid
from delivery.estimates import Line, Step
from delivery.models import Basis, Billable, BillableKind, DeliveryTask, LineKind, Milestone, TaskEventKind, TaskState
from tests.cast import NOON
from tests.delivery.scene import a_task, a_working, accept, an_offered, delivery_terms
from tests.delivery.working import a_done, credit_of, pays_with_credit, use, work

HOURS = Line(LineKind.HOURS, "Work", Decimal(10), Decimal(1000))
LICENCE = Line(LineKind.FIXED, "Licence", Decimal(1), Decimal(2000), Decimal(12))
TRAVEL = Line(LineKind.MILEAGE, "Travel", Decimal(100), Decimal(25), Decimal(6))


@pytest.fixture(autouse=True)
def terms(db):
    return delivery_terms()


def finish(task, cast, client):
    task.refresh_from_db()
    completion.accept(a_done(task, cast.max), by=client.approver, at=NOON)
    return {(row.vat_percent.normalize(), row.net) for row in task.billables.filter(kind=BillableKind.COMPLETION)}


def test_d5_a_fixed_price_is_invoiced_whole_whatever_was_used(cast, acme):
    task = a_working(cast, acme, HOURS, LICENCE, basis=Basis.FIXED)
    work(task, cast.tessa.person, 90, rate=1000)

    assert finish(task, cast, acme) == {(Decimal(25), Decimal(10000)), (Decimal(12), Decimal(2000))}
    assert sum(row.minutes for row in task.billables.all()) == 90


@pytest.mark.parametrize("basis", [Basis.CEILING, Basis.RUNNING])
def test_d5_a_ceiling_and_a_running_account_are_what_was_used_and_the_fixed_sums(cast, acme, basis):
    task = a_working(cast, acme, HOURS, LICENCE, basis=basis)
    work(task, cast.tessa.person, 90, rate=1000)

    assert finish(task, cast, acme) == {(Decimal(25), Decimal(1500)), (Decimal(12), Decimal(2000))}


def test_d5_what_is_used_is_spread_over_the_rates_of_its_lines_to_the_cent(cast, acme):
    task = a_working(cast, acme, HOURS, TRAVEL, basis=Basis.CEILING)
    use(task, Decimal("3333.33"))

    assert finish(task, cast, acme) == {(Decimal(25), Decimal("2666.66")), (Decimal(6), Decimal("666.67"))}


def test_d5_nothing_used_of_a_ceiling_invoices_nothing(cast, acme):
    task = a_working(cast, acme, HOURS, basis=Basis.CEILING)

    assert finish(task, cast, acme) == set()
    assert not task.events.filter(kind=TaskEventKind.BILLABLE).exists()
    assert task.state == TaskState.WORKING
    task.refresh_from_db()
    assert task.state == TaskState.ACCEPTED


def test_d2_a_free_task_bills_nothing(cast, acme):
    task = tasks.hand_over_free(a_task(acme, cast.max), by=cast.max, at=NOON, reason="A gift")
    task = tasks.begin(task, by=cast.tessa.person, at=NOON)

    assert finish(task, cast, acme) == set()
    assert not Billable.objects.exists()


def test_d5_a_milestone_of_a_ceiling_brings_no_more_than_was_used_until_then(cast, acme):
    task = a_working(cast, acme, HOURS, basis=Basis.CEILING, milestones=[Step("Half", Decimal(5000)), Step("All", Decimal(5000))])
    half, rest = Milestone.objects.order_by("position")
    use(task, 3000)
    milestones.reach_milestone(half, by=cast.max, at=NOON)
    milestones.reach_milestone(rest, by=cast.max, at=NOON)
    use(task, 7000)

    assert [row.net for row in task.billables.all()] == [Decimal(3000)]
    assert finish(task, cast, acme) == {(Decimal(25), Decimal(4000))}


def test_d5_what_the_client_holds_back_is_not_brought_by_a_milestone_either(cast, acme):
    task = a_working(cast, acme, HOURS, basis=Basis.FIXED, milestones=[Step("Half", Decimal(5000)), Step("All", Decimal(5000))])
    (fault,) = completion.list_faults(a_done(task, cast.max), faults=[FaultSaid("Wrong", Decimal(9000))], by=acme.approver, at=NOON)

    milestones.reach_milestone(Milestone.objects.order_by("position")[0], by=cast.max, at=NOON)
    completion.mend(fault, how="So", by=cast.max, at=NOON)
    milestones.reach_milestone(Milestone.objects.order_by("position")[1], by=cast.max, at=NOON)

    assert [(row.kind, row.net) for row in task.billables.all()] == [(BillableKind.PART, Decimal(1000))]
    assert finish(task, cast, acme) == {(Decimal(25), Decimal(9000))}


def test_d3_a_change_estimate_adds_what_was_accepted_and_its_order_reference(cast, acme):
    offered = an_offered(a_task(acme, cast.max), cast.tessa.person, cast.max, HOURS, basis=Basis.FIXED)
    task = tasks.begin(accept(offered, acme, order_reference="PO-1"), by=cast.tessa.person, at=NOON)
    change = an_offered(task, cast.tessa.person, cast.max, LICENCE, basis=Basis.FIXED)
    accept(change, acme, order_reference="PO-2")

    assert finish(task, cast, acme) == {(Decimal(25), Decimal(10000)), (Decimal(12), Decimal(2000))}
    assert {row.order_reference for row in task.billables.all()} == {"PO-1, PO-2"}


def test_d5_the_text_is_in_the_clients_language_and_fits(cast, acme):
    task = a_working(cast, acme, HOURS, basis=Basis.FIXED)
    DeliveryTask.objects.filter(pk=task.pk).update(title="x" * 200)

    finish(task, cast, acme)

    assert len(task.billables.get().text) == 200


def paid_by_credit(cast, acme, basis, **content):
    credit_of(acme, 1200)
    offered = an_offered(
        a_task(acme, cast.max), cast.tessa.person, cast.max, HOURS, basis=basis, credit_price_per_hour=Decimal(1000), **content
    )
    task, hold = pays_with_credit(offered, acme)
    assert hold.minutes == 600
    return tasks.begin(task, by=cast.tessa.person, at=NOON), hold


def balance(acme):
    acme.account.refresh_from_db()
    return acme.account.available_minutes, acme.account.held_minutes


def test_d6_a_fixed_price_paid_by_credit_captures_its_hold_and_is_not_invoiced(cast, acme):
    task, hold = paid_by_credit(cast, acme, Basis.FIXED)
    assert balance(acme) == (600, 600)

    assert finish(task, cast, acme) == set()

    assert balance(acme) == (600, 0)
    entry = Entry.objects.get(kind=EntryKind.DEDUCTION)
    assert (entry.minutes, entry.cause, entry.hold_id) == (-600, f"{hold.cause}:completion", hold.pk)
    assert task.events.get(kind=TaskEventKind.CREDIT_USED).facts["minutes"] == 600


def test_d6_of_a_ceiling_paid_by_credit_what_is_used_is_deducted_by_the_same_step_and_the_rest_is_free(cast, acme):
    task, _hold = paid_by_credit(cast, acme, Basis.CEILING)
    use(task, Decimal("2010.00"))

    assert finish(task, cast, acme) == set()

    assert balance(acme) == (1200 - 130, 0)
    facts = task.events.get(kind=TaskEventKind.CREDIT_USED).facts
    assert (facts["minutes"], facts["freed"], facts["net"]) == (130, 470, "2010.00")


def test_d6_a_ceiling_paid_by_credit_of_which_nothing_was_used_frees_all(cast, acme):
    task, hold = paid_by_credit(cast, acme, Basis.RUNNING)

    finish(task, cast, acme)

    assert balance(acme) == (1200, 0)
    assert ledger.held_for(hold.cause).state == HoldState.VOIDED


def test_d6_a_milestone_and_faults_of_what_credit_pays_invoice_nothing(cast, acme):
    task, _hold = paid_by_credit(cast, acme, Basis.FIXED, milestones=[Step("All", Decimal(10000))])
    milestones.reach_milestone(Milestone.objects.get(), by=cast.max, at=NOON)
    done = a_done(task, cast.max)
    with pytest.raises(completion.HeldBackTooMuch):
        completion.list_faults(done, faults=[FaultSaid("Wrong", Decimal(1))], by=acme.approver, at=NOON)
    (fault,) = completion.list_faults(done, faults=[FaultSaid("Wrong")], by=acme.approver, at=NOON)

    assert balance(acme) == (600, 600)
    completion.mend(fault, how="So", by=cast.max, at=NOON)
    finish(task, cast, acme)
    assert balance(acme) == (600, 0)
    assert not Billable.objects.exists()


def test_d6_a_change_that_is_invoiced_beside_what_credit_pays_bills_only_itself(cast, acme):
    task, _hold = paid_by_credit(cast, acme, Basis.CEILING)
    accept(an_offered(task, cast.tessa.person, cast.max, HOURS, basis=Basis.CEILING), acme)
    use(task, 12500)

    assert finish(task, cast, acme) == {(Decimal(25), Decimal(2500))}
    assert balance(acme) == (600, 0)


def test_d6_where_the_hold_is_gone_nothing_is_accepted(cast, acme):
    task, hold = paid_by_credit(cast, acme, Basis.FIXED)
    ledger.void(hold=hold, at=NOON)
    done = a_done(task, cast.max)

    with pytest.raises(ledger.HoldClosed):
        completion.accept(done, by=acme.approver, at=NOON)

    task.refresh_from_db()
    done.refresh_from_db()
    assert (task.state, done.answered_at) == (TaskState.DONE, None)


lines = st.lists(
    st.builds(
        Line,
        st.sampled_from([LineKind.HOURS, LineKind.FIXED, LineKind.TRAVEL, LineKind.EXPENSE]),
        st.just("Line"),
        st.decimals(Decimal("0.25"), Decimal(60), places=2),
        st.decimals(Decimal(1), Decimal(2000), places=2),
        st.sampled_from([Decimal(25), Decimal(12), Decimal(6), Decimal(0)]),
    ),
    min_size=1,
    max_size=4,
)
steps = st.lists(st.tuples(st.sampled_from(["use", "milestone", "faults", "change"]), st.integers(0, 100)), max_size=8)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
@given(basis=st.sampled_from(Basis.values), of=lines, parts=st.integers(1, 3), course=steps)
def test_d5_whatever_the_order_of_milestones_faults_and_parts_the_billables_are_what_the_rule_says(cast, acme, basis, of, parts, course):
    with transaction.atomic():
        _one_course(cast, acme, Basis(basis), of, parts, course)
        transaction.set_rollback(True)


def _one_course(cast, acme, basis, of, parts, course):
    task = a_working(cast, acme, *of, basis=basis, milestones=_milestones(of, parts))
    for act, share in course:
        task.refresh_from_db()
        _act(task, cast, acme, act, share, of)
        billed = billing.billed_net(task)
        account = billing.account_of(task)
        assert billed <= sum(account.due.values(), Decimal(0)) <= DeliveryTask.objects.get(pk=task.pk).accepted_net
        assert billed + account.undisputed + min(account.held_back, account.left) == sum(account.due.values(), Decimal(0))
    for fault in task.faults.filter(mended_at=None):
        completion.mend(fault, how="Mended", by=cast.max, at=NOON)
    finish(task, cast, acme)
    task.refresh_from_db()
    expected = task.accepted_net if basis == Basis.FIXED else task.accepted_net - task.workable_net + task.used_net
    assert billing.billed_net(task) == expected <= task.accepted_net
    causes = [row.cause for row in task.billables.all()]
    assert len(causes) == len(set(causes))


def _milestones(of, parts):
    net = sum(((line.quantity * line.unit_price).quantize(Decimal("0.01"), "ROUND_HALF_UP") for line in of), Decimal(0))
    if net < parts:
        return []
    each = (net / parts).quantize(Decimal("0.01"), "ROUND_DOWN")
    return [Step(f"Step {number}", each) for number in range(parts - 1)] + [Step("Last", net - each * (parts - 1))]


def _act(task, cast, acme, act, share, of):
    """One step of a course: more is used, a milestone is reached, faults are listed and mended, a change is accepted."""
    if act == "use":
        use(task, task.used_net + ((task.workable_net - task.used_net) * share / 100).quantize(Decimal("0.01"), "ROUND_DOWN"))
    elif act == "change":
        accept(an_offered(task, cast.tessa.person, cast.max, *of, basis=task.estimates.first().basis), acme)
    elif act == "milestone":
        if milestone := Milestone.objects.filter(estimate__task=task, reached_at=None).order_by("position").first():
            milestones.reach_milestone(milestone, by=cast.max, at=NOON)
    else:
        for fault in task.faults.filter(mended_at=None):
            completion.mend(fault, how="Mended", by=cast.max, at=NOON)
        left = billing.account_of(task).left
        held_back = (left * share / 100).quantize(Decimal("0.01"), "ROUND_DOWN")
        done = a_done(task, cast.max)
        completion.list_faults(done, faults=[FaultSaid("Wrong", held_back)], by=acme.approver, at=NOON)


@pytest.mark.parametrize(
    ("percent", "said"), [("25.00", "25"), ("12.50", "12.5"), ("0.00", "0"), ("20", "20"), ("100.00", "100"), ("2E+1", "20")]
)
def test_d5_a_rate_is_written_alike_however_it_is_kept(percent, said):
    assert billing.percent_in_cause(Decimal(percent)) == said


@pytest.mark.parametrize(
    ("net", "minutes"), [("0", 0), ("0.01", 10), ("166.66", 10), ("166.67", 20), ("1000", 60), ("1000.01", 70), ("2010", 130)]
)
def test_d6_what_credit_pays_is_rounded_up_to_the_next_step(net, minutes):
    assert money.credit_minutes(Decimal(net), Decimal(1000), step=10) == minutes


def test_d6_a_hold_is_found_by_its_cause_whatever_became_of_it(cast, acme):
    _task, hold = paid_by_credit(cast, acme, Basis.FIXED)
    assert (ledger.held_for(hold.cause), ledger.held_for("delivery:0:hold")) == (hold, None)

    ledger.void(hold=hold, at=NOON)

    assert ledger.held_for(hold.cause).state == HoldState.VOIDED
