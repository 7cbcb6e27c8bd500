"""Statements of account on pages and as PDF, and the VAT number on the buyer's page (rules I2, I4)."""

import pytest
import time_machine
from django.urls import reverse

from clients.models import MemberRole, Membership
from invoicing import statement_paper, vat_checks
from invoicing.models import InvoicingTerms, VatCheck
from tests.cast import NOON
from tests.core.papers import pages_of
from tests.invoicing.abroad import AWAY, GERMAN, NO, YES, Register, drafted, moved_to
from tests.invoicing.scene import an_invoice, invoicing_terms, paid

pytestmark = pytest.mark.django_db
NOVEMBER = {"first": "2026-11-01", "last": "2026-11-30"}


@pytest.fixture(autouse=True)
def _noon(cast, acme):
    invoicing_terms()
    with time_machine.travel(NOON, tick=False):
        yield


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def at(name, client):
    return reverse(name, args=[client.organisation.pk])


def test_i4_a_client_reads_its_statement_and_what_is_open(cast, acme, client_of):
    invoice = an_invoice(acme, cast.fia)
    paid(invoice, 2000, cast.fia)

    shown = text(client_of(acme.requester).get(at("invoice-account", acme), NOVEMBER))

    for words in ("Opening balance", "SEK 0.00", str(invoice.number), "SEK 12,000.00", "−2,000.00", "SEK 10,000.00"):
        assert words in shown
    assert at("invoice-account", acme) in text(client_of(acme.requester).get(reverse("invoices")))


def test_i4_the_desk_shows_the_same_and_leads_to_it(cast, acme, client_of):
    invoice = an_invoice(acme, cast.fia)
    browser = client_of(cast.fia)

    shown = text(browser.get(at("desk-invoice-account", acme), NOVEMBER))

    assert reverse("desk-invoice", args=[invoice.pk]) in shown
    assert at("desk-invoice-account", acme) in text(browser.get(at("desk-buyer", acme)))
    assert at("desk-invoice-account", acme) in text(browser.get(reverse("desk-invoice", args=[invoice.pk])))


def test_i4_the_pdf_is_in_the_readers_language_and_at_the_desk_in_the_clients(cast, acme, client_of):
    an_invoice(acme, cast.fia)
    acme.organisation.language = "sv"
    acme.organisation.save()

    portal = client_of(acme.approver).get(at("invoice-account-pdf", acme), NOVEMBER)
    desk = client_of(cast.fia).get(at("desk-invoice-account-pdf", acme), NOVEMBER)

    assert portal["Content-Disposition"] == 'attachment; filename="acme-2026-11-01-2026-11-30.pdf"'
    assert "SEK" in pages_of(portal.content)[0]
    assert "12 000,00 kr" in pages_of(desk.content)[0].replace("\xa0", " ")


def test_i4_an_empty_statement_says_so(cast, acme, client_of):
    assert "Nothing has been invoiced or paid" in text(client_of(acme.approver).get(at("invoice-account", acme)))


@pytest.mark.parametrize("name", ["invoice-account", "invoice-account-pdf"])
def test_i4_a_period_that_ends_before_it_begins_is_refused(acme, client_of, name):
    assert client_of(acme.approver).get(at(name, acme), {"first": "2026-11-30", "last": "2026-11-01"}).status_code == 422


def test_i4_what_no_paper_holds_is_refused_on_the_page(cast, acme, client_of, monkeypatch):
    monkeypatch.setattr(statement_paper, "MOST_PRINTED", 0)
    an_invoice(acme, cast.fia)

    response = client_of(acme.approver).get(at("invoice-account-pdf", acme), NOVEMBER)

    assert response.status_code == 409
    assert "more lines than a PDF holds" in text(response)


@pytest.mark.parametrize("name", ["invoice-account", "invoice-account-pdf"])
def test_i4_the_stranger_and_staff_find_nothing_in_the_portal(cast, acme, borealis, client_of, name):
    for person in (borealis.approver, cast.fia, cast.ada):
        assert client_of(person).get(at(name, acme)).status_code == 404


@pytest.mark.parametrize("name", ["desk-invoice-account", "desk-invoice-account-pdf"])
def test_i4_at_the_desk_it_is_for_finance(cast, acme, client_of, name):
    for person in (acme.approver, cast.max, cast.tessa.person):
        assert client_of(person).get(at(name, acme)).status_code == 404


def test_i4_who_belongs_to_two_clients_has_two_statements(cast, acme, borealis, client_of):
    Membership.objects.create(person=acme.approver, organisation=borealis.organisation, role=MemberRole.REQUESTER)
    an_invoice(acme, cast.fia)
    browser = client_of(acme.approver)

    shown = text(browser.get(reverse("invoices")))

    for client in (acme, borealis):
        assert at("invoice-account", client) in shown
        assert browser.get(at("invoice-account", client)).status_code == 200


def test_p1_where_nothing_is_invoiced_there_is_no_statement(cast, acme, client_of):
    InvoicingTerms.objects.all().delete()

    assert client_of(acme.approver).get(at("invoice-account", acme)).status_code == 404
    assert client_of(cast.fia).get(at("desk-invoice-account", acme)).status_code == 404


@pytest.mark.parametrize(
    ("answer", "words"), [(YES, "Valid, said VIES"), (NO, "Not valid, said VIES"), (AWAY, "says nothing about the number")]
)
def test_i2_the_latest_answer_stands_with_the_buyer_and_the_invoice(cast, acme, client_of, answer, words):
    moved_to(acme, "DE", GERMAN)
    draft = drafted(acme, (1000, 0))
    vat_checks.check(acme.organisation, by=cast.fia, at=NOON, cause="k", checker=Register(answer))
    browser = client_of(cast.fia)

    assert words in text(browser.get(at("desk-buyer", acme)))
    assert words in text(browser.get(reverse("desk-invoice", args=[draft.pk])))


def test_i2_the_button_asks_and_keeps_the_answer_whatever_it_is(cast, acme, client_of, internet):
    moved_to(acme, "DE", GERMAN)
    browser = client_of(cast.fia)

    answers = [browser.post(at("desk-buyer-vat-check", acme), {"key": "k"}).status_code for _ in range(2)]

    assert answers == [302, 302]
    assert [(check.verdict, check.trouble, check.asked_by) for check in VatCheck.objects.all()] == [("unavailable", "NO_WAY", cast.fia)]
    assert internet.asked == ["ec.europa.eu"]


def test_i2_the_button_refuses_in_words(cast, acme, client_of):
    response = client_of(cast.fia).post(at("desk-buyer-vat-check", acme), {"key": "k"})

    assert response.status_code == 409
    assert "nothing to ask" in text(response)


def test_i2_administrators_read_and_do_not_ask(cast, acme, client_of):
    moved_to(acme, "DE", GERMAN)
    browser = client_of(cast.ada)

    assert "Check the VAT number" not in text(browser.get(at("desk-buyer", acme)))
    assert browser.post(at("desk-buyer-vat-check", acme), {"key": "k"}).status_code == 403
