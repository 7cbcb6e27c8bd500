"""Purchase orders: opened, used, warned of at 80 %, blocked at 100 %, ended (rule I8)."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from clients import purchase_orders
from clients.models import Organisation, PurchaseOrder, PurchaseOrderUse
from clients.purchase_orders import Wanted
from core.errors import NotAllowed
from core.reasons import ReasonMissing, ReasonTooLong
from tests.cast import NOON, a_client, at_stockholm
from tests.clients.purchase import FIRST, LAST, an_order, kronor, use
from tests.proofs.crowd import at_once

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


def refused(verb, kind):
    with pytest.raises(kind) as refusal:
        verb()
    return refusal.value


def test_i8_an_order_is_opened_once_for_one_form(acme):
    wanted = Wanted(number="  PO\u200b 4500 ", net=kronor(1000), starts_on=FIRST, ends_on=LAST, title="Servers")
    both = [
        purchase_orders.open_order(organisation=acme.organisation, wanted=wanted, cause="form:1", by=acme.approver, at=NOON)
        for _again in range(2)
    ]

    assert both[0] == both[1]
    assert (both[0].number, both[0].key, both[0].title, both[0].left) == ("PO 4500", "po4500", "Servers", kronor(1000))
    assert both[0].history.get().history_user == acme.approver
    refused(
        lambda: purchase_orders.open_order(
            organisation=acme.organisation, wanted=replace(wanted, number="X"), cause="form:1", by=acme.approver, at=NOON
        ),
        purchase_orders.OrderMismatch,
    )


@pytest.mark.parametrize("again", ["PO 7", "po7", "ＰＯ\u00a07", "PO\t7\u200b"])
def test_i8_a_number_is_open_once_however_it_is_typed(acme, again):
    order = an_order(acme)

    assert purchase_orders.named(acme.organisation, again) == order
    refused(lambda: an_order(acme, number=again), purchase_orders.NumberTaken)
    purchase_orders.close(order, reason="done", by=acme.approver, at=NOON)
    assert an_order(acme, number=again).pk != order.pk


@pytest.mark.parametrize("hostile", ["", "  ", "\0", "\u200b\u202e", "x" * 81, "\ufdfa" * 80])
def test_i8_a_number_that_cannot_be_read_is_refused_and_names_nothing(acme, hostile):
    an_order(acme)

    refused(lambda: an_order(acme, number=hostile), purchase_orders.NumberUnreadable)
    assert purchase_orders.named(acme.organisation, hostile) is None


@pytest.mark.parametrize("hostile", ["' OR 1=1 --", "<script>alert(1)</script>", "%", "_", "../..", "{{ 7*7 }}"])
def test_i8_a_hostile_number_is_a_number_like_any_other(acme, hostile):
    order = an_order(acme)

    assert purchase_orders.named(acme.organisation, hostile) is None
    other = an_order(acme, number=hostile)
    assert purchase_orders.named(acme.organisation, hostile) == other != order


@pytest.mark.parametrize("net", ["0", "-1", "0.001", "1000000000000", "NaN", "Infinity"])
def test_i8_a_sum_that_is_none_is_refused(acme, net):
    refused(lambda: an_order(acme, Decimal(net)), purchase_orders.SumUnreadable)


def test_i8_another_clients_order_is_only_text(acme, borealis):
    an_order(borealis)

    assert purchase_orders.named(acme.organisation, "PO 7") is None
    refused(lambda: an_order_by(borealis, acme), NotAllowed)


def an_order_by(client, stranger):
    wanted = Wanted(number="X", net=kronor(1), starts_on=FIRST, ends_on=LAST)
    return purchase_orders.open_order(organisation=client.organisation, wanted=wanted, cause="x", by=stranger.approver, at=NOON)


def test_i8_approvers_the_account_manager_and_finance_arrange_orders(cast, acme, borealis):
    allowed = [acme.approver, cast.max, cast.fia]
    others = [acme.requester, borealis.approver, cast.ada, cast.tessa.person]

    assert all(purchase_orders.may_arrange(person, acme.organisation, at=NOON) for person in allowed)
    assert not any(purchase_orders.may_arrange(person, acme.organisation, at=NOON) for person in others)
    order = an_order(acme)
    for verb in (
        lambda: purchase_orders.close(order, reason="x", by=acme.requester, at=NOON),
        lambda: purchase_orders.change(order, net=kronor(1), ends_on=LAST, reason="x", by=acme.requester, at=NOON),
        lambda: purchase_orders.make_usual(order, by=borealis.approver, at=NOON),
    ):
        refused(verb, NotAllowed)


def test_i8_an_order_is_used_to_the_last_krona_and_no_further(acme):
    order = use(an_order(acme, 1000), 900)

    short = refused(lambda: use(order, "100.01"), purchase_orders.OrderExhausted)
    order = use(order, 100)

    assert short.left == kronor(100)
    assert (order.left, order.used_percent) == (kronor(0), Decimal(100))
    assert refused(lambda: use(order, "0.01"), purchase_orders.OrderExhausted).left == kronor(0)


def test_i8_the_same_cause_uses_once_and_is_not_another_sum(acme):
    order = an_order(acme, 1000)
    for _again in range(2):
        use(order, 600, "one")

    assert (order.used_net, order.uses.count()) == (Decimal(600), 1)
    refused(lambda: use(order, 1, "one"), purchase_orders.UseMismatch)


def test_i8_what_is_released_can_be_used_again_and_only_once(acme):
    order = use(an_order(acme, 1000), 1000, "one")
    for _again in range(2):
        purchase_orders.release(cause="one", at=LATER)

    order.refresh_from_db()
    assert (order.used_net, order.warned_at, order.uses.get().released_at) == (Decimal(0), None, LATER)
    assert purchase_orders.release(cause="unknown", at=LATER) is None
    refused(lambda: use(order, 1000, "one"), purchase_orders.UseMismatch)
    assert use(order, 1000, "two").left == kronor(0)


def test_i8_eighty_per_cent_exactly_is_mostly_used(acme):
    order = use(an_order(acme, 1000), "799.99")
    assert order.warned_at is None

    order = use(order, "0.01", at=LATER)
    again = use(order, 100, at=LATER + timedelta(hours=1))

    assert (order.warned_at, again.warned_at, again.warnings) == (LATER, LATER, 1)


def test_i8_each_crossing_counts_once(acme):
    order = use(an_order(acme, 1000), 800, "one")
    purchase_orders.release(cause="one", at=LATER)
    order = use(order, 900)
    assert order.warnings == 2

    raised = purchase_orders.change(order, net=kronor(2000), ends_on=LAST, reason="more", by=acme.approver, at=LATER)
    lowered = purchase_orders.change(order, net=kronor(1000), ends_on=LAST, reason="less", by=acme.approver, at=LATER)

    assert (raised.warned_at, lowered.warned_at, lowered.warnings) == (None, LATER, 3)


def test_i8_the_first_and_the_last_day_are_included_by_the_providers_calendar(acme):
    order = an_order(acme, starts_on=date(2026, 11, 10), ends_on=date(2026, 11, 20))

    early = refused(lambda: use(order, 1, at=at_stockholm(2026, 11, 9, 23, 59, 59)), purchase_orders.OrderNotBegun)
    use(order, 1, at=at_stockholm(2026, 11, 10))
    use(order, 1, at=at_stockholm(2026, 11, 20, 23, 59, 59))
    late = refused(lambda: use(order, 1, at=at_stockholm(2026, 11, 21)), purchase_orders.OrderEnded)

    assert (early.starts_on, late.ends_on, order.used_net) == (date(2026, 11, 10), date(2026, 11, 20), Decimal(2))


def test_i8_a_sum_is_never_less_than_what_is_used(acme):
    order = use(an_order(acme, 1000), 600)

    low = refused(
        lambda: purchase_orders.change(order, net=kronor("599.99"), ends_on=LAST, reason="x", by=acme.approver, at=NOON),
        purchase_orders.LessThanUsed,
    )
    changed = purchase_orders.change(order, net=kronor(600), ends_on=FIRST, reason="No more money", by=acme.approver, at=LATER)

    assert (low.used, changed.left, changed.ends_on) == (kronor(600), kronor(0), FIRST)
    assert changed.history.first().history_change_reason == "No more money"
    for wrong, kind in (
        ({"reason": " "}, ReasonMissing),
        ({"reason": "x" * 501}, ReasonTooLong),
        ({"ends_on": FIRST - timedelta(days=1)}, purchase_orders.PeriodReversed),
    ):
        said = {"net": kronor(700), "ends_on": LAST, "reason": "x"} | wrong
        refused(lambda said=said: purchase_orders.change(order, by=acme.approver, at=NOON, **said), kind)


def test_i8_a_closed_order_is_used_no_more_and_is_no_longer_the_usual_one(acme):
    order = purchase_orders.make_usual(use(an_order(acme), 10, "one"), by=acme.approver, at=NOON)
    assert purchase_orders.number_for(Organisation.objects.get(pk=acme.organisation.pk), at=NOON) == "PO 7"

    purchase_orders.close(order, reason="Project is done", by=acme.approver, at=LATER)
    closed = purchase_orders.close(order, reason="again", by=acme.approver, at=LATER)

    client = Organisation.objects.get(pk=acme.organisation.pk)
    assert (closed.closing_reason, closed.closed_by, client.default_purchase_order) == ("Project is done", acme.approver, None)
    assert purchase_orders.number_for(client, at=NOON) == ""
    refused(lambda: use(order, 1), purchase_orders.OrderClosed)
    assert purchase_orders.named(acme.organisation, "po7") == order
    assert purchase_orders.release(cause="one", at=LATER).released_at == LATER


def test_i8_a_usual_order_that_has_ended_stands_on_nothing(acme):
    purchase_orders.make_usual(an_order(acme), by=acme.approver, at=NOON)
    client = Organisation.objects.get(pk=acme.organisation.pk)

    assert purchase_orders.number_for(client, at=at_stockholm(2027, 1, 1)) == ""
    assert purchase_orders.number_for(client, at=NOON, besides="PO 9") == "PO 9"


@pytest.mark.parametrize(
    "break_it",
    [
        lambda order: PurchaseOrder.objects.filter(pk=order.pk).update(used_net=5),
        lambda order: PurchaseOrder.objects.filter(pk=order.pk).update(net=F("used_net") / 2),
        lambda order: PurchaseOrder.objects.filter(pk=order.pk).update(number="another"),
        lambda order: PurchaseOrder.objects.filter(pk=order.pk).delete(),
        lambda order: PurchaseOrderUse.objects.create(order=order, cause="more", net=901, at=NOON),
        lambda order: PurchaseOrderUse.objects.update(net=1),
        lambda order: PurchaseOrderUse.objects.filter(released_at=None).delete(),
        lambda order: PurchaseOrderUse.objects.filter(cause="gone").update(released_at=None),
    ],
)
def test_i8_the_database_keeps_orders_and_uses_together(acme, break_it):
    order = use(use(an_order(acme, 1000), 100, "stays"), 1, "gone")
    purchase_orders.release(cause="gone", at=NOON)

    with pytest.raises(IntegrityError), transaction.atomic():
        break_it(order)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_i8_two_on_the_last_hundred_kronor(cast):
    acme = a_client(cast)
    order = use(an_order(acme, 1000), 900)

    crowd, _meeting = at_once(4, lambda number: purchase_orders.use(order, net=kronor(100), cause=f"race:{number}", at=NOON))

    order.refresh_from_db()
    assert crowd.kinds() == {"answered": 1, "OrderExhausted": 3}
    assert (order.left, order.warnings, connection.vendor in {"sqlite", "postgresql"}) == (kronor(0), 1, True)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_i8_the_sum_is_lowered_while_it_is_used(cast):
    acme = a_client(cast)
    order = an_order(acme, 1000)

    def act(number):
        if number:
            return purchase_orders.use(order, net=kronor(600), cause="race", at=NOON)
        return purchase_orders.change(order, net=kronor(500), ends_on=LAST, reason="less", by=acme.approver, at=NOON)

    crowd, _meeting = at_once(2, act)

    order.refresh_from_db()
    assert crowd.kinds()["answered"] == 1
    assert order.used_net <= order.net.amount
