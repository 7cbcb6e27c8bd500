"""A client's own invoices (rules I1, I3)."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from invoicing import crediting
from tests.cast import NOON
from tests.invoicing.scene import a_draft, an_invoice, invoicing_terms, paid

pytestmark = pytest.mark.django_db
LIST = reverse("invoices")


@pytest.fixture(autouse=True)
def _noon(cast, acme):
    invoicing_terms()
    with time_machine.travel(NOON, tick=False):
        yield


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def page_of(invoice):
    return reverse("invoice", args=[invoice.pk])


def test_i1_the_page_says_all_that_the_invoice_says(cast, acme, client_of):
    invoice = an_invoice(acme, cast.fia)
    paid(invoice, 5000, cast.fia)
    crediting.credit(invoice, {invoice.lines.get().pk: Decimal(600)}, reason="Agreed", by=cast.fia, at=NOON, cause="c")

    page = text(client_of(acme.requester).get(page_of(invoice)))

    for said in (
        *("Invoice 202600001", "Part paid", "Example Support AB", "Acme", "20260000110", "5050-1055", "SE4550000000058398257466"),
        *("8 h", "SEK 1,200.00", "SEK 9,600.00", "VAT 25% of SEK 9,600.00", "SEK 2,400.00", "SEK 12,000.00"),
        *("Friday 18 December 2026", "Approved for F-tax", "Credit note K202600001", "SEK 750.00", "Still open", "SEK 6,250.00"),
    ):
        assert said in page, said


def test_the_list_says_how_each_stands(cast, acme, client_of):
    late = an_invoice(acme, cast.fia, at=NOON - timedelta(days=40))
    settled, gone = an_invoice(acme, cast.fia), an_invoice(acme, cast.fia)
    paid(settled, 12000, cast.fia)
    note = crediting.credit(gone, None, reason="Wrong", by=cast.fia, at=NOON, cause="c")
    a_draft(acme)

    rows = client_of(acme.approver).get(LIST).context["rows"]

    assert [(row.invoice.number, row.standing.code) for row in rows] == [
        (note.number, "credit_note"),
        (gone.number, "credited"),
        (settled.number, "paid"),
        (late.number, "overdue"),
    ]
    assert "should have been paid by" in text(client_of(acme.approver).get(page_of(late)))


def test_i1_drafts_and_those_of_others_are_not_there(cast, acme, borealis, client_of):
    draft, theirs = a_draft(acme), an_invoice(borealis, cast.fia)
    browser = client_of(acme.approver)

    assert [browser.get(page_of(found)).status_code for found in (draft, theirs)] == [404, 404]
    assert [client_of(person).get(page_of(theirs)).status_code for person in (cast.fia, cast.max, cast.tessa.person)] == [404] * 3
    assert "No invoices yet" in text(browser.get(LIST))


def test_more_invoices_ask_no_more_questions(cast, acme, client_of):
    browser = client_of(acme.approver)
    first = an_invoice(acme, cast.fia)
    with CaptureQueriesContext(connection) as few:
        browser.get(LIST)
        browser.get(page_of(first))
    for _ in range(4):
        an_invoice(acme, cast.fia)
    for amount in (1, 2, 3):
        paid(first, amount, cast.fia)

    with CaptureQueriesContext(connection) as many:
        browser.get(LIST)
        browser.get(page_of(first))

    assert len(many) == len(few)
