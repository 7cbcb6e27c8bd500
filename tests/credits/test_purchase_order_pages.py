"""The pages of purchase orders, and the choice among them where credit is ordered (rules C16, I8)."""

from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse
from djmoney.money import Money

from clients import purchase_orders
from clients.models import Organisation, PurchaseOrder
from credits import order_numbers
from credits.models import CreditAccount, TopUp
from tests.cast import NOON
from tests.clients.purchase import an_order, kronor, use
from tests.invoicing.plan_scene import a_paid_plan

pytestmark = pytest.mark.django_db
LIST, NEW = reverse("purchase-orders"), reverse("purchase-order-new")


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def typed(**fields):
    key = str(uuid4())
    return {
        "number": "4500-17",
        "title": "Servers",
        "net": "50 000",
        "starts_on": "2026-11-01",
        "ends_on": "2026-12-31",
        "key": key,
    } | fields


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def at(name, order):
    return reverse(name, args=[order.pk])


def test_i8_there_is_none_yet_and_the_first_is_registered(acme, client_of):
    browser = client_of(acme.approver)
    assert "No purchase order yet" in text(browser.get(LIST))

    page = text(browser.post(NEW, typed(), follow=True))

    order = PurchaseOrder.objects.get()
    assert (order.organisation, order.net, order.opened_by) == (acme.organisation, kronor(50_000), acme.approver)
    assert "Purchase order 4500-17 is registered." in page
    assert "SEK 50,000.00 left, without VAT" in page


def test_i8_the_list_shows_what_is_used_and_how_each_stands(acme, client_of):
    use(an_order(acme, 1000), 800)
    purchase_orders.close(an_order(acme, number="Old"), reason="done", by=acme.approver, at=NOON)
    an_order(acme, number="Fresh")

    page = text(client_of(acme.requester).get(LIST))

    for said in ("SEK 800.00 of SEK 1,000.00 used", "SEK 200.00 left", "Mostly used", "Closed", "Open"):
        assert said in page
    assert "Register an order" not in page


@pytest.mark.parametrize(
    ("wrong", "status", "said"),
    [
        ({"net": "0"}, 409, "above zero"),
        ({"net": "many"}, 422, "Write the amount like"),
        ({"ends_on": "2026-10-01"}, 409, "ends before it begins"),
        ({"number": "\u200b"}, 409, "has a number of 80 characters at most"),
        ({"number": "PO 7"}, 409, "There is an open purchase order with this number already"),
        ({"number": "x" * 81}, 422, "at most 80 characters"),
    ],
)
def test_i8_what_cannot_be_registered_is_said_and_what_was_typed_is_kept(acme, client_of, wrong, status, said):
    an_order(acme)

    answer = client_of(acme.approver).post(NEW, typed(**wrong))

    assert (answer.status_code, said in text(answer), 'value="Servers"' in text(answer)) == (status, True, True)
    assert PurchaseOrder.objects.count() == 1


def test_i8_its_sum_and_end_are_changed_with_a_reason_that_stays(acme, client_of):
    order, browser = use(an_order(acme, 1000), 600), client_of(acme.approver)

    low = browser.post(at("purchase-order-change", order), {"net": "599", "ends_on": "2026-12-31", "reason": "Less"})
    page = text(
        browser.post(at("purchase-order-change", order), {"net": "700", "ends_on": "2026-12-24", "reason": "A smaller budget"}, follow=True)
    )

    assert (low.status_code, "SEK 600.00 of this order is used already" in text(low)) == (409, True)
    assert "SEK 100.00 left, without VAT" in page
    assert "A smaller budget" in page


def test_i8_it_is_closed_and_made_the_usual_one(acme, client_of):
    order, browser = an_order(acme), client_of(acme.approver)

    assert "proposed wherever something is ordered" in text(browser.post(at("purchase-order-usual", order), follow=True))
    page = text(browser.post(at("purchase-order-close", order), {"reason": "Project is done"}, follow=True))
    late = browser.post(at("purchase-order-usual", order))

    assert "Project is done" in page
    assert "Close the order" not in page
    assert (late.status_code, Organisation.objects.get(pk=acme.organisation.pk).default_purchase_order) == (409, None)


def test_i8_the_account_manager_and_finance_share_the_pages_at_the_desk(cast, acme, borealis, client_of):
    order = an_order(acme, number="Ours")
    an_order(borealis, number="Theirs")

    for person in (cast.max, cast.fia):
        browser = client_of(person)
        listed = text(browser.get(LIST, {"organisation": acme.organisation.pk}))
        assert ("Ours" in listed, "Theirs" in listed) == (True, False)
        assert browser.post(at("purchase-order-change", order), {"net": "900", "ends_on": "2026-12-31", "reason": "x"}).status_code == 302
        assert browser.post(f"{NEW}?organisation={acme.organisation.pk}", typed(number=f"By {person.pk}")).status_code == 302
    assert client_of(cast.max).get(reverse("desk-client", args=[acme.organisation.pk])).status_code == 200


@pytest.mark.parametrize("asked", ["0", "x", "99999999999999999999", "-1", "٣"])
def test_i8_a_client_that_is_none_is_not_found(cast, client_of, asked):
    assert client_of(cast.fia).get(LIST, {"organisation": asked}).status_code == 404


def test_i8_strangers_find_nothing_and_a_requester_changes_nothing(cast, acme, borealis, client_of):
    order = an_order(acme)
    for stranger in (borealis.approver, cast.tessa.person):
        assert client_of(stranger).get(at("purchase-order", order)).status_code == 404
        assert client_of(stranger).get(LIST, {"organisation": acme.organisation.pk}).status_code == 404
    browser = client_of(acme.requester)
    assert "Change its sum" not in text(browser.get(at("purchase-order", order)))
    assert browser.post(at("purchase-order-close", order), {"reason": "x"}).status_code == 403
    assert browser.post(NEW, typed()).status_code == 403


def test_i8_many_orders_take_as_many_queries_as_few(acme, client_of, django_assert_max_num_queries):
    for number in range(3):
        use(an_order(acme, number=f"N {number}"), 10)
    browser = client_of(acme.approver)
    browser.get(LIST)
    with django_assert_max_num_queries(14) as few:
        browser.get(LIST)
    for number in range(3, 12):
        use(an_order(acme, number=f"N {number}"), 10)
    with django_assert_max_num_queries(len(few)):
        browser.get(LIST)


def test_c16_the_order_of_the_account_is_chosen_beforehand_and_used(acme, client_of):
    an_order(acme, 50_000, number="PO 8")
    order = an_order(acme, 50_000)
    CreditAccount.objects.filter(pk=acme.account.pk).update(reference="po7")
    browser, address = client_of(acme.approver), reverse("topup-new", args=[acme.account.pk])

    form = browser.get(address).context["form"]
    said = {name: form[name].value() or "" for name in form.fields}
    browser.post(address, said | {"shown_total": "12000.00"})

    assert (said["purchase_order"], said["reference"], TopUp.objects.get().reference) == ("PO 7", "", "PO 7")
    order.refresh_from_db()
    assert order.used == kronor(9_600)
    page = text(browser.get(reverse("topups", args=[acme.account.pk])))
    assert f'<a href="{at("purchase-order", order)}">PO 7</a>' in page


def test_i8_a_client_without_orders_that_needs_a_number_types_one(acme, client_of):
    Organisation.objects.filter(pk=acme.organisation.pk).update(needs_order=True)
    browser, address = client_of(acme.approver), reverse("topup-new", args=[acme.account.pk])
    page = browser.get(address)
    said = {"quantity": "1", "unit": "days", "reference": "", "key": "k", "shown_total": "12000.00"}

    refused = browser.post(address, said)
    browser.post(address, said | {"reference": "4500"})

    assert ("purchase_order" in page.context["form"].fields, "wants an order number on every invoice" in text(page)) == (False, True)
    assert (refused.status_code, str(order_numbers.OrderNumberMissing()) in text(refused)) == (409, True)
    assert TopUp.objects.get().reference == "4500"


def test_i8_an_order_that_is_used_up_refuses_on_the_form(acme, client_of):
    an_order(acme, 100)
    browser, address = client_of(acme.approver), reverse("topup-new", args=[acme.account.pk])

    refused = browser.post(
        address, {"quantity": "1", "unit": "days", "reference": "", "purchase_order": "PO 7", "key": "k", "shown_total": "12000.00"}
    )

    assert (refused.status_code, "Purchase order PO 7 has SEK 100.00 left, without VAT" in text(refused)) == (409, True)
    assert not TopUp.objects.exists()


def test_i8_an_order_is_in_another_currency_where_something_has_a_price_in_it(cast, acme, client_of):
    browser = client_of(acme.approver)
    assert 'name="currency"' not in text(browser.get(NEW))
    cast.credit_terms.price_per_hour = Money(100, "EUR")
    cast.credit_terms.save()

    assert browser.post(NEW, typed(currency="USD")).status_code == 422
    browser.post(NEW, typed(currency="EUR"))
    order = PurchaseOrder.objects.get()
    changed = browser.post(at("purchase-order-change", order), {"net": "60000", "ends_on": "2026-12-31", "reason": "more"})

    order.refresh_from_db()
    assert (changed.status_code, order.net) == (302, Money(60_000, "EUR"))


def test_i8_a_plan_with_a_fee_in_another_currency_lets_orders_be_in_it(acme, client_of):
    a_paid_plan("abroad", fee="100", currency="EUR")

    assert '<option value="EUR"' in text(client_of(acme.approver).get(NEW))
