"""Fetching an invoice as a file (rule I4): who may, and how it is handed over."""

import pytest
from django.test import Client as Browser
from django.urls import reverse

from invoicing import crediting, documents
from tests.cast import NOON, a_client
from tests.invoicing.scene import a_draft, an_invoice, invoicing_terms

pytestmark = pytest.mark.django_db


@pytest.fixture
def invoice(cast, acme):
    invoicing_terms()
    return an_invoice(acme, cast.fia)


def fetched(person, invoice, kind="pdf", *, name="invoice-document"):
    browser = Browser()
    browser.force_login(person)
    return browser.get(reverse(name, args=[invoice.pk, kind]))


def test_i4_the_client_fetches_the_very_bytes_that_are_kept(acme, invoice):
    kept = documents.keep(invoice, at=NOON)

    response = fetched(acme.requester, invoice)

    assert response.content == bytes(kept["pdf"].content)
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"] == 'attachment; filename="invoice-202600001.pdf"'
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response.headers["Cache-Control"]


def test_p4_the_file_is_named_in_the_language_of_the_invoice(cast):
    invoicing_terms()
    invoice = an_invoice(a_client(cast, "Svenska", language="sv"), cast.fia)
    note = crediting.credit(invoice, None, reason="Fel", by=cast.fia, at=NOON, cause="c")

    answers = [fetched(cast.fia, each, name="desk-invoice-document") for each in (invoice, note)]

    named = [answer.headers["Content-Disposition"].partition("filename=")[2] for answer in answers]
    assert named == [f'"faktura-{invoice.number}.pdf"', f'"kreditfaktura-{note.number.lower()}.pdf"']


def test_i4_before_the_job_has_come_to_it_the_same_bytes_are_drawn(cast, acme, invoice):
    early = fetched(cast.fia, invoice, name="desk-invoice-document").content

    assert not invoice.documents.exists()
    assert early == bytes(documents.keep(invoice, at=NOON)["pdf"].content)


def test_i4_strangers_and_what_is_not_there_are_not_found(cast, acme, borealis, invoice):
    draft = a_draft(acme)

    for person, of, kind, name, status in (
        (borealis.approver, invoice, "pdf", "invoice-document", 404),
        (acme.approver, draft, "pdf", "invoice-document", 404),
        (acme.approver, invoice, "exe", "invoice-document", 404),
        (acme.approver, invoice, "xml", "invoice-document", 404),
        (acme.approver, invoice, "pdf", "desk-invoice-document", 404),
        (cast.tessa.person, invoice, "pdf", "desk-invoice-document", 404),
        (cast.fia, draft, "pdf", "desk-invoice-document", 404),
        (cast.max, invoice, "pdf", "desk-invoice-document", 200),
    ):
        assert fetched(person, of, kind, name=name).status_code == status, (person, kind, name)
