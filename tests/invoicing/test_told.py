"""What happened to an invoice is read by everybody in their own language, whoever or whatever did it (rule P4)."""

import pytest
from django.urls import reverse
from django.utils import translation

from clients.models import Provider
from credits import topups
from invoicing import documents, drafting, life
from invoicing.models import InvoiceEvent, InvoiceEventKind, TransmissionState
from invoicing.transmission import life as steps
from people.models import Person
from tests.cast import NOON
from tests.invoicing.scene import a_draft, a_top_up, an_invoice, draft_of, invoicing_terms

pytestmark = pytest.mark.django_db


def told(kind):
    """What readers of either language read of the one event of that kind."""
    event, read = InvoiceEvent.objects.get(kind=kind), []
    for language in ("en", "sv"):
        with translation.override(language):
            read.append(event.reason_read)
    return read


@pytest.mark.parametrize("active", ["en", "sv"])
def test_p4_why_there_is_no_e_invoice_is_read_in_the_readers_language(cast, acme, active):
    invoicing_terms()
    invoice = an_invoice(acme, cast.fia)

    with translation.override(active):
        documents.keep(invoice, at=NOON)

    english, swedish = told(InvoiceEventKind.NO_XML)
    assert "the buyer's electronic address" in english
    assert "köparens elektroniska adress" in swedish
    assert "Nothing has changed" not in english


def test_p4_a_draft_whose_order_was_withdrawn_says_so_to_everybody(cast, acme):
    invoicing_terms()
    order = a_top_up(acme)
    draft_of(order)
    topups.cancel(top_up=order, by=acme.approver, at=NOON)

    drafting.drop_withdrawn(at=NOON)

    assert told(InvoiceEventKind.DROPPED) == ["The order was withdrawn.", "Beställningen återkallades."]


def test_p4_what_did_not_arrive_says_why_to_everybody(cast, acme):
    invoicing_terms()
    invoice = an_invoice(acme, cast.fia)
    Person.objects.filter(pk=acme.approver.pk).update(is_active=False)

    documents.keep(invoice, at=NOON)

    english, swedish = told(InvoiceEventKind.UNDELIVERED)

    assert english.endswith("There is neither an address for invoices nor an approver who can sign in.")
    assert swedish.endswith("Det finns varken någon fakturaadress eller någon godkännare som kan logga in.")


def test_p4_what_a_network_answered_stands_as_it_was_answered(cast, acme):
    invoicing_terms()
    invoice = an_invoice(acme, cast.fia)
    documents.keep(invoice, at=NOON)

    steps.not_delivered(invoice.transmissions.get(), TransmissionState.FAILED, answer="550 no such mailbox", at=NOON)

    english, swedish = told(InvoiceEventKind.UNDELIVERED)
    assert (english.split(" · ")[-1], swedish.split(" · ")[-1]) == ("550 no such mailbox", "550 no such mailbox")
    assert english != swedish


def test_p4_what_somebody_typed_and_what_was_written_before_stand_as_they_were_written(cast, acme):
    invoicing_terms()
    draft = a_draft(acme)

    drafting.drop(draft, reason="Fel kund", by=cast.fia, at=NOON)
    life.note(draft, InvoiceEventKind.CHANGED, at=NOON, by=None, reason="The order was withdrawn.")

    assert told(InvoiceEventKind.DROPPED) == ["Fel kund", "Fel kund"]
    assert told(InvoiceEventKind.CHANGED) == ["The order was withdrawn."] * 2


def test_p4_the_page_shows_it_in_the_readers_language_and_keeps_it_in_the_providers(cast, acme, client_of):
    invoicing_terms()
    Provider.objects.update(language="en")
    Person.objects.filter(pk=cast.fia.pk).update(language="sv")
    invoice = an_invoice(acme, cast.fia)
    documents.keep(invoice, at=NOON)

    page = client_of(Person.objects.get(pk=cast.fia.pk)).get(reverse("desk-invoice", args=[invoice.pk])).content.decode()

    assert "köparens elektroniska adress" in page
    assert "the buyer's electronic address" in InvoiceEvent.objects.get(kind=InvoiceEventKind.NO_XML).reason
