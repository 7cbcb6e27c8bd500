"""Fees of plans and debt use the purchase order that their invoice names, when it is issued (rules C11, I7, I8)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from djmoney.money import Money

from clients import purchase_orders
from clients.models import PurchaseOrder
from clients.purchase_orders import OrderEnded, OrderExhausted, Wanted
from credits import accounts, topups
from invoicing import crediting, debts, drafting, issue_batches, issuing, plan_fees
from invoicing.models import Invoice, InvoiceState
from notices.models import Notice
from tests.cast import NOON
from tests.invoicing.owing import MONTH_OVER, drafted, owes
from tests.invoicing.plan_scene import a_paid_plan, bound, charging_terms
from tests.racing import race

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _terms():
    charging_terms()


def usual_order(acme, *, net: str = "10000", ends_on: date = date(2027, 1, 31)) -> PurchaseOrder:
    """The client's usual purchase order."""
    wanted = Wanted(number="4500-17", net=Money(net, "SEK"), starts_on=date(2026, 11, 1), ends_on=ends_on)
    order = purchase_orders.open_order(organisation=acme.organisation, wanted=wanted, cause="order", by=acme.approver, at=NOON)
    purchase_orders.make_usual(order, by=acme.approver, at=NOON)
    acme.organisation.refresh_from_db()
    return order


def used(order: PurchaseOrder) -> Decimal:
    order.refresh_from_db()
    return order.used_net


def a_fee_draft(acme) -> Invoice:
    bound(acme, a_paid_plan(), starts_on=date(2026, 11, 1), ends_on=date(2026, 12, 1))
    plan_fees.charge_due(NOON)
    [draft] = drafting.pull(at=NOON)
    return draft


def test_i8_a_plans_fee_uses_the_usual_order_when_it_is_issued(cast, acme):
    order = usual_order(acme)
    draft = a_fee_draft(acme)
    before = used(order)

    invoice = issuing.issue(draft, by=cast.fia, at=NOON)
    issuing.issue(invoice, by=cast.fia, at=NOON)

    assert [before, used(order)] == [0, 3000]
    assert [(use.net, use.text) for use in order.uses.all()] == [(Decimal(3000), f"Invoice {invoice.number}")]


def test_i8_an_order_with_too_little_left_blocks_the_invoice_until_it_has_more(cast, acme):
    order = usual_order(acme, net="2999.99")
    draft = a_fee_draft(acme)

    with pytest.raises(OrderExhausted, match="4500-17"):
        issuing.issue(draft, by=cast.fia, at=NOON)
    draft.refresh_from_db()
    assert (draft.state, draft.number) == (InvoiceState.DRAFT, None)
    assert used(order) == 0

    purchase_orders.change(order, net=Money(3000, "SEK"), ends_on=order.ends_on, reason="Raised", by=acme.approver, at=NOON)
    invoice = issuing.issue(draft, by=cast.fia, at=NOON)
    assert (invoice.sequence, used(order)) == (1, Decimal(3000))


def test_i8_another_number_on_the_draft_is_another_order_or_only_text(cast, acme):
    order = usual_order(acme, net="100")
    draft = drafting.change(a_fee_draft(acme), buyer_reference="", order_reference="by letter", by=cast.fia, at=NOON)

    issuing.issue(draft, by=cast.fia, at=NOON)

    assert used(order) == 0


def test_i8_an_order_that_has_ended_since_blocks_the_invoice(cast, acme):
    usual_order(acme, ends_on=date(2026, 11, 20))
    draft = a_fee_draft(acme)

    with pytest.raises(OrderEnded):
        issuing.issue(draft, by=cast.fia, at=NOON + timedelta(days=3))


def test_i8_debt_uses_the_order_of_its_account_else_the_usual_one(cast, acme):
    order = usual_order(acme)
    owes(acme, 90)

    draft = drafted(acme)
    issuing.issue(draft, by=cast.fia, at=MONTH_OVER)

    assert (draft.order_reference, used(order)) == ("4500-17", Decimal(1800))


def test_i8_a_top_up_on_the_same_invoice_is_not_counted_twice(cast, acme):
    order = usual_order(acme)
    topups.order(account=acme.account, minutes=480, cause="t", by=acme.approver, at=NOON)
    at_order = used(order)
    [draft] = drafting.pull(at=NOON)

    issuing.issue(draft, by=cast.fia, at=NOON)

    assert at_order > 0
    assert used(order) == at_order


def test_i8_what_is_credited_whole_is_free_again_and_a_part_is_not(cast, acme):
    order = usual_order(acme)
    invoice = issuing.issue(a_fee_draft(acme), by=cast.fia, at=NOON)
    line = invoice.lines.get()

    crediting.credit(invoice, {line.pk: Decimal(1000)}, reason="A part", by=cast.fia, at=NOON, cause="1")
    after_a_part = used(order)
    crediting.credit(invoice, None, reason="The rest", by=cast.fia, at=NOON, cause="2")

    assert [after_a_part, used(order)] == [3000, 0]


def test_i8_most_of_the_order_is_used_and_its_people_are_told(cast, acme):
    order = usual_order(acme, net="3500")

    issuing.issue(a_fee_draft(acme), by=cast.fia, at=NOON)

    told = Notice.objects.filter(cause=f"purchase-order:{order.pk}:warned:1")
    assert {notice.address for notice in told} >= {acme.approver.email, cast.max.email}


def test_i8_a_batch_issues_the_others_and_says_which_order_stood_in_the_way(cast, acme, borealis):
    usual_order(acme, net="100")
    fee = a_paid_plan()
    for client in (acme, borealis):
        bound(client, fee, starts_on=date(2026, 11, 1), ends_on=date(2026, 12, 1))
    plan_fees.charge_due(NOON)
    batch = issue_batches.begin(drafting.pull(at=NOON), by=cast.fia, at=NOON, cause="b")

    issue_batches.issue_due(NOON)

    rows = {row.invoice.organisation_id: (row.state, row.why) for row in batch.rows.select_related("invoice")}
    assert rows[borealis.organisation.pk] == ("issued", "")
    state, why = rows[acme.organisation.pk]
    assert state == "refused"
    assert "4500-17" in why


@pytest.mark.django_db(transaction=True)
def test_i8_two_invoices_at_once_never_use_more_than_the_order_has(cast, acme):
    order = usual_order(acme, net="1500")
    owes(acme, 60)
    second = accounts.open_account(organisation=acme.organisation, name="Second")
    owes(acme, 60, account=second)
    drafts = debts.pull_debts(by=None, at=MONTH_OVER)
    assert len(drafts) == 2

    outcome = race(2, lambda number: issuing.issue(drafts[number], by=cast.fia, at=MONTH_OVER))

    assert (len(outcome.results), [type(error) for error in outcome.errors], used(order)) == (1, [OrderExhausted], Decimal(1200))
    assert list(Invoice.objects.issued().values_list("sequence", flat=True)) == [1]
