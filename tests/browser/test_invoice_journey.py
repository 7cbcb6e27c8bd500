"""From an order to its invoice, a bank file, credit, and a booking that is scheduled by it, in Chromium (rules C4, C6, I1 to I4).

The client orders on a phone and books before the credit is there; finance works at a desk.
"""

import pytest
import time_machine

from clients.models import Organisation
from credits.audit import audit
from credits.models import CreditAccount
from dashboard.due import run_due
from invoicing.models import Invoice, InvoiceState
from people.models import Person
from sessions.models import Session, State
from tests.browser.test_credit_loop import book
from tests.cast import at_stockholm
from tests.invoicing.access_points import a_buyer, a_seller
from tests.invoicing.bank_files import Ntry, Tx, camt053

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WORDS = {
    "en": {"waits": "Waits for a top-up", "total": "SEK 12,000.00", "paid": "Paid", "left": "6 h"},
    "sv": {"waits": "Väntar på påfyllning", "total": "12 000,00 kr", "paid": "Betald", "left": "6 tim"},
}


def travel(hour, minute=0):
    return time_machine.travel(at_stockholm(2026, 11, 18, hour, minute))


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("sv", 390)])
def test_c4_an_order_is_invoiced_paid_through_the_bank_and_becomes_credit_that_schedules_a_booking(
    cast, acme, window_of, tmp_path, language, width
):
    a_seller()
    a_buyer(acme, sent_by="portal")
    Person.objects.update(language=language)
    Organisation.objects.filter(pk=acme.organisation.pk).update(language=language)
    words = WORDS[language]

    with travel(9):
        anna, rolf, fia = (window_of(person, width=width) for person in (acme.approver, acme.requester, cast.fia))
        anna.open(f"/credit/{acme.account.pk}/top-ups/new/")
        anna.press("form:has(input[name=quantity]) button[type=submit]:not([name])")
        book(rolf, acme, cast)
        assert Session.objects.get().state == State.AWAITING_TOP_UP
    with travel(10):
        it_is_invoiced(fia)
        run_due(at=at_stockholm(2026, 11, 18, 10, 1))
    invoice = Invoice.objects.get()
    with travel(11):
        anna.open("/invoices/")
        anna.open(f"/invoices/{invoice.pk}/")
        assert words["total"] in anna.text
        assert invoice.ocr in anna.text
        the_documents_are_there(anna, invoice)
    with travel(15):
        the_bank_tells_of_it(fia, tmp_path, invoice)
        run_due(at=at_stockholm(2026, 11, 18, 15, 1))
        anna.open(f"/invoices/{invoice.pk}/")
        assert words["paid"] in anna.text
        anna.open(f"/credit/{acme.account.pk}/statement/")
        assert words["left"] in anna.text

    assert Session.objects.get().state == State.SCHEDULED
    assert CreditAccount.objects.get(pk=acme.account.pk).available_minutes == 480 - 120
    assert audit().findings == []


def it_is_invoiced(fia):
    """Finance drafts what is billable, looks at the draft, and issues it."""
    fia.open("/desk/invoices/")
    fia.press("form[action$='/drafting/'] button")
    draft = Invoice.objects.get()
    fia.open(f"/desk/invoices/{draft.pk}/")
    fia.press("form[action$='/issuing/'] button[type=submit]")
    draft.refresh_from_db()
    assert draft.state == InvoiceState.ISSUED


def the_documents_are_there(anna, invoice):
    """What the links lead to, as the browser's own session gets it."""
    pdf, xml = (anna.page.request.get(f"{anna.url}/invoices/{invoice.pk}/document/{kind}/") for kind in ("pdf", "xml"))
    assert (pdf.status, pdf.body()[:5]) == (200, b"%PDF-")
    assert (xml.status, invoice.number in xml.text()) == (200, True)


def the_bank_tells_of_it(fia, folder, invoice):
    """The file of the day is handed in, and what names the invoice is led to it."""
    file = folder / "camt053.xml"
    paid = Tx(amount="12000.00", refs=[invoice.ocr])
    file.write_bytes(camt053(Ntry(amount="12000.00", booked="2026-11-18", details=[paid])))
    fia.open("/desk/bank/")
    fia.the("input[type=file]").set_input_files(file)
    fia.press("form:has(input[type=file]) button[type=submit]")
    invoice.refresh_from_db()
    assert invoice.open.amount == 0
