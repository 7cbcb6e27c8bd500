"""Late charges become invoices without VAT, once; finance may waive them (rules I1, I2, I5)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from clients.models import Organisation
from core.errors import NotAllowed
from invoicing import charging, contesting, documents, drafting, issuing
from invoicing.charging import ChargeInvoiced, NothingToCharge, StillContested, TooLittle
from invoicing.einvoice.official import judged
from invoicing.models import Invoice, InvoiceEventKind, InvoiceLine, LateCharge, ReferenceRate
from tests.cast import NOON
from tests.invoicing.overdue import contested, days_late, late_terms, run
from tests.invoicing.scene import an_invoice, invoicing_terms, paid
from tests.invoicing.test_invoice_documents import complete, inside, seller, text_of  # noqa: F401 -- a fixture
from tests.racing import race

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _terms(cast, request):
    if "seller" not in request.fixturenames:
        invoicing_terms()
    late_terms()


def a_late_one(client, cast, *, days=40):
    """An invoice that was paid so many days late."""
    invoice = an_invoice(client, cast.fia)
    paid(invoice, 12000, cast.fia, at=days_late(days))
    return invoice


def a_charge(client, cast, days=40):
    invoice = a_late_one(client, cast, days=days)
    charging.charge_due(days_late(days + 1))
    return LateCharge.objects.get(invoice=invoice)


def test_i5_what_was_paid_late_is_charged_once_through_the_day_it_was_paid(cast, acme):
    invoice = an_invoice(acme, cast.fia)
    run(5, 17)
    paid(invoice, 12000, cast.fia, at=days_late(40))
    in_time = an_invoice(acme, cast.fia)
    paid(in_time, 12000, cast.fia, at=NOON)

    made = [charging.charge_due(days_late(days)) for days in (40, 41, 90)]

    charge = LateCharge.objects.get()
    assert (made, charge.invoice, charge.until_on) == ([1, 0, 0], invoice, days_late(40).date())
    assert (charge.interest, charge.fees, charge.total) == (Decimal("131.51"), Decimal(60), Decimal("191.51"))
    assert sum(Decimal(span["interest"]) for span in charge.spans) == charge.interest


def test_i5_charges_of_a_client_become_one_draft_without_vat_each_source_once(cast, acme, borealis):
    first, second = a_charge(acme, cast, 40), a_charge(acme, cast, 50)
    theirs = a_charge(borealis, cast)

    drafts = [draft for draft in drafting.pull(at=days_late(60)) if draft.vat_treatment == "not_a_sale"]
    again = drafting.pull(at=days_late(60))

    assert [(draft.organisation, draft.total, draft.vat) for draft in drafts] == [
        (acme.organisation, first.total + second.total, Decimal(0)),
        (borealis.organisation, theirs.total, Decimal(0)),
    ]
    assert again == []
    line = drafts[0].lines.order_by("position").first()
    assert line.text.replace("\xa0", " ") == "Late payment of invoice 202600001: interest SEK 131.51"
    drafting.drop(drafts[0], reason="Not yet", by=cast.fia, at=days_late(60))
    assert [draft.total for draft in drafting.pull(at=days_late(61))] == [first.total + second.total]


def test_i5_too_little_is_waived_by_itself_and_asked_for_never_again(cast, acme):
    invoice = a_late_one(acme, cast, days=10)

    made = [charging.charge_due(days_late(days)) for days in (10, 11)]

    charge = LateCharge.objects.get()
    assert (made, charge.invoice, charge.total, charge.waived_by) == ([0, 0], invoice, Decimal("32.88"), None)
    assert "50.00" in charge.waived_why
    assert drafting.pull(at=days_late(12)) == []


def test_i5_finance_charges_before_it_is_paid_and_the_next_is_of_what_came_since(cast, acme):
    invoice = an_invoice(acme, cast.fia)

    with pytest.raises(TooLittle, match=r"SEK.50\.00"):
        charging.charge(invoice, by=cast.fia, at=days_late(10), cause="a")
    first = charging.charge(invoice, by=cast.fia, at=days_late(30), cause="b")
    again = charging.charge(invoice, by=cast.fia, at=days_late(60), cause="b")
    with pytest.raises(NothingToCharge):
        charging.charge(invoice, by=cast.fia, at=days_late(30), cause="c")
    paid(invoice, 12000, cast.fia, at=days_late(60))
    charging.charge_due(days_late(60))

    assert (first.pk, first.total) == (again.pk, Decimal("98.63"))
    assert [charge.total for charge in LateCharge.objects.order_by("pk")] == [Decimal("98.63"), Decimal("98.63")]
    for person in (cast.max, cast.ada, acme.approver):
        with pytest.raises(NotAllowed):
            charging.charge(invoice, by=person, at=days_late(90), cause="d")


def test_i8_while_it_is_contested_nothing_is_charged(cast, acme):
    invoice = an_invoice(acme, cast.fia)
    objection = contested(invoice, acme.approver, at=days_late(39))
    paid(invoice, 12000, cast.fia, at=days_late(40))

    assert charging.charge_due(days_late(41)) == 0
    with pytest.raises(StillContested):
        charging.charge(invoice, by=cast.fia, at=days_late(41), cause="a")
    contesting.withdraw(objection, by=acme.approver, at=days_late(42))
    assert charging.charge_due(days_late(42)) == 1
    assert LateCharge.objects.get().interest == Decimal("124.93")


def test_i5_where_a_rate_is_missing_the_job_waits_and_others_have_their_turn(cast, acme):
    waits, goes = a_late_one(acme, cast, days=40), a_late_one(acme, cast, days=13)
    ReferenceRate.objects.filter(year=2027).delete()

    charging.charge_due(days_late(41))
    assert [charge.invoice for charge in LateCharge.objects.all()] == [goes]
    ReferenceRate.objects.create(year=2027, half=1, percent=2)
    charging.charge_due(days_late(41))
    assert waits.late_charges.get().total == Decimal("131.51")


def test_i5_a_charge_is_waived_with_a_reason_or_invoiced_never_both(cast, acme):
    charge = a_charge(acme, cast)
    with pytest.raises(NotAllowed):
        charging.waive(charge, reason="Because", by=cast.max, at=days_late(41))

    charging.waive(charge, reason="A good client", by=cast.fia, at=days_late(41))
    again = charging.waive(charge, reason="Other words", by=cast.fia, at=days_late(42))

    assert (again.waived_why, drafting.pull(at=days_late(43))) == ("A good client", [])
    assert charge.invoice.events.get(kind=InvoiceEventKind.WAIVED).reason == "A good client"
    assert charging.charge_due(days_late(44)) == 0
    other = a_charge(acme, cast, 50)
    draft = next(draft for draft in drafting.pull(at=days_late(60)) if draft.vat_treatment == "not_a_sale")
    with pytest.raises(ChargeInvoiced):
        charging.waive(other, reason="Too late", by=cast.fia, at=days_late(60))
    line = {"text": "x", "quantity": 1, "unit": "C62", "price": 1, "net": 1, "vat_percent": 0}
    for change in (
        lambda: LateCharge.objects.filter(pk=other.pk).update(waived_at=NOON, waived_why="x"),
        lambda: LateCharge.objects.filter(pk=other.pk).update(interest=1),
        lambda: LateCharge.objects.filter(pk=charge.pk).update(waived_at=None, waived_why="", waived_by=None),
        lambda: InvoiceLine.objects.create(invoice=draft, position=9, late_charge=charge, **line),
        lambda: InvoiceLine.objects.create(invoice=draft, position=9, late_charge=other, **line),
        lambda: LateCharge.objects.filter(pk=charge.pk).delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_i5_late_charges_bear_neither_interest_nor_fees(cast, acme):
    a_charge(acme, cast)
    draft = next(draft for draft in drafting.pull(at=days_late(41)) if draft.vat_treatment == "not_a_sale")
    invoice = issuing.issue(draft, by=cast.fia, at=days_late(41))

    run(80, 94)
    paid(invoice, invoice.payable, cast.fia, at=days_late(200))

    assert (invoice.late_terms, charging.charge_due(days_late(201))) == ({}, 0)
    assert [reminder.fee for reminder in invoice.reminders.all()] == [0, 0]


@pytest.mark.parametrize(
    ("language", "country", "why"),
    [
        ("en", "SE", "No VAT: interest and fees for late payment are not payment for a service."),
        ("sv", "DE", "Ingen moms: ränta och avgifter för sen betalning är inte ersättning för en tjänst."),
    ],
)
@pytest.mark.usefixtures("seller")
def test_i2_the_invoice_of_late_charges_says_why_there_is_no_vat_and_passes_the_official_rules(cast, acme, language, country, why):
    charge = a_charge(complete(acme, country="SE", language=language), cast)
    Organisation.objects.filter(pk=acme.organisation.pk).update(country=country)
    draft = drafting.pull(at=days_late(41))[0]
    invoice = issuing.issue(draft, by=cast.fia, at=days_late(41))

    kept = documents.keep(invoice, at=days_late(41))

    assert (invoice.vat_rows[0]["reason"], invoice.vat_rows[0]["category"], invoice.payable) == (why, "O", charge.total)
    assert why in text_of(bytes(kept["pdf"].content))
    for machine in (bytes(kept["xml"].content), inside(bytes(kept["pdf"].content))["factur-x.xml"]):
        verdict = judged(machine)
        assert [finding for finding in verdict.findings if finding.gravity == "fatal"] == []
        assert why.encode() in machine


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_i5_two_loops_charge_and_draft_once(cast, acme):
    a_late_one(acme, cast)

    def loop(_number):
        return charging.charge_due(days_late(41)), len(drafting.pull(at=days_late(41)))

    outcome = race(4, loop)

    assert (outcome.errors, LateCharge.objects.count()) == ([], 1)
    assert [sum(column) for column in zip(*outcome.results, strict=True)] == [1, 1]
    assert Invoice.objects.filter(lines__late_charge__isnull=False).count() == 1
    assert outcome.most_inside > 1 or connection.vendor == "sqlite"


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_i5_waived_and_drafted_at_once_one_of_them_wins(cast, acme):
    charge = a_charge(acme, cast)
    acts = [
        lambda: charging.waive(charge, reason="A good client", by=cast.fia, at=days_late(41)),
        lambda: drafting.pull(at=days_late(41) + timedelta(hours=1)),
    ]

    outcome = race(2, lambda number: acts[number]())

    charge.refresh_from_db()
    drafted = InvoiceLine.objects.filter(late_charge=charge).exists()
    assert [type(error) for error in outcome.errors] in ([], [ChargeInvoiced])
    assert drafted != (charge.waived_at is not None)
