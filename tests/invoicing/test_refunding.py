"""Refunded credit becomes a credit note of the invoice that sold it, once, to the öre (rules C13, I1)."""

from dataclasses import dataclass
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from clients.models import Agreement
from core.errors import NotAllowed
from credits import accounts, ledger, winding_up
from credits.ledger import Voucher
from credits.models import Refund
from invoicing import crediting, drafting, issuing_shown, refunding, release
from invoicing.models import Invoice, InvoiceKind, InvoiceLine, InvoiceState
from invoicing.refunding import Turn
from tests.cast import NOON, a_client
from tests.invoicing.going_back import a_paid_invoice, a_refund, an_opening_lot, lot_of
from tests.invoicing.scene import a_draft, a_top_up, an_invoice, invoicing_terms
from tests.proofs.crowd import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def terms(cast):
    return invoicing_terms()


@dataclass
class Sold:
    invoice: Invoice
    refund: Refund


@pytest.fixture
def sold(cast, acme, terms):
    """An invoice of 8 h that was paid, and 2 h 30 min of it refunded: 3 000 and 750 VAT."""
    invoice = a_paid_invoice(acme, cast.fia)
    return Sold(invoice, a_refund(cast, lot_of(invoice), 150))


def notes():
    return Invoice.objects.filter(kind=InvoiceKind.CREDIT_NOTE)


def test_c13_a_refund_becomes_a_credit_note_of_the_invoice_that_sold_it(cast, sold):
    note = refunding.credit(sold.refund, by=cast.fia, at=NOON)

    line = note.lines.get()
    sold.invoice.refresh_from_db()
    assert (note.kind, note.state, note.preceding) == (InvoiceKind.CREDIT_NOTE, InvoiceState.ISSUED, sold.invoice)
    assert (note.net, note.vat, note.total, note.reason) == (Decimal(3000), Decimal(750), Decimal(3750), "They move in-house")
    assert (line.refund, line.credits, line.quantity, line.unit) == (sold.refund, sold.invoice.lines.get(), Decimal(150), "MIN")
    assert line.text == "Unused credit, 2 h 30 min: Prepaid server support, 8 h, IT"
    assert (sold.invoice.credited, sold.invoice.open.amount) == (Decimal(3750), Decimal(-3750))
    assert (note.rate, note.vat_treatment) == (sold.invoice.rate, sold.invoice.vat_treatment)


def test_c13_twice_is_the_same_credit_note(cast, sold):
    first = refunding.credit(sold.refund, by=cast.fia, at=NOON)

    assert refunding.credit(sold.refund, by=cast.fia, at=NOON) == first
    assert drafting.pull(at=NOON) == []
    sold.invoice.refresh_from_db()
    assert (notes().count(), sold.invoice.credited) == (1, Decimal(3750))


def test_c13_the_job_drafts_what_finance_issues_later(cast, sold):
    (draft,) = drafting.pull(at=NOON)
    sold.invoice.refresh_from_db()
    before = sold.invoice.credited

    done, refused = issuing_shown.issue_all([draft], {draft.pk: issuing_shown.fingerprint(draft)}, by=cast.fia, at=NOON)

    sold.invoice.refresh_from_db()
    assert (draft.state, draft.drafted_by, before) == (InvoiceState.DRAFT, None, Decimal(0))
    assert (done, refused, sold.invoice.credited) == ([draft], {}, Decimal(3750))
    assert refunding.credit(sold.refund, by=cast.fia, at=NOON) == draft
    assert notes().count() == 1


def test_c13_a_dropped_draft_is_drafted_again(cast, sold):
    (draft,) = drafting.pull(at=NOON)
    drafting.drop(draft, reason="Not now", by=cast.fia, at=NOON)

    (again,) = drafting.pull(at=NOON)

    assert again != draft
    assert InvoiceLine.objects.get(refund=sold.refund).invoice == again


def test_c13_a_lot_is_refunded_in_parts_that_together_are_the_line(cast, acme, terms):
    """1 000 minutes for 20 000 in thirds: each share to the öre, and none is lost."""
    invoice = a_paid_invoice(acme, cast.fia, 1000)
    found = [a_refund(cast, lot_of(invoice), minutes) for minutes in (333, 333, 334)]

    made = [refunding.credit(refund, by=cast.fia, at=NOON) for refund in found]

    invoice.refresh_from_db()
    assert [note.net for note in made] == [refund.net.amount for refund in found]
    assert sum(note.net for note in made) == invoice.net == Decimal(20000)
    assert (invoice.credited, crediting.left_of(invoice)) == (invoice.payable, {invoice.lines.get().pk: Decimal(0)})


def test_c13_an_oere_of_vat_is_the_documents_and_the_difference_is_named(cast, acme, terms):
    """7 minutes are 140.00 and 35.00 VAT; at 1 201.30 an hour shares and the document can differ."""
    cast.credit_terms.price_per_hour.amount = Decimal("1201.30")
    cast.credit_terms.save()
    invoice = a_paid_invoice(acme, cast.fia, 481)
    found = [a_refund(cast, lot_of(invoice), minutes) for minutes in (1, 2, 4, 5, 7, 11, 13)]

    made = [refunding.credit(refund, by=cast.fia, at=NOON) for refund in found]

    said = [note.events.get(kind="drafted").facts for note in made]
    assert [note.net for note in made] == [refund.net.amount for refund in found]
    assert [note.vat for note in made] == [(refund.net.amount * 25 / 100).quantize(Decimal("0.01"), "ROUND_HALF_UP") for refund in found]
    assert [Decimal(facts["vat_differs"]) for facts in said] == [
        note.vat - refund.vat.amount for note, refund in zip(made, found, strict=True)
    ]
    assert any(Decimal(facts["vat_differs"]) for facts in said)


def test_c13_moved_credit_goes_by_the_invoice_that_sold_it(cast, acme, terms):
    invoice = a_paid_invoice(acme, cast.fia)
    accounts_ = [accounts.open_account(organisation=acme.organisation, name=name) for name in ("Web", "Data")]
    for number, (source, target) in enumerate([(acme.account, accounts_[0]), (accounts_[0], accounts_[1])]):
        ledger.transfer(source=source, target=target, minutes=120, voucher=Voucher(cause=f"move:{number}", at=NOON, reason="Elsewhere"))
    moved = accounts_[1].lots.get()

    note = refunding.credit(a_refund(cast, moved, 60), by=cast.fia, at=NOON)

    assert (note.preceding, note.net) == (invoice, Decimal(1200))


def test_c13_together_with_other_credit_notes_it_is_never_more_than_the_line(cast, sold):
    line = sold.invoice.lines.get()
    crediting.credit(sold.invoice, {line.pk: Decimal(7000)}, reason="Agreed", by=cast.fia, at=NOON, cause="other")

    with pytest.raises(refunding.LessLeft) as refusal:
        refunding.credit(sold.refund, by=cast.fia, at=NOON)
    turns = [waiting.turn for waiting in refunding.waiting_now()]
    pulled = drafting.pull(at=NOON)
    rest = refunding.credit_rest(sold.refund, by=cast.fia, at=NOON)

    sold.invoice.refresh_from_db()
    assert (turns, pulled, refusal.value.left.amount) == ([Turn.LESS_LEFT], [], Decimal(2600))
    assert rest.net == Decimal(2600)
    assert rest.events.get(kind="drafted").facts["net_differs"] == "-400.00"
    assert sold.invoice.credited == sold.invoice.payable


def test_c13_what_other_credit_notes_took_whole_is_covered(cast, sold):
    crediting.credit(sold.invoice, None, reason="Wrong", by=cast.fia, at=NOON, cause="other")

    with pytest.raises(crediting.NothingToCredit):
        refunding.credit_rest(sold.refund, by=cast.fia, at=NOON)
    assert [waiting.turn for waiting in refunding.waiting_now()] == [Turn.COVERED]


def test_i1_a_drafted_credit_note_counts_for_others_and_is_not_counted_twice(cast, sold):
    (draft,) = drafting.pull(at=NOON)

    other = crediting.credit(sold.invoice, None, reason="The rest", by=cast.fia, at=NOON, cause="rest")
    sold.invoice.refresh_from_db()
    between = sold.invoice.credited
    release.issue(draft, by=cast.fia, at=NOON)

    sold.invoice.refresh_from_db()
    assert (other.net, between) == (Decimal(6600), Decimal(8250))
    assert sold.invoice.credited == sold.invoice.payable


def test_c13_credit_that_no_invoice_sold_has_no_credit_note(cast, acme, terms):
    refund = a_refund(cast, an_opening_lot(acme.account), 60)

    with pytest.raises(refunding.NothingSold):
        refunding.credit(refund, by=cast.fia, at=NOON)
    assert [waiting.turn for waiting in refunding.waiting_now()] == [Turn.NO_INVOICE]
    assert drafting.pull(at=NOON) == []


def test_p5_winding_up_credits_what_is_unused_of_each_invoice(cast, acme, terms):
    """Two top-ups were paid, an hour was used: the rest of both is credited, each on its own invoice."""
    first, second = a_paid_invoice(acme, cast.fia), a_paid_invoice(acme, cast.fia, 600)
    ledger.adjust(account=acme.account, minutes=-60, voucher=Voucher(cause="used", at=NOON, reason="Used"))
    Agreement.objects.filter(organisation=acme.organisation).update(ends_on=NOON.date().replace(day=1), ended_by="provider")
    winding_up.wind_up(agreement=Agreement.objects.get(organisation=acme.organisation), reason="The end", by=cast.max, at=NOON)

    made = [release.issue(draft, by=cast.fia, at=NOON) for draft in drafting.pull(at=NOON)]

    for invoice in (first, second):
        invoice.refresh_from_db()
    assert [(note.preceding, note.net) for note in made] == [(first, Decimal(8400)), (second, Decimal(12000))]
    assert (first.open.amount, second.open.amount) == (Decimal(-10500), Decimal(-15000))


def test_i1_only_finance_issues_it(cast, sold):
    for person in (cast.max, cast.ada):
        with pytest.raises(NotAllowed):
            refunding.credit(sold.refund, by=person, at=NOON)
        with pytest.raises(NotAllowed):
            refunding.credit_rest(sold.refund, by=person, at=NOON)
    assert not notes().exists()


def test_c13_the_database_keeps_a_refund_on_one_line(cast, sold):
    refunding.credit(sold.refund, by=cast.fia, at=NOON)
    other = a_draft(a_client(cast, "Other"))
    line = other.lines.get()

    for change in ({"refund": sold.refund, "credits": sold.invoice.lines.get()}, {"refund": a_refund(cast, lot_of(sold.invoice), 10)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            InvoiceLine.objects.filter(pk=line.pk).update(**change)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_c13_one_refund_is_credited_once_by_however_many(cast, sold):
    crowd, _meeting = at_once(4, lambda _number: refunding.credit(Refund.objects.get(pk=sold.refund.pk), by=cast.fia, at=NOON).pk)

    sold.invoice.refresh_from_db()
    assert crowd.errors == []
    assert len(set(crowd.answers.values())) == notes().count() == 1
    assert sold.invoice.credited == Decimal(3750)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_c13_a_refund_and_other_credit_notes_at_once_never_exceed_the_line(cast, acme, terms):
    """8 h for 9 600: 4 h are refunded while two others credit 3 000 each."""
    invoice = a_paid_invoice(acme, cast.fia)
    refund, line = a_refund(cast, lot_of(invoice), 240), invoice.lines.get()

    def act(number):
        if number == 0:
            return refunding.credit(Refund.objects.get(pk=refund.pk), by=cast.fia, at=NOON).net
        found = Invoice.objects.get(pk=invoice.pk)
        return crediting.credit(found, {line.pk: Decimal(3000)}, reason="Agreed", by=cast.fia, at=NOON, cause=f"c{number}").net

    crowd, _meeting = at_once(3, act)

    invoice.refresh_from_db()
    taken = sum(crowd.answers.values())
    assert taken == sum(note.net for note in notes()) == 9600 - crediting.left_of(invoice)[line.pk]
    assert taken <= Decimal(9600)
    assert {type(error) for error in crowd.errors} <= {refunding.LessLeft, crediting.MoreThanInvoiced}
    assert len(crowd.errors) == 1
    assert invoice.credited == sum(note.total for note in notes())


def test_c13_a_list_of_refunds_takes_as_many_queries_for_many_as_for_few(cast, acme, terms, django_assert_num_queries):
    invoice = a_paid_invoice(acme, cast.fia)
    for _ in range(2):
        a_refund(cast, lot_of(invoice), 10)
    with django_assert_num_queries(4):
        assert len(refunding.waiting_now()) == 2
    for _ in range(6):
        a_refund(cast, lot_of(invoice), 10)
    with django_assert_num_queries(4):
        assert len(refunding.waiting_now()) == 8


def test_c4_an_order_is_not_a_refund(cast, acme, terms):
    a_top_up(acme)
    an_invoice(acme, cast.fia)

    assert refunding.waiting_now() == []
