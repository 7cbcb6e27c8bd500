"""Orders of credit bear an order number, and use the purchase order that it names (rules C16, I8)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from clients import purchase_orders
from clients.models import Organisation
from credits import order_numbers, topups
from credits.models import CreditAccount, TopUp, TopUpState
from notices.models import Notice
from tests.approving import an_approver, limited
from tests.cast import NOON, a_client, at_stockholm
from tests.clients.purchase import LAST, an_order, kronor
from tests.proofs.crowd import at_once

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)
DAY = 480
"""A man-day: 9 600 kr without VAT."""


def order(client, cause="form", *, minutes=DAY, reference="", at=NOON):
    return topups.order(account=client.account, minutes=minutes, cause=cause, by=client.approver, at=at, reference=reference)


def left(purchase_order):
    purchase_order.refresh_from_db()
    return purchase_order.left


def test_i8_a_top_up_uses_the_purchase_order_that_its_reference_names(acme):
    registered = an_order(acme, 20_000)

    top_up = order(acme, reference="po7")
    again = order(acme, reference="po7")

    assert (top_up, left(registered)) == (again, kronor(10_400))
    used = registered.uses.get()
    assert (used.cause, used.net, used.text) == (f"top-up:{top_up.pk}", Decimal(9600), "Top-up of 8 h, IT")
    assert topups.purchase_orders_of([top_up]) == {top_up.pk: registered.pk}


def test_i8_what_is_withdrawn_is_free_again(acme):
    registered = an_order(acme, 9_600)
    top_up = order(acme, reference="PO 7")
    with pytest.raises(purchase_orders.OrderExhausted):
        order(acme, "another", reference="PO 7")

    for _again in range(2):
        topups.cancel(top_up=top_up, by=acme.approver, at=LATER)

    assert left(registered) == kronor(9_600)
    assert order(acme, "another", reference="PO 7").state == TopUpState.ORDERED


@pytest.mark.parametrize("reference", ["4500", "' OR 1=1 --", "<b>7</b>", "PO  8"])
def test_i8_a_number_that_is_not_registered_is_only_text(acme, reference):
    registered = an_order(acme, 100)

    assert order(acme, reference=reference).reference == " ".join(reference.split())
    assert left(registered) == kronor(100)


def test_i8_another_clients_purchase_order_is_only_text(acme, borealis):
    theirs = an_order(borealis, 100)

    assert order(acme, reference="PO 7").state == TopUpState.ORDERED
    assert left(theirs) == kronor(100)


@pytest.mark.parametrize(
    ("at", "kind"),
    [
        (at_stockholm(2026, 10, 31, 23, 59), purchase_orders.OrderNotBegun),
        (at_stockholm(2027, 1, 1), purchase_orders.OrderEnded),
        (at_stockholm(2026, 12, 31, 23, 59), None),
    ],
)
def test_i8_nothing_is_ordered_outside_its_days(acme, at, kind):
    an_order(acme, 20_000, at=at)
    if kind is None:
        assert order(acme, reference="PO 7", at=at).state == TopUpState.ORDERED
        return

    with pytest.raises(kind):
        order(acme, reference="PO 7", at=at)
    assert not TopUp.objects.exists()


def test_i8_who_needs_an_order_number_is_asked_at_the_order(acme):
    Organisation.objects.filter(pk=acme.organisation.pk).update(needs_order=True)

    with pytest.raises(order_numbers.OrderNumberMissing):
        order(acme, reference=" \0\u200b")
    assert order(acme, reference="4500").reference == "4500"


def test_c16_without_a_reference_that_of_the_account_stands_then_the_usual_order(acme):
    registered = purchase_orders.make_usual(an_order(acme, 30_000), by=acme.approver, at=NOON)
    assert order(acme).reference == "PO 7"

    CreditAccount.objects.filter(pk=acme.account.pk).update(reference="IT 12")
    assert order(acme, "second").reference == "IT 12"

    CreditAccount.objects.filter(pk=acme.account.pk).update(reference="po7")
    assert order(acme, "third").reference == "po7"
    assert left(registered) == kronor(10_800)


def test_i8_at_eighty_per_cent_the_client_and_its_manager_are_told_once(acme, cast):
    registered = an_order(acme, 12_000)

    order(acme, reference="PO 7")

    told = Notice.objects.filter(cause=f"purchase-order:{registered.pk}:warned:1")
    assert set(told.values_list("person", flat=True)) == {acme.approver.pk, cast.max.pk}
    assert "SEK 2,400.00 left" in told[0].subject.replace("\xa0", " ")
    assert "80 % of purchase order PO 7 of Acme is used" in told[0].body
    topups.cancel(top_up=TopUp.objects.get(), by=acme.approver, at=LATER)
    order(acme, "second", reference="PO 7", at=LATER)
    assert Notice.objects.filter(cause__startswith=f"purchase-order:{registered.pk}:warned", person=cast.max).count() == 2


def test_i8_just_below_eighty_per_cent_nobody_is_told_until_the_sum_falls(acme, cast):
    registered = an_order(acme, "12000.01")
    order(acme, reference="PO 7")
    assert not Notice.objects.filter(cause__contains="warned").exists()

    order_numbers.change(registered, net=kronor(12_000), ends_on=LAST, reason="less", by=cast.fia, at=LATER)

    assert Notice.objects.filter(cause__contains="warned", person=acme.approver).count() == 1


def test_people_an_order_that_waits_uses_nothing_and_is_refused_when_nothing_is_left(acme):
    registered, second = an_order(acme, 9_600), an_approver(acme, "Sven")
    limited(acme, 5_000)
    waiting = order(acme, reference="PO 7")
    assert (waiting.state, left(registered)) == (TopUpState.AWAITING_APPROVAL, kronor(9_600))
    purchase_orders.use(registered, net=kronor(1), cause="other", at=NOON)

    with pytest.raises(purchase_orders.OrderExhausted):
        topups.approve(top_up=waiting, by=second, at=LATER)
    waiting.refresh_from_db()
    assert waiting.state == TopUpState.AWAITING_APPROVAL
    purchase_orders.release(cause="other", at=LATER)
    assert topups.approve(top_up=waiting, by=second, at=LATER).state == TopUpState.ORDERED
    assert left(registered) == kronor(0)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_i8_two_accounts_order_on_the_last_of_a_purchase_order(cast):
    acme = a_client(cast)
    registered = an_order(acme, 9_600)
    accounts = [acme.account, CreditAccount.objects.create(organisation=acme.organisation, name="Branch")]

    crowd, _meeting = at_once(
        2,
        lambda number: topups.order(
            account=accounts[number], minutes=DAY, cause=f"race:{number}", by=acme.approver, at=NOON, reference="PO 7"
        ),
    )

    assert crowd.kinds() == {"answered": 1, "OrderExhausted": 1}
    assert (left(registered), TopUp.objects.count()) == (kronor(0), 1)
