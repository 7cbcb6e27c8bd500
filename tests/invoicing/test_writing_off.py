"""A debt that is given up (rules I3, I6): what it does, what it leaves alone, when it is refused, and that it can be paid yet."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from core.errors import NotAllowed
from core.reasons import ReasonMissing
from credits.models import Debt
from invoicing import bank, charging, client_statement, crediting, listing, pressing, resolving, vat_return, writing_off
from invoicing.books import posting, ties
from invoicing.checking import check
from invoicing.life import NotIssued
from invoicing.models import BankTransaction, InvoicingTerms, Payment
from invoicing.settlement import NothingOpen, TakenBackAlready, take_back
from invoicing.tax_periods import TaxPeriod
from tests.cast import NOON
from tests.invoicing.bank_files import Ntry, Tx, camt053
from tests.invoicing.books_scene import a_chart, sums, used
from tests.invoicing.overdue import contested, days_late, late_terms, trusted
from tests.invoicing.owing import MONTH_OVER, invoiced, owes
from tests.invoicing.scene import an_invoice, invoicing_terms, paid
from tests.racing import race

pytestmark = pytest.mark.django_db
LATE = days_late(60)
FEBRUARY, MARCH = TaxPeriod(2027, 2), TaxPeriod(2027, 3)
IN_MARCH = days_late(80)


@pytest.fixture(autouse=True)
def books(cast):
    invoicing_terms()
    a_chart()


@pytest.fixture
def lost(cast, acme):
    """12 000 for 480 min that were granted on issue and are used; 60 days late."""
    invoice = trusted(acme, cast.fia)
    used(acme, 480)
    return invoice


def written_off(invoice, by, *, at=LATE, shown=None, reason="Bankrupt", cause="w"):
    invoice.refresh_from_db()
    payment = writing_off.write_off(invoice, shown=shown or str(invoice.open.amount), reason=reason, by=by, at=at, cause=cause)
    invoice.refresh_from_db()
    return payment


def all_agrees(at=LATE):
    assert posting.post(at=at).refused == {}
    assert ties.check(at) == []
    assert check(at=at).faults == []


def boxes(period):
    return {box.box.value: box.exact for box in vat_return.figures(period).boxes if box.shares}


def came(cast, invoice, amount="12000.00"):
    """The bank's word of a payment of the invoice, in March; what waits of it."""
    entry = Ntry(amount=amount, service=f"S{amount}", booked="<Dt>2027-03-08</Dt>", details=[Tx(amount=amount, refs=[invoice.ocr])])
    bank.read(camt053(entry), name="bank.xml", by=cast.fia, at=IN_MARCH)
    return BankTransaction.objects.get(amount=Decimal(amount))


def test_i6_it_is_lost_but_for_its_vat(cast, lost):
    payment = written_off(lost, cast.fia)

    all_agrees()
    assert (lost.open.amount, lost.written_off, lost.claim.amount) == (0, Decimal(12000), Decimal(12000))
    assert sums() == {"3001": Decimal(-9600), "6351": Decimal(9600)}
    assert (payment.way, payment.reason, payment.paid_on) == ("bad_debt", "Bankrupt", LATE.date())
    event = lost.events.get(kind="written_off")
    assert (event.reason, event.facts["amount"], event.by) == ("Bankrupt", "12000.00", cast.fia)


def test_i6_what_is_left_of_a_part_payment_is_lost_by_its_share(cast, lost):
    paid(lost, 4800, cast.fia)
    written_off(lost, cast.fia)

    all_agrees()
    assert sums() == {"1930": Decimal(4800), "2611": Decimal(-960), "3001": Decimal(-9600), "6351": Decimal(5760)}


def test_i2_the_vat_return_of_that_month_takes_the_vat_back(cast, lost):
    written_off(lost, cast.fia)

    assert boxes(FEBRUARY) == {"05": Decimal(-9600), "10": Decimal(-2400)}
    [share] = vat_return.figures(FEBRUARY).boxes[0].shares
    assert (share.document.number, share.document.about, share.document.issued_on) == (lost.number, "written off", LATE.date())


def test_i2_without_vat_there_is_none_to_take_back(cast, acme):
    acme.organisation.country, acme.organisation.vat_number = "NO", ""
    acme.organisation.save()
    invoice = trusted(acme, cast.fia)
    used(acme, 480)
    written_off(invoice, cast.fia)

    all_agrees()
    assert boxes(FEBRUARY) == {}
    assert sums()["6351"] == Decimal(9600)


def test_i6_whole_kronor_are_lost_with_it(cast, acme):
    InvoicingTerms.objects.update(whole_kronor=True)
    invoice = trusted(acme, cast.fia)
    used(acme, 480)
    written_off(invoice, cast.fia)

    all_agrees()
    assert sum(sums().values()) == 0


def test_c11_hours_that_were_invoiced_afterwards_are_owed_by_the_invoice_alone(cast, acme):
    owes(acme, 60)
    invoice = invoiced(acme, cast.fia)
    written_off(invoice, cast.fia, at=IN_MARCH)

    all_agrees(IN_MARCH)
    assert Debt.objects.get().open_minutes == 0
    assert sums() == {"3001": Decimal(-1200), "6351": Decimal(1200)}
    assert MONTH_OVER < IN_MARCH


def test_i5_nothing_presses_it_any_more_and_nothing_more_is_charged(cast, acme):
    late_terms()
    lost = trusted(acme, cast.fia)
    used(acme, 480)
    assert lost in pressing.overdue(LATE.date())

    written_off(lost, cast.fia)

    assert lost not in pressing.overdue(LATE.date())
    assert lost.pk not in charging.paid_late().values_list("pk", flat=True)
    assert listing.standing_of(lost, today=LATE.date()).code == "written_off"


def test_i3_the_client_pays_yet_and_the_bank_says_so(cast, lost):
    written_off(lost, cast.fia)
    row = came(cast, lost)
    assert (row.state, row.difficulty, row.proposed) == ("open", "bad_debt", lost)

    resolving.pay(row, lost, keep_rest=True, by=cast.fia, at=IN_MARCH)

    lost.refresh_from_db()
    all_agrees(IN_MARCH)
    assert (lost.open.amount, lost.written_off, lost.paid) == (0, 0, Decimal(12000))
    assert sums() == {"1930": Decimal(12000), "2611": Decimal(-2400), "3001": Decimal(-9600)}
    assert (boxes(FEBRUARY)["10"], boxes(MARCH)["10"]) == (Decimal(-2400), Decimal(2400))


def test_i3_a_part_that_is_paid_yet_leaves_the_rest_open(cast, lost):
    written_off(lost, cast.fia)
    row = came(cast, lost, "5000.00")

    resolving.pay(row, lost, keep_rest=True, by=cast.fia, at=IN_MARCH)

    lost.refresh_from_db()
    all_agrees(IN_MARCH)
    assert (lost.open.amount, lost.written_off) == (Decimal(7000), 0)


def test_i3_what_was_written_off_is_taken_back_once(cast, lost):
    payment = written_off(lost, cast.fia)

    back = take_back(payment, reason="Wrong client", by=cast.fia, at=IN_MARCH)

    lost.refresh_from_db()
    all_agrees(IN_MARCH)
    assert (back.way, back.amount, lost.open.amount, lost.written_off) == ("bad_debt", Decimal(-12000), Decimal(12000), 0)
    with pytest.raises(TakenBackAlready):
        take_back(back, reason="Again", by=cast.fia, at=IN_MARCH)


def test_i1_what_is_written_off_is_not_credited_as_well(cast, lost):
    written_off(lost, cast.fia)

    with pytest.raises(crediting.WrittenOff):
        crediting.credit(lost, None, reason="Both", by=cast.fia, at=LATE, cause="n")
    with pytest.raises(IntegrityError), transaction.atomic():
        type(lost).objects.filter(pk=lost.pk).update(credited=1)


def test_i6_the_same_form_again_gives_it_up_once(cast, lost):
    first = written_off(lost, cast.fia)

    assert writing_off.write_off(lost, shown="12000.00", reason="Bankrupt", by=cast.fia, at=LATE, cause="w") == first
    assert lost.payments.count() == 1


def test_i6_it_is_refused(cast, acme, lost):
    for refusal, changed in (
        (NotAllowed, {"by": cast.max}),
        (ReasonMissing, {"reason": " "}),
        (writing_off.OpenChanged, {"shown": "11999.00"}),
        (writing_off.NotOverdue, {"at": NOON}),
    ):
        with pytest.raises(refusal):
            written_off(lost, **({"by": cast.fia} | changed))
    contested(lost, acme.approver, at=LATE)
    with pytest.raises(writing_off.StillContested):
        written_off(lost, cast.fia)
    assert lost.payments.count() == 0


def test_i6_what_is_paid_or_a_credit_note_is_refused(cast, acme, lost):
    paid(lost, 12000, cast.fia)
    with pytest.raises(NothingOpen):
        written_off(lost, cast.fia)
    note = crediting.credit(lost, None, reason="Wrong", by=cast.fia, at=LATE, cause="n")
    with pytest.raises(NotIssued):
        written_off(note, cast.fia)


def test_c4_credit_that_is_there_goes_by_a_credit_note(cast, acme):
    waiting, granted = an_invoice(acme, cast.fia), trusted(acme, cast.fia)
    used(acme, 60)

    for invoice in (waiting, granted):
        assert not writing_off.may(invoice, at=LATE)
        with pytest.raises(writing_off.CreditThere):
            written_off(invoice, cast.fia)


def test_i6_the_database_knows_what_is_written_off(cast, lost):
    written_off(lost, cast.fia)
    said = {"organisation": lost.organisation, "invoice": lost, "way": "bad_debt", "cause": "x", "currency": "SEK", "reason": "Why"}
    said |= {"amount": 1, "paid_on": LATE.date(), "recorded_at": LATE, "recorded_by": cast.fia}

    for wrong in ({"reason": ""}, {"invoice": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Payment.objects.create(**(said | wrong))
    for sum_ in (-1, 12_001):
        with pytest.raises(IntegrityError), transaction.atomic():
            type(lost).objects.filter(pk=lost.pk).update(written_off=sum_)


def test_i6_finance_gives_it_up_on_its_page_and_the_statement_says_so(cast, client_of, lost, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: LATE)
    page = client_of(cast.fia)
    address = reverse("desk-invoice-write-off", args=[lost.pk])

    offered = page.get(reverse("desk-invoice", args=[lost.pk])).content.decode()
    shown = page.get(address)
    done = page.post(address, {"reason": "Bankrupt", "shown": "12000.00", "key": "k"}, follow=True).content.decode()

    assert address in offered
    assert "2,400.00" in shown.content.decode()
    assert "Written off" in done
    assert address not in done
    statement = client_statement.of(lost.organisation, first=NOON.date(), last=LATE.date())
    assert [str(line.word) for line in statement.accounts[0].lines] == ["Invoice", "Written off"]
    assert statement.accounts[0].closing.amount == 0
    refused = page.post(address, {"reason": "Again", "shown": "12000.00", "key": "other"})
    assert refused.status_code == 409


@pytest.mark.parametrize("who", ["max", "tessa", "ada"])
def test_i6_nobody_else_sees_the_page(cast, client_of, lost, who):
    person = getattr(cast, who)
    answer = client_of(getattr(person, "person", person)).get(reverse("desk-invoice-write-off", args=[lost.pk]))

    assert answer.status_code in {403, 404}


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_i6_of_two_who_give_it_up_at_once_one_does_and_the_other_reads_why_not(cast, lost):
    def act(number):
        return writing_off.write_off(lost, shown="12000.00", reason="Bankrupt", by=cast.fia, at=LATE, cause=f"w{number}")

    outcome = race(2, act)

    lost.refresh_from_db()
    assert [type(error) for error in outcome.errors] == [NothingOpen]
    assert (lost.payments.count(), lost.written_off, lost.open.amount) == (1, Decimal(12000), 0)
