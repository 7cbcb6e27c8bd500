"""What is owed at the desk and in the portal, and invoicing it now (rules C11, I7)."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.models import Agreement
from invoicing import issuing
from invoicing.models import Invoice, InvoicingTerms
from tests.cast import NOON, a_client
from tests.invoicing.owing import MONTH_OVER, drafted, invoiced, owes
from tests.invoicing.scene import an_invoice, invoicing_terms

pytestmark = pytest.mark.django_db
LIST = reverse("desk-debts")


@pytest.fixture(autouse=True)
def _noon(cast, acme):
    invoicing_terms()
    with time_machine.travel(NOON, tick=False):
        yield


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def now(client):
    return reverse("desk-debts-invoice", args=[client.account.pk])


def owed_by(client):
    return reverse("owed", args=[client.account.pk])


def test_c11_the_desk_lists_who_owes_what_since_when(cast, acme, borealis, client_of):
    owes(acme, 90)
    owes(acme, 60, at=NOON + timedelta(hours=1))
    page = text(client_of(cast.fia).get(LIST))

    assert "Acme</a>" in page
    assert "Borealis</a>" not in page
    for words in ("2 h 30", "SEK 3,000.00", "drafted Tue 1 Dec", "Draft it now"):
        assert words in page


def test_c11_an_empty_list_says_so(cast, client_of):
    assert "Nobody owes anything" in text(client_of(cast.fia).get(LIST))


def test_c11_drafting_now_leads_to_the_draft(cast, acme, client_of):
    owes(acme, 90)

    answer = client_of(cast.fia).post(now(acme))

    draft = Invoice.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("desk-invoice", args=[draft.pk]))
    page = text(client_of(cast.fia).get(LIST))
    assert "On a draft" in page
    assert "Draft it now" not in page


def test_c11_the_sources_of_the_draft_lead_to_its_entry(cast, acme, client_of):
    entry = owes(acme, 90)
    draft = drafted(acme)

    page = text(client_of(cast.fia).get(reverse("desk-invoice", args=[draft.pk])))

    assert reverse("entry", args=[entry.pk]) in page
    assert "1 h 30 min of debt" in page


def test_c11_where_nothing_is_owed_the_button_says_so(cast, acme, client_of):
    answer = client_of(cast.fia).post(now(acme))

    assert answer.status_code == 409
    assert "Nothing is owed here that is not invoiced already." in text(answer)


def test_c11_an_administrator_reads_and_does_not_act(cast, acme, client_of):
    owes(acme, 90)
    browser = client_of(cast.ada)

    assert "Draft it now" not in text(browser.get(LIST))
    assert browser.post(now(acme)).status_code == 403


@pytest.mark.parametrize("name", ["max", "tessa"])
def test_c11_others_find_nothing(cast, acme, client_of, name):
    person = getattr(cast, name)
    browser = client_of(getattr(person, "person", person))

    assert {browser.get(LIST).status_code, browser.post(now(acme)).status_code} <= {403, 404}


def test_p1_without_invoicing_there_are_no_such_pages(cast, acme, client_of):
    InvoicingTerms.objects.all().delete()

    assert client_of(cast.fia).get(LIST).status_code == 404
    assert client_of(acme.approver).get(owed_by(acme)).status_code == 404


def test_rel_the_list_asks_as_much_for_one_as_for_many(cast, acme, client_of):
    browser, counts = client_of(cast.fia), []
    for number in range(2):
        for client in (a_client(cast, f"Client{number}{letter}") for letter in "ab"[: number + 1]):
            owes(client, 60)
            owes(client, 30)
        browser.get(LIST)
        with CaptureQueriesContext(connection) as asked:
            browser.get(LIST)
        counts.append(len(asked))

    assert counts[0] == counts[1]


def test_c11_the_client_reads_what_is_owed_and_when_it_is_invoiced(acme, client_of):
    owes(acme, 90, text="Upgrade")

    page = text(client_of(acme.requester).get(owed_by(acme)))

    for words in ("1 h 30 min is owed", "Upgrade", "SEK 1,800.00 without VAT", "invoiced after Tue 1 Dec"):
        assert words in page


def test_c11_a_draft_is_said_to_be_made_and_an_issued_one_is_linked(cast, acme, client_of):
    owes(acme, 90)
    draft = drafted(acme)
    browser = client_of(acme.approver)
    before = text(browser.get(owed_by(acme)))

    invoice = issuing.issue(draft, by=cast.fia, at=MONTH_OVER)
    after = text(browser.get(owed_by(acme)))

    assert "its invoice is being made" in before
    assert ("You owe nothing" in after, reverse("invoice", args=[invoice.pk]) in after) == (True, True)


def test_c11_the_home_page_leads_there(acme, client_of):
    owes(acme, 90)

    assert owed_by(acme) in text(client_of(acme.approver).get(reverse("home")))


def test_i7_a_postpaid_client_reads_postpaid_instead_of_what_is_available(acme, client_of):
    Agreement.objects.filter(organisation=acme.organisation).update(postpaid=True)
    owes(acme, 90)
    browser = client_of(acme.approver)

    home, owed = text(browser.get(reverse("home"))), text(browser.get(owed_by(acme)))

    assert "Postpaid: what you confirm is invoiced monthly at the price list." in home
    assert "Available credit" not in home
    assert "You pay afterwards" in owed


def test_c11_a_stranger_finds_nothing(acme, borealis, cast, client_of):
    owes(acme, 90)

    for person in (borealis.approver, cast.fia, cast.max):
        assert client_of(person).get(owed_by(acme)).status_code in (302, 404)


def test_c11_the_orders_page_shows_what_is_invoiced_without_a_way_to_withdraw(cast, acme, client_of):
    owes(acme, 90)
    draft, orders = drafted(acme), reverse("topups", args=[acme.account.pk])
    before = text(client_of(acme.approver).get(orders))
    issuing.issue(draft, by=cast.fia, at=MONTH_OVER)

    page = text(client_of(acme.approver).get(orders))

    assert ("Owed for work done" in before, "Owed for work done" in page) == (False, True)
    assert "Withdraw" not in page


def test_c4_a_credit_note_that_would_take_used_credit_is_refused_on_its_page(cast, acme, client_of):
    owes(acme, 90)
    invoice = invoiced(acme, cast.fia, at=MONTH_OVER)
    said = {"what": "whole", "reason": "It was wrong", "key": "k", "shown": "2250.00"}

    with time_machine.travel(MONTH_OVER, tick=False):
        answer = client_of(cast.fia).post(reverse("desk-invoice-credit", args=[invoice.pk]), said)

    assert answer.status_code == 409
    assert "nothing of it can be credited now" in text(answer)


def test_i2_a_client_abroad_orders_without_vat_and_its_invoice_is_issued(cast, acme, client_of):
    acme.organisation.country, acme.organisation.vat_number = "FI", "FI20774740"
    acme.organisation.save()
    acme.account.refresh_from_db()
    page = text(client_of(acme.approver).get(reverse("topup-new", args=[acme.account.pk])))

    invoice = an_invoice(acme, cast.fia)

    assert "Reverse charge: the buyer accounts for the VAT" in page
    assert "SEK 0.00" in page
    assert (invoice.vat, invoice.total, invoice.vat_treatment) == (Decimal(0), Decimal(9600), "reverse_charge")
