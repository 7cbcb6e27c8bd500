"""A cost is accepted on a purchase order, which it uses, and frees where the task is withdrawn before work (rule I8)."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from clients import purchase_orders
from clients.models import Organisation
from credits.models import CreditAccount
from delivery import acceptance, withdrawing
from delivery.evidence import Evidence
from delivery.models import Acceptance, AcceptedBy, EstimateState
from notices.models import Notice
from tests.approving import an_approver, limited
from tests.cast import NOON, at_stockholm
from tests.clients.purchase import an_order, kronor
from tests.credits.posting import grant
from tests.delivery.answering import change, figures, offered, on_credit, yes
from tests.delivery.scene import delivery_terms

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


@pytest.fixture(autouse=True)
def terms(acme):
    return delivery_terms()


def left(order):
    order.refresh_from_db()
    return order.left


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def test_i8_an_accepted_cost_uses_the_order_that_it_names(cast, acme):
    order, estimate = an_order(acme, 24_000), offered(cast, acme)

    yes(estimate, acme.approver, order_reference=" po 7")

    assert left(order) == kronor(0)
    assert order.uses.get().text == f"D{estimate.task.pk} {estimate.task.title}"
    assert Notice.objects.filter(cause=f"purchase-order:{order.pk}:warned:1", person=cast.max).exists()


def test_i8_a_cost_beyond_what_is_left_is_refused_and_nothing_follows(cast, acme):
    order, estimate = an_order(acme, "23999.99"), offered(cast, acme)

    with pytest.raises(purchase_orders.OrderExhausted):
        yes(estimate, acme.approver, order_reference="PO 7")

    assert (figures(estimate)[:2], left(order)) == (("offered", "offered"), kronor("23999.99"))
    assert not Acceptance.objects.exists()


def test_i8_a_change_uses_its_own_order_and_another_clients_is_only_text(cast, acme, borealis):
    theirs, ours = an_order(borealis, 10), an_order(acme, 30_000, number="PO 8")
    estimate = change(cast, acme)

    yes(estimate, acme.approver, order_reference="PO 8")
    yes(offered(cast, acme), acme.approver, order_reference="PO 7")

    assert (left(ours), left(theirs)) == (kronor(6_000), kronor(10))
    assert ours.uses.get().text.endswith(", change")


def test_i8_a_task_withdrawn_before_work_frees_its_order(cast, acme):
    order, estimate = an_order(acme, 24_000), offered(cast, acme)
    yes(estimate, acme.approver, order_reference="PO 7")

    withdrawing.withdraw(estimate.task, reason="Not needed", by=cast.max, at=LATER)

    assert left(order) == kronor(24_000)


def test_i8_an_order_number_is_asked_for_where_the_cost_is_accepted(cast, acme):
    Organisation.objects.filter(pk=acme.organisation.pk).update(needs_order=True)
    estimate = offered(cast, acme)

    with pytest.raises(purchase_orders.OrderNumberMissing):
        yes(estimate, acme.approver)
    assert yes(estimate, acme.approver, order_reference="4500").order_reference == "4500"


def test_i8_the_usual_order_stands_on_a_cost_without_a_number(cast, acme):
    order = purchase_orders.make_usual(an_order(acme, 30_000), by=acme.approver, at=NOON)

    assert yes(offered(cast, acme), acme.approver).order_reference == "PO 7"
    assert left(order) == kronor(6_000)


def test_i8_what_credit_pays_uses_no_purchase_order(cast, acme):
    order = purchase_orders.make_usual(an_order(acme, 10), by=acme.approver, at=NOON)
    grant(CreditAccount.objects.get(pk=acme.account.pk), 2000)
    Organisation.objects.filter(pk=acme.organisation.pk).update(needs_order=True)
    estimate = offered(cast, acme, credit_price_per_hour=Decimal(1200))

    yes(estimate, acme.approver, **on_credit(acme.account, 1200))

    assert left(order) == kronor(10)


def test_people_of_two_approvers_the_second_yes_uses_the_order(cast, acme):
    order, second, estimate = an_order(acme, 24_000), an_approver(acme, "Dora"), offered(cast, acme)
    limited(acme, 100)
    yes(estimate, acme.approver, order_reference="PO 7")
    assert left(order) == kronor(24_000)

    yes(estimate, second)

    assert (left(order), figures(estimate)[0]) == (kronor(0), EstimateState.ACCEPTED)


def test_i8_a_yes_by_phone_counts_on_the_day_it_was_said(cast, acme):
    said_at = at_stockholm(2026, 12, 31, 16)
    estimate = offered(cast, acme, valid_until=at_stockholm(2027, 1, 20).date())
    order = an_order(acme, 24_000)
    said = Evidence(acme.approver, AcceptedBy.PHONE, said_at, words="Do it", order_reference="PO 7")

    acceptance.record(estimate, said, by=cast.max, at=at_stockholm(2027, 1, 4, 9))

    assert left(order) == kronor(0)


def test_i8_the_page_lets_choose_among_open_orders_the_usual_one_first(cast, acme, client_of):
    usual = purchase_orders.make_usual(an_order(acme, 24_000), by=acme.approver, at=NOON)
    other, estimate = an_order(acme, 50_000, number="PO 8"), offered(cast, acme)
    address, browser = reverse("delivery-estimate", args=[estimate.pk]), client_of(acme.approver)
    with time_machine.travel(LATER, tick=False):
        page = browser.get(address)
        form = page.context["form"]
        typed = {name: form[name].value() or "" for name in form.fields}
        assert (typed["purchase_order"], "PO 8: SEK 50,000.00 left" in text(page)) == ("PO 7", True)
        browser.post(address, typed | {"purchase_order": "PO 8"})

    assert (left(usual), left(other)) == (kronor(24_000), kronor(26_000))
