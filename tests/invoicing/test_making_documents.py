"""The documents of many invoices at once, from the command line (rule I4)."""

import pytest
from django.core.management import call_command

from invoicing import documents
from invoicing.models import InvoiceDocument
from tests.invoicing.scene import an_invoice, invoicing_terms

pytestmark = pytest.mark.django_db


@pytest.fixture
def invoices(cast, acme):
    invoicing_terms()
    return [an_invoice(acme, cast.fia) for _ in range(3)]


def made():
    return list(InvoiceDocument.objects.order_by("invoice").values_list("invoice", flat=True))


def test_i4_all_that_are_missing_are_made_once_and_it_says_how_far_it_is(invoices, capsys):
    for _ in range(2):
        call_command("make_invoice_documents")

    said = capsys.readouterr().out
    assert made() == [invoice.pk for invoice in invoices]
    assert ("1 of 3" in said, "3 invoices have their documents now." in said, "0 invoices have" in said) == (True, True, True)


def test_i4_stopped_half_way_it_goes_on_where_it_stopped(invoices, monkeypatch):
    keep = documents.keep

    def dies(invoice, **more):
        if invoice == invoices[1]:
            raise KeyboardInterrupt
        return keep(invoice, **more)

    with monkeypatch.context() as patch:
        patch.setattr(documents, "keep", dies)
        with pytest.raises(KeyboardInterrupt):
            call_command("make_invoice_documents")
    half = made()
    call_command("make_invoice_documents")

    assert (half, made()) == ([invoices[0].pk], [invoice.pk for invoice in invoices])


def test_i4_one_that_cannot_be_made_is_named_and_holds_up_no_other(invoices, monkeypatch, capsys):
    keep = documents.keep
    monkeypatch.setattr(documents, "keep", lambda invoice, **more: keep(invoice, **more) if invoice != invoices[0] else 1 / 0)

    with pytest.raises(SystemExit):
        call_command("make_invoice_documents")

    assert made() == [invoice.pk for invoice in invoices[1:]]
    assert f"{invoices[0]}: ZeroDivisionError" in capsys.readouterr().err
