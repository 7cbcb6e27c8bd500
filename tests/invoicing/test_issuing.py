"""From an order to an invoice that is paid and becomes credit (rules C3, C4, I1 to I3)."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from clients.models import Organisation
from core.errors import NotAllowed
from credits.topups import TopUpState
from invoicing import crediting, drafting, issuing, settlement
from invoicing.models import ExchangeRate, Invoice, InvoiceLine, InvoiceState, InvoicingTerms, NumberSeries
from invoicing.settlement import MoreThanOpen
from notices.models import Notice
from tests.cast import NOON, a_client
from tests.invoicing.abroad import GERMAN, credited, drafted, moved_to
from tests.invoicing.scene import a_draft, a_top_up, an_invoice, draft_of, invoicing_terms, paid
from tests.racing import race

pytestmark = pytest.mark.django_db


@pytest.fixture
def terms(acme):
    return invoicing_terms()


def test_c3_what_is_ordered_becomes_a_draft_of_its_own_once(cast, acme, terms):
    a_top_up(acme)
    a_top_up(acme, 960)

    first, again = drafting.pull(at=NOON), drafting.pull(at=NOON)

    assert [draft.total for draft in first] == [Decimal(12000), Decimal(24000)]
    assert again == []


def test_i1_an_issued_invoice_has_the_next_number_and_says_all_it_says_for_ever(cast, acme, terms):
    first, second = an_invoice(acme, cast.fia), an_invoice(acme, cast.fia)

    assert [first.number, second.number] == ["202600001", "202600002"]
    assert (first.ocr, str(first.due_on)) == ("20260000110", "2026-12-18")
    assert (first.seller["name"], first.buyer["name"]) == ("Example Support AB", "Acme")
    for change in (
        lambda: Invoice.objects.filter(pk=first.pk).update(total=1, net=1, vat=0),
        lambda: Invoice.objects.filter(pk=first.pk).update(organisation=a_client(cast, "Stranger").organisation),
        lambda: Invoice.objects.filter(pk=first.pk).update(late_terms={"grace": 0}),
        lambda: Invoice.objects.filter(pk=first.pk).update(cause="another"),
        lambda: Invoice.objects.filter(pk=first.pk).delete(),
        lambda: InvoiceLine.objects.filter(invoice=first).update(text="x"),
        lambda: InvoiceLine.objects.filter(invoice=first).delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    assert str(first.number) in Notice.objects.get(cause=f"invoice:{first.pk}:issued").subject


def test_c4_paid_in_full_it_becomes_credit_once(cast, acme, terms):
    invoice = an_invoice(acme, cast.fia)

    paid(invoice, 5000, cast.fia)
    acme.account.refresh_from_db()
    assert acme.account.available_minutes == 0
    paid(invoice, 7000, cast.fia)

    acme.account.refresh_from_db()
    invoice.refresh_from_db()
    assert (acme.account.available_minutes, invoice.open.amount) == (480, Decimal(0))
    assert invoice.lines.get().top_up.state == TopUpState.PAID
    with pytest.raises(MoreThanOpen):
        paid(invoice, 1, cast.fia)


def test_i1_a_credit_note_takes_back_what_is_left_and_no_more(cast, acme, terms):
    invoice = an_invoice(acme, cast.fia)
    line = invoice.lines.get()

    part = crediting.credit(invoice, {line.pk: Decimal(600)}, reason="Agreed", by=cast.fia, at=NOON, cause="a")
    rest = crediting.credit(invoice, None, reason="All of it", by=cast.fia, at=NOON, cause="b")

    invoice.refresh_from_db()
    assert (part.number, part.total, rest.total, invoice.credited) == ("K202600001", Decimal(750), Decimal(11250), Decimal(12000))
    with pytest.raises(crediting.NothingToCredit):
        crediting.credit(invoice, None, reason="Again", by=cast.fia, at=NOON, cause="c")


def test_i1_a_dropped_draft_lets_its_source_be_drafted_again(cast, acme, terms):
    draft = a_draft(acme)

    drafting.drop(draft, reason="Wrong day", by=cast.fia, at=NOON)

    assert Invoice.objects.get(pk=draft.pk).state == InvoiceState.DROPPED
    assert [again.total for again in drafting.pull(at=NOON)] == [Decimal(12000)]


def test_i1_only_finance_issues(cast, acme, terms):
    draft = a_draft(acme)

    for person in (acme.approver, cast.max, cast.ada, cast.tessa.person):
        with pytest.raises(NotAllowed):
            issuing.issue(draft, by=person, at=NOON)


def test_i2_a_line_with_vat_is_not_issued_where_none_is_due(cast, acme, terms):
    ordered = a_top_up(acme)
    acme.organisation.country = "NO"
    acme.organisation.save()
    ordered.account.organisation.refresh_from_db()
    draft = draft_of(ordered)

    with pytest.raises(issuing.VatContradicts):
        issuing.issue(draft, by=cast.fia, at=NOON)

    draft.refresh_from_db()
    assert (draft.state, draft.number, NumberSeries.objects.count()) == (InvoiceState.DRAFT, None, 0)


@pytest.mark.parametrize(("before", "after"), [(("NO", ""), ("SE", "")), (("SE", ""), ("DE", GERMAN)), (("DE", ""), ("NO", ""))])
def test_i2_a_draft_whose_client_is_registered_otherwise_now_is_not_issued_with_the_vat_of_before(cast, acme, terms, before, after):
    moved_to(acme, *before)
    draft = drafted(acme, (1000, 25 if before[0] != "NO" else 0))
    moved_to(acme, *after)

    with pytest.raises((issuing.VatChanged, issuing.VatContradicts)):
        issuing.issue(draft, by=cast.fia, at=NOON)

    draft.refresh_from_db()
    assert (draft.state, NumberSeries.objects.count()) == (InvoiceState.DRAFT, 0)


@pytest.mark.parametrize("number", ["", "DE136695977", "DE12", "DK13585628"])
def test_i2_reverse_charge_asks_for_a_vat_number_that_can_be_when_it_is_issued(cast, acme, terms, number):
    moved_to(acme, "DE", GERMAN)
    draft = drafted(acme, (1000, 0))
    Organisation.objects.filter(pk=acme.organisation.pk).update(vat_number=number)

    with pytest.raises(issuing.NumberInvalid):
        issuing.issue(draft, by=cast.fia, at=NOON)

    draft.refresh_from_db()
    assert (draft.state, NumberSeries.objects.count()) == (InvoiceState.DRAFT, 0)


@pytest.mark.parametrize("number", ["", " ", "\u200e"])
def test_i8_an_order_number_that_nobody_can_read_is_none(cast, acme, terms, number):
    draft = drafted(acme, (1000, 25))
    Organisation.objects.filter(pk=acme.organisation.pk).update(needs_order=True)
    Invoice.objects.filter(pk=draft.pk).update(order_reference=number)

    with pytest.raises(issuing.OrderMissing):
        issuing.issue(draft, by=cast.fia, at=NOON)


def test_i1_an_invoice_is_credited_though_the_clients_vat_number_is_gone(cast, acme, terms):
    moved_to(acme, "DE", GERMAN)
    invoice = issuing.issue(drafted(acme, (1000, 0)), by=cast.fia, at=NOON)
    moved_to(acme, "DE", "")

    note = credited(invoice, 400, cast.fia)

    assert (note.state, note.vat_treatment, note.total) == (InvoiceState.ISSUED, invoice.vat_treatment, Decimal(400))


@pytest.mark.parametrize(("currency", "payable"), [("SEK", Decimal(125)), ("EUR", Decimal("125.16"))])
def test_i2_only_kronor_are_rounded_to_whole_ones(cast, acme, terms, currency, payable):
    InvoicingTerms.objects.update(whole_kronor=True)
    ExchangeRate.objects.create(currency="EUR", starts_on=NOON.date(), rate=Decimal("11.2"))

    invoice = issuing.issue(drafted(acme, ("100.13", 25), currency=currency), by=cast.fia, at=NOON)

    assert (invoice.total, invoice.payable) == (Decimal("125.16"), payable)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_rel16_numbers_have_no_gap_however_many_issue_at_once(cast, acme):
    invoicing_terms()
    drafts = [a_draft(acme) for _ in range(8)]

    outcome = race(8, lambda number: issuing.issue(drafts[number // 2], by=cast.fia, at=NOON))

    assert outcome.errors == []
    assert list(Invoice.objects.issued().order_by("sequence").values_list("sequence", flat=True)) == [1, 2, 3, 4]
    assert NumberSeries.objects.get().last == 4
    assert outcome.most_inside > 1 or connection.vendor == "sqlite"


def test_i3_a_payment_that_was_wrong_is_taken_back_by_another_one(cast, acme, terms):
    invoice = an_invoice(acme, cast.fia)
    payment = paid(invoice, 5000, cast.fia)

    settlement.take_back(payment, reason="It was Borealis'", by=cast.fia, at=NOON)

    invoice.refresh_from_db()
    assert (invoice.paid, invoice.open.amount) == (Decimal(0), Decimal(12000))
