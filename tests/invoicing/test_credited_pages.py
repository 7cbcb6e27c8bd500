"""What finance reads of an invoice that was paid and is credited (rules C4, I1, I3)."""

from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from invoicing import crediting, drafting, listing, payouts, settlement, unbacked
from invoicing.models import InvoicingTerms
from tests.cast import NOON
from tests.invoicing.abroad import credited, sold
from tests.invoicing.going_back import a_paid_invoice, a_refund, lot_of
from tests.invoicing.scene import an_invoice, invoicing_terms, paid

pytestmark = pytest.mark.django_db
WHOLE = {"what": "whole", "reason": "Ordered by mistake", "key": "k"}


@pytest.fixture(autouse=True)
def _noon(cast, acme):
    invoicing_terms()
    with time_machine.travel(NOON, tick=False):
        yield


def at(name, *ids):
    return reverse(name, args=ids)


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def what_follows(browser, invoice, **said):
    return browser.post(at("desk-invoice-credit", invoice.pk), WHOLE | said).context["sentence"]


def test_i1_of_an_open_invoice_as_much_less_is_owed(cast, acme, client_of):
    sentence = what_follows(client_of(cast.fia), an_invoice(acme, cast.fia))

    assert ("As much less is owed of the invoice." in sentence, "has paid" in sentence) == (True, False)


def test_i1_of_a_paid_invoice_nothing_less_is_owed_and_the_money_is_the_clients(cast, acme, client_of):
    sentence = what_follows(client_of(cast.fia), a_paid_invoice(acme, cast.fia)).replace("\xa0", " ")

    assert "The client has paid this: SEK 12,000.00 is the client’s from then on" in sentence
    assert "less is owed" not in sentence


def test_i1_of_an_invoice_paid_in_part_both_are_said(cast, acme, client_of):
    invoice = an_invoice(acme, cast.fia)
    paid(invoice, 5000, cast.fia)

    sentence = what_follows(client_of(cast.fia), invoice).replace("\xa0", " ")

    assert "SEK 7,000.00 less is owed of the invoice. The client has paid this: SEK 5,000.00 is the client’s" in sentence


@pytest.mark.parametrize("part", [None, Decimal("300.30"), Decimal("1000.30")])
def test_i1_what_is_said_to_follow_is_what_follows(cast, acme, part):
    """With the rounding to whole kronor, which goes with the last of the invoice."""
    InvoicingTerms.objects.update(whole_kronor=True)
    invoice = sold(acme, cast.fia, ("1000.30", 25))
    paid(invoice, 1000, cast.fia)
    invoice.refresh_from_db()
    parts = None if part is None else {invoice.lines.get().pk: part}
    before = invoice.open.amount

    said = crediting.effect(invoice, parts)
    crediting.credit(invoice, parts, reason="Wrong", by=cast.fia, at=NOON, cause="c")

    invoice.refresh_from_db()
    assert (said.owed_less.amount + said.over.amount, said.over) == (before - invoice.open.amount, invoice.over)


def test_i1_the_page_of_a_paid_and_credited_invoice_says_what_became_of_money_and_credit(cast, acme, client_of):
    invoice = a_paid_invoice(acme, cast.fia)
    crediting.credit(invoice, None, reason="Ordered by mistake", by=cast.fia, at=NOON, cause="c")

    page = text(client_of(cast.fia).get(at("desk-invoice", invoice.pk)))
    behind = text(client_of(cast.fia).get(at("desk-invoice-unbacked", invoice.pk)))
    theirs = text(client_of(acme.approver).get(at("invoice", invoice.pk)))

    assert "Paid beyond that: the client’s, with us</dt><dd>SEK 12,000.00" in page
    assert ("Credit that was credited" in page, "nobody pays for" in page, "yours" in page) == (True, False, False)
    assert ("Take it back for good" in behind, "Freeze it until it is paid" in behind, "nobody pays for" in behind) == (True, False, False)
    assert "What was paid of it stays the client’s." in behind
    assert "Too much, yours with us</dt><dd>SEK 12,000.00" in theirs


def test_i1_of_an_unpaid_invoice_the_credit_can_be_frozen(cast, acme, client_of):
    invoice = a_paid_invoice(acme, cast.fia)
    settlement.take_back(invoice.payments.get(), reason="The bank was wrong", by=cast.fia, at=NOON)

    page = text(client_of(cast.fia).get(at("desk-invoice", invoice.pk)))
    behind = text(client_of(cast.fia).get(at("desk-invoice-unbacked", invoice.pk)))

    assert ("Credit that nobody pays for" in page, "Freeze it until it is paid" in behind) == (True, True)


def test_i5_credit_that_is_frozen_though_paid_for_is_called_so(cast, acme, client_of):
    invoice = a_paid_invoice(acme, cast.fia)
    settlement.take_back(invoice.payments.get(), reason="The bank was wrong", by=cast.fia, at=NOON)
    invoice.refresh_from_db()
    unbacked.freeze(invoice, by=cast.fia, at=NOON, reason="Until it is paid")
    paid(invoice, 12000, cast.fia)

    page = text(client_of(cast.fia).get(at("desk-invoice", invoice.pk)))

    assert ("Credit that is still frozen" in page, "Unfreeze it" in page, "nobody pays for" in page) == (True, True, False)


def test_i3_a_payment_whose_money_has_moved_on_is_not_offered_to_be_taken_back(cast, acme, client_of):
    invoice = a_paid_invoice(acme, cast.fia)
    payment, browser = invoice.payments.get(), client_of(cast.fia)
    credited(invoice, 600, cast.fia)
    offer = at("desk-payment-take-back", payment.pk)

    before = text(browser.get(at("desk-invoice", invoice.pk)))
    payouts.gather(acme.organisation, "SEK", by=cast.fia, at=NOON)
    after = text(browser.get(at("desk-invoice", invoice.pk)))

    assert (offer in before, offer in after) == (True, False)


def test_i1_what_is_the_clients_is_neither_open_nor_does_it_lower_how_old_is_what_is_open(cast, acme, client_of):
    over, still_open = a_paid_invoice(acme, cast.fia), an_invoice(acme, cast.fia)
    credited(over, 600, cast.fia)

    page = client_of(cast.fia).get(reverse("desk-invoices"))

    assert [row.invoice.pk for row in page.context["rows"]] == [still_open.pk]
    listed = text(client_of(cast.fia).get(reverse("desk-invoices"), {"tab": "paid"}))
    assert ("SEK 750.00 is the client’s" in listed, "-SEK 750.00" in listed, "−SEK 750.00" in listed) == (True, False, False)
    assert [age.together.amount for age in page.context["ages"]] == [12000]
    assert listing.standing_of(type(over).objects.get(pk=over.pk), today=NOON.date()).code == "paid"


def test_c13_a_drafted_credit_note_is_called_one_before_and_after_it_is_issued(cast, acme, client_of):
    a_refund(cast, lot_of(a_paid_invoice(acme, cast.fia)), 150)
    (draft,) = drafting.pull(at=NOON)
    browser = client_of(cast.fia)

    before = text(browser.get(at("desk-invoice", draft.pk)))
    after = text(browser.post(at("desk-invoice-issue", draft.pk), follow=True))

    assert ("A credit note of SEK 3,750.00 gets its number for ever" in before, "An invoice of" in before) == (True, False)
    assert "The credit note is issued, and the client is told." in after
