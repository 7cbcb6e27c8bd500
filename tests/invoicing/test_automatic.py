"""Invoices of automatic top-ups, issued by themselves where that is agreed (rules C2, I1)."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from clients import purchase_orders
from clients.models import Organisation
from credits import auto_top_ups, topups
from credits.topups import TopUp, TopUpState
from invoicing import automatic, crediting, drafting, issuing
from invoicing.models import Invoice, InvoiceState
from notices.models import Notice
from tests.cast import NOON, a_client
from tests.clients.purchase import an_order, kronor
from tests.credits.agreeing import agreed
from tests.invoicing.scene import a_draft, an_invoice, draft_of, invoicing_terms
from tests.proofs.crowd import at_once

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=5)


@pytest.fixture(autouse=True)
def terms(db):
    return invoicing_terms()


def ordered(client, finance, *, at_once=True):
    """A draft of an automatic top-up."""
    auto_top_ups.set_issuing(agreed(client), at_once=at_once, by=finance, at=NOON)
    auto_top_ups.order_due(at=NOON)
    drafting.pull(at=NOON)
    return Invoice.objects.latest("pk")


def test_c2_its_invoice_is_issued_at_once_and_by_nobody(cast, acme):
    draft = ordered(acme, cast.fia)

    assert [automatic.issue_due(at=LATER) for _tick in range(2)] == [1, 0]

    draft.refresh_from_db()
    assert (draft.state, draft.issued_by, draft.issued_at, draft.number) == (InvoiceState.ISSUED, None, LATER, "202600001")
    assert Notice.objects.filter(cause=f"invoice:{draft.pk}:issued", person=acme.approver).count() == 1


def test_c2_otherwise_it_waits_for_finance(cast, acme):
    draft = ordered(acme, cast.fia, at_once=False)

    assert automatic.issue_due(at=LATER) == 0
    with pytest.raises(issuing.NotAutomatic):
        issuing.issue_automatically(draft, at=LATER)
    assert issuing.issue(draft, by=cast.fia, at=LATER).issued_by == cast.fia


def test_i1_nothing_else_is_issued_by_itself(cast, acme, borealis):
    by_hand, note = a_draft(borealis), an_invoice(acme, cast.fia)
    credited = crediting.credit(note, None, reason="wrong", by=cast.fia, at=NOON, cause="note")
    empty = Invoice.objects.create(organisation=acme.organisation, cause="empty", currency="SEK", drafted_at=NOON, vat_treatment="domestic")

    for invoice in (by_hand, credited):
        with pytest.raises(issuing.NotAutomatic):
            issuing.issue_automatically(invoice, at=LATER)
    with pytest.raises((issuing.NotAutomatic, issuing.NothingToIssue)):
        issuing.issue_automatically(empty, at=LATER)
    assert automatic.issue_due(at=LATER) == 0


def test_c2_what_is_refused_stays_a_draft_and_finance_is_told_once(cast, acme):
    draft = ordered(acme, cast.fia)
    Organisation.objects.filter(pk=acme.organisation.pk).update(needs_order=True)

    assert [automatic.issue_due(at=LATER) for _tick in range(2)] == [0, 0]

    draft.refresh_from_db()
    told = Notice.objects.get(cause=f"invoice:{draft.pk}:not-issued")
    assert (draft.state, told.person) == (InvoiceState.DRAFT, cast.fia)
    assert "This client needs an order number on every invoice." in told.body


def test_i8_an_invoice_credited_whole_frees_the_purchase_order(cast, acme):
    order = an_order(acme, 10_000)
    top_up = topups.order(account=acme.account, minutes=480, cause="form", by=acme.approver, at=NOON, reference="PO 7")
    invoice = issuing.issue(draft_of(top_up), by=cast.fia, at=NOON)
    order.refresh_from_db()
    assert (order.left, invoice.order_reference) == (kronor(400), "PO 7")

    crediting.credit(invoice, None, reason="Ordered by mistake", by=cast.fia, at=LATER, cause="note")

    order.refresh_from_db()
    assert (TopUp.objects.get().state, order.left) == (TopUpState.CANCELLED, kronor(10_000))


def test_i8_the_invoice_leads_to_the_purchase_order_that_it_names(cast, acme, client_of):
    order = purchase_orders.make_usual(an_order(acme, 10_000), by=acme.approver, at=NOON)
    invoice = an_invoice(acme, cast.fia)
    link = f'<a href="{reverse("purchase-order", args=[order.pk])}">PO 7</a>'

    with time_machine.travel(NOON, tick=False):
        assert link in client_of(acme.approver).get(reverse("invoice", args=[invoice.pk])).content.decode()
        assert link in client_of(cast.fia).get(reverse("desk-invoice", args=[invoice.pk])).content.decode()


def test_c4_a_top_up_that_is_invoiced_offers_its_invoice_and_no_withdrawing(cast, acme, client_of):
    a_draft(acme)
    invoice = an_invoice(acme, cast.fia)
    drafted, invoiced = TopUp.objects.order_by("pk")

    with time_machine.travel(NOON, tick=False):
        page = client_of(acme.approver).get(reverse("topups", args=[acme.account.pk])).content.decode()

    assert reverse("topup-cancel", args=[drafted.pk]) in page
    assert reverse("topup-cancel", args=[invoiced.pk]) not in page
    assert (f'href="{reverse("invoice", args=[invoice.pk])}"' in page, f"Invoice {invoice.number}" in page) == (True, True)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_c2_two_jobs_at_once_issue_once(cast):
    acme = a_client(cast)
    draft = ordered(acme, cast.fia)

    crowd, _meeting = at_once(2, lambda _number: automatic.issue_due(at=LATER))

    draft.refresh_from_db()
    assert (crowd.errors, draft.number, draft.events.filter(kind="issued").count()) == ([], "202600001", 1)
