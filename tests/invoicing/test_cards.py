"""Invoices that are paid by card: the service is led to once, and heard once (rules I3, C4, C14)."""

from decimal import Decimal

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from core.errors import NotAllowed
from credits.models import CreditAccount, Lot
from credits.topups import TopUpState
from invoicing import crediting
from invoicing.cards import paying, service
from invoicing.cards.interface import NotGenuine
from invoicing.models import CardEvent, CardPayment, CardState, Payment, PaymentWay
from tests.cast import NOON
from tests.invoicing.card_service import WORD, told
from tests.invoicing.scene import an_invoice, invoicing_terms, paid
from tests.proofs.crowd import at_once

pytestmark = pytest.mark.django_db
CALLED = "/payments/card/"


@pytest.fixture(autouse=True)
def _noon(cast, acme):
    invoicing_terms()
    service.offered.__globals__["_made"].cache_clear()
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def invoice(cast, acme):
    return an_invoice(acme, cast.fia)


def begun(invoice, acme, cause="card:1"):
    return paying.begin(invoice, by=acme.approver, at=NOON, cause=cause)


def hear(visit, **said):
    return paying.hear(told(visit, **said), WORD, at=NOON)


def test_i3_all_that_is_open_is_paid_and_becomes_credit(invoice, acme):
    visit = begun(invoice, acme)

    heard = hear(visit)

    invoice.refresh_from_db()
    top_up = invoice.lines.get().top_up
    assert (heard.state, heard.payment.way, heard.payment.recorded_by) == (CardState.PAID, PaymentWay.CARD, None)
    assert (invoice.open.amount, top_up.state, top_up.closed_by) == (0, TopUpState.PAID, None)
    assert CreditAccount.objects.get(pk=acme.account.pk).available_minutes == 480


def test_c14_the_same_event_again_is_no_news(invoice, acme):
    visit = begun(invoice, acme)

    for event in ("event:1", "event:1", "event:2"):
        hear(visit, event=event)

    assert (Payment.objects.count(), Lot.objects.count(), CardEvent.objects.count()) == (1, 1, 2)


def test_c14_the_same_form_and_the_next_one_lead_to_the_same_page(invoice, acme):
    first, again, other = begun(invoice, acme), begun(invoice, acme), begun(invoice, acme, "card:2")

    assert first == again == other
    assert len(service.offered().opened) == 1


def test_a_sum_that_was_open_before_is_another_page(cast, invoice, acme):
    first = begun(invoice, acme)
    paid(invoice, 2000, cast.fia)

    second = begun(invoice, acme, "card:2")

    assert (first.amount, second.amount) == (12000, 10000)


@pytest.mark.parametrize(("units", "currency"), [(1_199_999, "sek"), (1_200_001, "sek"), (1_200_000, "eur")])
def test_i3_another_sum_than_that_is_never_led_to_the_invoice(invoice, acme, units, currency):
    heard = hear(begun(invoice, acme), units=units, currency=currency)

    assert (heard.state, Payment.objects.count()) == (CardState.KEPT, 0)


def test_i3_an_invoice_that_was_paid_meanwhile_keeps_the_money_apart_to_be_given_back_once(cast, invoice, acme):
    visit = begun(invoice, acme)
    paid(invoice, 12000, cast.fia)

    kept = hear(visit)
    paying.give_back(kept, by=cast.fia, at=NOON)
    returned = paying.give_back(kept, by=cast.fia, at=NOON)

    assert (returned.state, returned.returned_as, returned.returned_by) == (CardState.RETURNED, "back:money:1", cast.fia)
    assert len(service.offered().returned) == 1
    assert (Payment.objects.count(), Lot.objects.count()) == (1, 1)


def test_i3_a_credited_invoice_is_not_paid(cast, invoice, acme):
    visit = begun(invoice, acme)
    crediting.credit(invoice, None, reason="Wrong", by=cast.fia, at=NOON, cause="c")

    assert hear(visit).state == CardState.KEPT


def test_a_page_that_was_left_is_not_paid_and_can_be_paid_later_still(invoice, acme):
    visit = begun(invoice, acme)

    ended = hear(visit, outcome="ended").state
    late = hear(visit, event="event:2").state

    assert (ended, late) == (CardState.ENDED, CardState.PAID)


def test_what_is_not_signed_is_not_heard(invoice, acme):
    visit = begun(invoice, acme)

    with pytest.raises(NotGenuine):
        paying.hear(told(visit), "", at=NOON)

    assert (CardEvent.objects.count(), Payment.objects.count()) == (0, 0)


def test_only_who_decides_pays_and_only_finance_gives_back(cast, invoice, acme):
    with pytest.raises(NotAllowed):
        paying.begin(invoice, by=acme.requester, at=NOON, cause="c")
    with pytest.raises(NotAllowed):
        paying.give_back(begun(invoice, acme), by=cast.max, at=NOON)


def test_nothing_open_is_nothing_to_pay(cast, invoice, acme):
    paid(invoice, 12000, cast.fia)

    with pytest.raises(paying.NothingToPay):
        begun(invoice, acme)


def test_what_is_not_kept_is_not_given_back(cast, invoice, acme):
    visit = begun(invoice, acme)
    hear(visit)

    with pytest.raises(paying.NotKept):
        paying.give_back(visit, by=cast.fia, at=NOON)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE invoicing_cardpayment SET amount = 1",
        "UPDATE invoicing_cardpayment SET state = 'begun'",
        "DELETE FROM invoicing_cardevent",
        "UPDATE invoicing_cardevent SET identity = 'x'",
    ],
)
def test_c14_the_database_keeps_what_was_paid(invoice, acme, statement):
    hear(begun(invoice, acme))

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_i3_pages_lead_to_the_service_and_say_what_came_of_it(invoice, acme, client_of):
    browser, page = client_of(acme.approver), reverse("invoice", args=[invoice.pk])
    form = browser.get(reverse("invoice-card", args=[invoice.pk]))

    answer = browser.post(reverse("invoice-card", args=[invoice.pk]), {"key": form.context["form"]["key"].value()})
    visit = CardPayment.objects.get()
    before = browser.get(answer["Location"]).content.decode()
    hear(visit)

    assert reverse("invoice-card", args=[invoice.pk]) in browser.get(page).content.decode() or invoice.paid == 0
    assert "SEK\xa012,000.00" in form.content.decode()
    assert visit.url in before
    assert "Thank you" in browser.get(answer["Location"]).content.decode()
    assert reverse("invoice-card", args=[invoice.pk]) not in browser.get(page).content.decode()


def test_a_requester_is_not_offered_the_card(invoice, acme, client_of):
    browser = client_of(acme.requester)

    assert "By card" not in browser.get(reverse("invoice", args=[invoice.pk])).content.decode()
    assert browser.get(reverse("invoice-card", args=[invoice.pk])).status_code == 404


def test_i3_the_service_s_calls_need_its_signature_alone(invoice, acme, client):
    visit = begun(invoice, acme)

    bad = client.post(CALLED, told(visit), content_type="application/json", headers={"stripe-signature": "t=1,v1=00"})
    huge = client.post(CALLED, b" " * 300_000, content_type="application/json", headers={"stripe-signature": WORD})
    good = client.post(CALLED, told(visit), content_type="application/json", headers={"stripe-signature": WORD})

    assert (bad.status_code, huge.status_code, good.status_code, client.get(CALLED).status_code) == (400, 413, 200, 405)
    invoice.refresh_from_db()
    assert invoice.paid == Decimal(12000)


def test_without_a_service_there_is_no_card(invoice, acme, client, client_of, settings):
    settings.CARD_SERVICE = ""

    assert client.post(CALLED, b"{}", content_type="application/json").status_code == 404
    assert client_of(acme.approver).get(reverse("invoice-card", args=[invoice.pk])).status_code == 404


def test_finance_sees_what_is_to_be_given_back_first(cast, invoice, acme, client_of, django_assert_num_queries):
    kept = begun(invoice, acme)
    paid(invoice, 12000, cast.fia)
    hear(kept)
    other = begun(an_invoice(acme, cast.fia), acme, "card:9")
    browser = client_of(cast.fia)

    listed = browser.get(reverse("desk-cards")).context["page"].object_list
    answer = browser.post(reverse("desk-card-return", args=[kept.pk]))

    kept.refresh_from_db()
    assert [visit.pk for visit in listed] == [kept.pk, other.pk]
    assert (answer.status_code, kept.state) == (302, CardState.RETURNED)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_c14_one_event_that_is_told_several_times_at_once_is_heard_once(invoice, acme):
    visit = begun(invoice, acme)

    crowd, _ = at_once(4, lambda number: hear(visit, event="event:1" if number < 3 else "event:2").state)

    assert crowd.errors == []
    assert (Payment.objects.count(), Lot.objects.count(), CardEvent.objects.count()) == (1, 1, 2)
