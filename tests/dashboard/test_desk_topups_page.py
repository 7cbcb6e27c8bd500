"""Unpaid top-ups at the desk: a payment is marked once, with the right amount, and what waited moves on (rules C4, C6)."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from clients.models import StaffDuty
from credits import topups
from credits.accounts import CreditAccount
from credits.topups import TopUp, TopUpState
from dashboard.forms import AmountField
from sessions import bookings
from sessions.bookings import Wish
from sessions.models import Session, State
from tests.cast import NOON, a_colleague, at_stockholm
from tests.sessions.factories import minutes

pytestmark = pytest.mark.django_db
DAY = 24 * 60


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def an_order(client, *, number=0, at=NOON):
    """A man-day: SEK 9,600.00 and VAT, 12,000.00 in all."""
    return topups.order(account=client.account, minutes=480, cause=f"test:order:{number}", by=client.approver, at=at, reference="PO 4711")


def address(order):
    return reverse("desk-topup", args=[order.pk])


def paid(**said):
    return {"paid_on": "2026-11-17", "amount": "12000", "payment_reference": "BG 991"} | said


def text(response):
    return " ".join(response.content.decode().split())


def test_unpaid_orders_are_listed_the_oldest_first(cast, acme, borealis, client_of):
    an_order(borealis, number=1)
    an_order(acme, number=2, at=NOON - minutes(DAY))

    response = client_of(cast.fia).get(reverse("desk-topups"))

    assert [order.account.organisation.name for order in response.context["page"]] == ["Acme", "Borealis"]
    for said in ("PO 4711", "8 h 00", "SEK 12,000.00", "Mark paid"):
        assert said in text(response)


def test_where_everything_is_paid_the_page_says_so(cast, client_of):
    assert "Everything is paid" in text(client_of(cast.fia).get(reverse("desk-topups")))


@pytest.mark.parametrize("amount", ["12000", "12000.00", "12000,00", "12 000,00", "12,000.00", "12.000,00", " 12\N{NO-BREAK SPACE}000,0 "])
def test_c4_a_payment_is_marked_with_comma_or_point(cast, acme, client_of, amount):
    order = an_order(acme)

    response = client_of(cast.fia).post(address(order), paid(amount=amount))

    order.refresh_from_db()
    assert response.status_code == 302
    assert (order.state, order.paid_on, order.payment_reference) == (TopUpState.PAID, date(2026, 11, 17), "BG 991")
    assert CreditAccount.objects.get().available_minutes == 480


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("1,5", "1.50"),
        ("1.234.567,89", "1234567.89"),
        ("12,000", "12000.00"),
        ("0.05", "0.05"),
        ("", None),
        ("0" * 5000 + "7", "7.00"),
        ("9" * 10 + ",99", "9" * 10 + ".99"),
    ],
)
def test_amounts_are_read_as_they_stand_in_a_bank_statement(written, amount):
    assert AmountField(required=False).clean(written) == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize(("language", "proposed"), [("en", "12,000.00"), ("sv", "12\xa0000,00")])
def test_p4_an_amount_is_proposed_as_the_reader_writes_one_and_read_again(language, proposed):
    field = AmountField()

    with translation.override(language):
        assert field.prepare_value(Decimal(12_000)) == proposed
    assert field.clean(proposed) == Decimal(12_000)
    assert field.prepare_value("12 000,-") == "12 000,-"


@pytest.mark.parametrize("written", ["12 000 kr", "1,2,3", "-5", "1.2345", "ett", "12.00.00", "1" + "0" * 10, "9" * 5000])
def test_what_is_no_amount_is_refused(written):
    with pytest.raises(ValidationError):
        AmountField().clean(written)


def test_a_wrong_amount_is_refused_with_the_right_one_named_and_what_was_typed_is_kept(cast, acme, client_of):
    order = an_order(acme)

    response = client_of(cast.fia).post(address(order), paid(amount="9600"))

    assert response.status_code == 409
    assert "SEK 12,000.00" in text(response)
    assert "The order is for" in text(response)
    assert 'value="BG 991"' in text(response)
    assert TopUp.objects.get().state == TopUpState.ORDERED


@pytest.mark.parametrize("said", [{"paid_on": ""}, {"amount": ""}, {"amount": "much"}, {"payment_reference": ""}])
def test_a_payment_that_is_not_well_filled_in_changes_nothing(cast, acme, client_of, said):
    order = an_order(acme)

    response = client_of(cast.fia).post(address(order), paid(**said))

    assert response.status_code == 422
    assert TopUp.objects.get().state == TopUpState.ORDERED


def test_a_payment_in_the_future_is_refused(cast, acme, client_of):
    response = client_of(cast.fia).post(address(an_order(acme)), paid(paid_on="2026-11-19"))

    assert response.status_code == 409
    assert "lies in the future" in text(response)


def test_c4_the_same_payment_twice_is_credit_once(cast, acme, client_of):
    order = an_order(acme)
    browser = client_of(cast.fia)

    answers = [browser.post(address(order), paid()).status_code for _again in range(2)]

    assert answers == [302, 302]
    assert CreditAccount.objects.get().available_minutes == 480


def test_an_order_that_was_paid_otherwise_is_not_paid_again(cast, acme, client_of):
    order = an_order(acme)
    browser = client_of(cast.fia)
    browser.post(address(order), paid())

    page, response = text(browser.get(address(order))), browser.post(address(order), paid(payment_reference="BG 992"))

    assert "Paid Tue 17 Nov, BG 991. Marked by Fia Testsson." in page
    assert response.status_code == 409


def test_c6_bookings_that_waited_for_the_payment_move_on_at_once(cast, acme, client_of):
    wish = Wish(purpose=cast.purpose, title="Disk is full", estimate_minutes=60, starts_at=at_stockholm(2026, 11, 24, 10))
    bookings.request(account=acme.account, wish=wish, cause="test:booking", by=acme.requester, at=NOON)
    order = an_order(acme)

    response = client_of(cast.fia).post(address(order), paid(), follow=True)

    assert Session.objects.get().state == State.SCHEDULED
    assert "Acme has paid for 8 h of credit. 1 waiting booking moved on." in text(response)


def test_an_administrator_reads_and_marks_nothing(cast, acme, client_of):
    order = an_order(acme)
    browser = client_of(cast.ada)

    page, response = text(browser.get(address(order))), browser.post(address(order), paid())

    assert "Finance marks it paid once the payment has arrived." in page
    assert "Reference of the payment" not in page
    assert response.status_code == 403


def test_five_orders_ask_the_database_no_more_often_than_one(cast, acme, client_of):
    an_order(acme)
    browser = client_of(cast.fia)

    few = _queries(browser)
    for number in range(1, 5):
        an_order(acme, number=number)
    many = _queries(browser)

    assert few == many


def test_strangers_find_neither_the_list_nor_an_order(cast, acme, borealis, client_of):
    order = an_order(acme)
    strangers = [acme.approver, borealis.approver, cast.tessa.person, cast.max, a_colleague("Mia", StaffDuty.ACCOUNT_MANAGER)]

    pages = [client_of(person).get(address(order)).status_code for person in strangers]
    acts = [client_of(person).post(address(order), paid()).status_code for person in strangers]
    lists = [client_of(person).get(reverse("desk-topups")).status_code for person in strangers]

    assert (pages, acts, lists) == ([404] * 5, [404] * 5, [404] * 5)
    assert TopUp.objects.get().state == TopUpState.ORDERED


def _queries(browser):
    with CaptureQueriesContext(connection) as asked:
        browser.get(reverse("desk-topups"))
    return len(asked)
