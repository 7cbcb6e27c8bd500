"""Ordering credit: the price is shown before, and ordered is what was shown (rules C2 to C4)."""

from decimal import Decimal
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.models import Organisation
from credits import accounts, topups
from credits.topups import TopUp, TopUpState
from tests.cast import NOON, a_client

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def form():
    """One man-day at the price that was shown."""
    return {"quantity": "1", "unit": "days", "reference": "PO 4711", "key": str(uuid4()), "shown_total": "12000.00"}


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def address(client):
    return reverse("topup-new", args=[client.account.pk])


def ordered(client, *, cause="test:order", minutes=480):
    return topups.order(account=client.account, minutes=minutes, cause=cause, by=client.approver, at=NOON)


def test_c2_the_page_begins_with_the_smallest_order_and_its_price(acme, client_of):
    page = text(client_of(acme.approver).get(address(acme)))

    for said in ("Man-days of 8 hours", "SEK 9,600.00", "VAT 25%", "SEK 2,400.00", "Order for SEK 12,000.00"):
        assert said in page


@pytest.mark.parametrize(
    ("missing", "quantity", "unit"), [(50, "1", "days"), (500, "9", "hours"), (960, "2", "days"), (961, "17", "hours")]
)
def test_c6_for_a_gap_the_smallest_order_that_covers_it_is_proposed(acme, client_of, missing, quantity, unit):
    proposed = client_of(acme.approver).get(address(acme), {"at_least": missing}).context["form"]

    assert (proposed["quantity"].value(), proposed["unit"].value()) == (quantity, unit)


@pytest.mark.parametrize(
    ("quantity", "unit", "total"),
    [
        ("1,5", "days", "SEK 18,000.00"),
        ("1.5", "days", "SEK 18,000.00"),
        ("8,25", "hours", "SEK 12,375.00"),
        ("12", "hours", "SEK 18,000.00"),
    ],
)
def test_c3_the_price_of_any_size_is_shown_before_it_is_ordered(acme, client_of, quantity, unit, total):
    browser = client_of(acme.approver)

    asked = text(browser.get(address(acme), {"quantity": quantity, "unit": unit}))
    posted = text(browser.post(address(acme), {"quantity": quantity, "unit": unit, "key": "k", "preview": "1"}))

    assert f"Order for {total}" in asked
    assert f"Order for {total}" in posted
    assert not TopUp.objects.exists()


def test_c4_what_was_shown_is_ordered_and_waits_for_payment(acme, client_of, form):
    response = client_of(acme.approver).post(address(acme), form, follow=True)

    top_up = TopUp.objects.get()
    assert (top_up.minutes, top_up.total.amount, top_up.reference, top_up.state) == (480, Decimal(12000), "PO 4711", TopUpState.ORDERED)
    assert "8 h ordered. It becomes credit when the payment has arrived." in text(response)
    assert "Waiting for payment" in text(response)


def test_c4_a_trusted_client_has_the_credit_at_once(cast, client_of, form):
    trusted = a_client(cast, "Trusted", credit_on="issue")

    page = text(client_of(trusted.approver).post(address(trusted), form, follow=True))

    trusted.account.refresh_from_db()
    assert "8 h ordered, and added to your credit at once." in page
    assert trusted.account.available_minutes == 480


def test_c14_the_same_form_sent_twice_orders_once(acme, client_of, form):
    browser = client_of(acme.approver)

    browser.post(address(acme), form)
    browser.post(address(acme), form)

    assert TopUp.objects.count() == 1


def test_c14_the_same_form_with_another_size_is_refused(acme, client_of, form):
    browser = client_of(acme.approver)
    browser.post(address(acme), form)

    response = browser.post(address(acme), {**form, "quantity": "2", "shown_total": "24000.00"})

    assert response.status_code == 409
    assert "This form has already been used for another order." in text(response)
    assert TopUp.objects.count() == 1


@pytest.mark.parametrize("shown", ["9600.00", "", "12000"])
def test_c3_another_price_than_was_shown_is_shown_first_and_nothing_is_ordered(acme, client_of, form, shown):
    page = text(client_of(acme.approver).post(address(acme), {**form, "shown_total": shown}))

    assert "This is what it costs now. Nothing is ordered yet" in page
    assert 'value="PO 4711"' in page
    assert not TopUp.objects.exists()


@pytest.mark.parametrize(
    ("quantity", "unit", "said"),
    [
        ("0,5", "days", "The smallest top-up is 8 h."),
        ("7,5", "hours", "The smallest top-up is 8 h."),
        ("0", "days", "The smallest top-up is 8 h."),
        ("-1", "days", "Ensure this value is greater than or equal to 0."),
        ("8,33", "hours", "That does not come to whole minutes."),
        ("many", "days", "Enter a number."),
        ("NaN", "days", "Enter a number."),
        ("1e9", "days", "That is more than can be ordered at once."),
        ("", "days", "This field is required."),
        ("1", "weeks", "Select a valid choice."),
    ],
)
def test_c2_what_cannot_be_ordered_is_refused_in_words(acme, client_of, form, quantity, unit, said):
    response = client_of(acme.approver).post(address(acme), {**form, "quantity": quantity, "unit": unit})

    assert response.status_code == 422
    assert said in text(response)
    assert not TopUp.objects.exists()


def test_a_requester_reads_who_can_order_and_may_not(acme, client_of, form):
    browser = client_of(acme.requester)

    page, refused = text(browser.get(address(acme))), browser.post(address(acme), form)

    assert "anna@acme.example" in page
    assert refused.status_code == 403
    assert not TopUp.objects.exists()


def test_the_list_shows_each_order_with_its_state(acme, client_of):
    ordered(acme)

    page = text(client_of(acme.requester).get(reverse("topups", args=[acme.account.pk])))

    for said in ("Wed 18 Nov", "8 h 00", "SEK 12,000.00", "Waiting for payment"):
        assert said in page
    assert "Withdraw" not in page


def test_without_orders_the_list_shows_the_way_to_the_first(acme, client_of):
    page = text(client_of(acme.approver).get(reverse("topups", args=[acme.account.pk])))

    assert "Nothing ordered yet" in page
    assert address(acme) in page


def test_an_approver_withdraws_an_unpaid_order(acme, client_of):
    top_up = ordered(acme)

    response = client_of(acme.approver).post(reverse("topup-cancel", args=[top_up.pk]), follow=True)

    top_up.refresh_from_db()
    assert top_up.state == TopUpState.CANCELLED
    assert "The order of 8 h is withdrawn." in text(response)


def test_a_paid_order_is_not_withdrawn(cast, acme, client_of):
    top_up = ordered(acme)
    topups.mark_paid(top_up=top_up, paid_on=NOON.date(), amount=top_up.total, payment_reference="BG 1", by=cast.fia, at=NOON)

    response = client_of(acme.approver).post(reverse("topup-cancel", args=[top_up.pk]), follow=True)

    assert "This top-up has already been paid or cancelled." in text(response)


def test_a_requester_may_not_withdraw(acme, client_of):
    top_up = ordered(acme)

    assert client_of(acme.requester).post(reverse("topup-cancel", args=[top_up.pk])).status_code == 403


def test_opening_the_address_withdraws_nothing(acme, client_of):
    assert client_of(acme.approver).get(reverse("topup-cancel", args=[ordered(acme).pk])).status_code == 405


def test_with_one_account_the_word_in_the_navigation_leads_to_its_orders(acme, client_of):
    assert client_of(acme.approver).get(reverse("topup-orders")).url == reverse("topups", args=[acme.account.pk])


def test_c16_with_several_accounts_one_is_chosen_first(acme, client_of):
    accounts.open_account(organisation=acme.organisation, name="Operations")

    assert "Acme · Operations" in text(client_of(acme.approver).get(reverse("topup-orders")))


@pytest.mark.parametrize("name", ["topups", "topup-new"])
def test_a_stranger_and_staff_who_are_no_members_get_404(cast, acme, borealis, client_of, name):
    url = reverse(name, args=[acme.account.pk])

    assert [client_of(person).get(url).status_code for person in (borealis.approver, cast.max, cast.fia)] == [404, 404, 404]
    assert client_of(borealis.approver).post(url).status_code in {404, 405}


def test_a_stranger_cannot_withdraw(acme, borealis, client_of):
    top_up = ordered(acme)

    assert client_of(borealis.approver).post(reverse("topup-cancel", args=[top_up.pk])).status_code == 404


def test_the_list_takes_as_many_queries_for_five_orders_as_for_one(acme, client_of):
    browser, url = client_of(acme.approver), reverse("topups", args=[acme.account.pk])
    ordered(acme)
    with CaptureQueriesContext(connection) as one:
        browser.get(url)
    for number in range(4):
        ordered(acme, cause=f"test:order:{number}")

    with CaptureQueriesContext(connection) as several:
        browser.get(url)

    assert len(several) == len(one)


def test_c2_the_smallest_order_is_named_before_anything_is_refused(acme, client_of):
    assert "The smallest top-up is 8 h." in text(client_of(acme.approver).get(address(acme)))


def test_i8_the_reference_is_not_called_optional_where_an_order_number_is_needed(acme, client_of):
    browser, optional = client_of(acme.approver), 'Your reference or purchase order <span class="optional">'

    before = optional in text(browser.get(address(acme)))
    Organisation.objects.filter(pk=acme.organisation.pk).update(needs_order=True)

    assert (before, optional in text(browser.get(address(acme)))) == (True, False)
