"""Invoices, credit notes and payments in the books (rules I1 to I3, I6)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from djmoney.money import Money

from credits import ledger
from credits.models import Refund
from delivery import milestones
from delivery.estimates import Step
from delivery.models import Basis, Milestone
from invoicing import bank, crediting, drafting, issuing, refunding, resolving, settlement
from invoicing.books import chart, of_invoices, of_payments, posting, ties
from invoicing.books.of_payments import WayUnknown
from invoicing.models import (
    BankTransaction,
    BookAccount,
    BookVoucher,
    ExchangeRate,
    Invoice,
    InvoiceLine,
    InvoicingTerms,
    LateCharge,
    Payment,
)
from tests.cast import NOON, a_client
from tests.delivery.scene import a_working, delivery_terms
from tests.invoicing.bank_files import Ntry, Tx, camt053
from tests.invoicing.books_scene import a_chart, a_paid_lot, a_voucher, rows_of, sums, used
from tests.invoicing.going_back import a_refund
from tests.invoicing.scene import a_draft, a_top_up, an_invoice, invoicing_terms, paid

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)
HALVES = (Step("Half", Decimal(12000)), Step("All", Decimal(12000)))


@pytest.fixture(autouse=True)
def books(cast):
    invoicing_terms()
    a_chart()


def post(at=LATER):
    outcome = posting.post(at=at)
    assert outcome.refused == {}
    assert ties.check(at) == []


def voucher_of(invoice):
    return BookVoucher.objects.get(event__invoice=invoice)


def in_euro(cast, acme, rate="11.5"):
    """The provider's price list is in euro, its books are in kronor."""
    ExchangeRate.objects.create(currency="EUR", starts_on=date(2026, 1, 1), rate=Decimal(rate))
    cast.credit_terms.price_per_hour = Money(Decimal("100.33"), "EUR")
    cast.credit_terms.save()


def test_i6_an_issued_invoice_is_a_receivable_an_advance_and_vat(cast, acme):
    invoice = an_invoice(acme, cast.fia)

    post()

    voucher = voucher_of(invoice)
    assert rows_of(voucher) == [("1510", Decimal(12000)), ("2420", Decimal(-9600)), ("2611", Decimal(-2400))]
    assert (voucher.series, voucher.number, voucher.booked_on) == ("F", 1, date(2026, 11, 18))
    assert str(invoice.number) in voucher.text
    assert voucher.rows.get(number="2420").line == invoice.lines.get()


def test_i6_what_brings_it_to_whole_kronor_is_rounding_and_goes_with_the_credit_note(cast, acme):
    InvoicingTerms.objects.update(whole_kronor=True)
    cast.credit_terms.price_per_hour = Money(Decimal("1200.05"), "SEK")
    cast.credit_terms.save()
    invoice = an_invoice(acme, cast.fia)
    assert invoice.rounding == Decimal("0.50")
    post()
    assert sums() == {"1510": Decimal(12001), "2420": Decimal("-9600.40"), "2611": Decimal("-2400.10"), "3740": Decimal("-0.50")}

    crediting.credit(invoice, None, reason="Wrong.", by=cast.fia, at=LATER, cause="test:note")
    post()

    assert sums() == {}


def test_i6_a_draft_is_nothing_to_the_books(cast, acme):
    a_draft(acme)

    post()

    assert BookVoucher.objects.count() == 0


def test_i6_a_credit_note_before_payment_takes_the_advance_back(cast, acme):
    invoice = an_invoice(acme, cast.fia)

    note = crediting.credit(invoice, None, reason="Wrong.", by=cast.fia, at=LATER, cause="test:note")
    post()

    assert rows_of(voucher_of(note)) == [("1510", Decimal(-12000)), ("2420", Decimal(9600)), ("2611", Decimal(2400))]
    assert sums() == {}


def test_i6_a_partly_credited_order_becomes_credit_worth_what_was_invoiced(cast, acme):
    invoice = an_invoice(acme, cast.fia)
    line = invoice.lines.get()
    crediting.credit(invoice, {line.pk: Decimal(600)}, reason="A rebate.", by=cast.fia, at=NOON + timedelta(minutes=5), cause="test:note")
    invoice.refresh_from_db()
    paid(invoice, invoice.open.amount, cast.fia, at=LATER)
    used(acme, 480, at=LATER)

    post()

    assert sums() == {"1930": Decimal(11250), "2611": Decimal(-2250), "3001": Decimal(-9000)}


def test_i6_a_refund_and_its_credit_note_meet(cast, acme):
    lot = a_paid_lot(acme, cast.fia)
    refund = ledger.refund(lot=lot, minutes=100, voucher=a_voucher(at=LATER, reason="Not needed."))
    invoice = Invoice.objects.get()

    crediting.credit(invoice, {invoice.lines.get().pk: refund.net.amount}, reason="Refund.", by=cast.fia, at=LATER, cause="test:note")
    post()

    assert sums() == {"1510": Decimal(-2500), "1930": Decimal(12000), "2420": Decimal(-7600), "2611": Decimal(-1900)}


def test_i6_a_payment_taken_back_opens_the_receivable_again(cast, acme):
    invoice = an_invoice(acme, cast.fia)
    payment = paid(invoice, 5000, cast.fia)
    settlement.take_back(payment, reason="Another client’s.", by=cast.fia, at=LATER)

    post()

    assert sums() == {"1510": Decimal(12000), "2420": Decimal(-9600), "2611": Decimal(-2400)}
    assert BookVoucher.objects.filter(series="B").count() == 2


def test_i6_what_is_over_is_the_clients_money_and_pays_a_later_invoice(cast, acme):
    invoice = an_invoice(acme, cast.fia)
    bank.read(
        camt053(Ntry(amount="13000", service="S1", details=[Tx(amount="13000", refs=[invoice.ocr])])), name="a.xml", by=cast.fia, at=NOON
    )
    resolving.pay(BankTransaction.objects.get(), invoice, keep_rest=True, by=cast.fia, at=NOON)
    post()
    assert sums()["2421"] == Decimal(-1000)

    later = an_invoice(acme, cast.fia, at=LATER)
    resolving.use(later, by=cast.fia, at=LATER, key="k")
    post()

    assert sums() == {"1510": Decimal(11000), "1930": Decimal(13000), "2420": Decimal(-19200), "2611": Decimal(-4800)}


def test_i6_what_was_over_by_hand_is_the_clients_money_too(cast, acme):
    invoice = an_invoice(acme, cast.fia)
    received = settlement.Received(amount=Money(12500, "SEK"), paid_on=NOON.date())

    for _ in range(2):
        resolving.receive(invoice, received, by=cast.fia, at=NOON, cause="hand")
    post()

    assert sums() == {"1930": Decimal(12500), "2420": Decimal(-9600), "2421": Decimal(-500), "2611": Decimal(-2400)}


def test_i6_in_another_currency_the_books_have_the_rate_of_the_invoice_and_what_was_lost_on_payment(cast, acme):
    in_euro(cast, acme)
    invoice = an_invoice(acme, cast.fia)
    ExchangeRate.objects.create(currency="EUR", starts_on=date(2026, 11, 20), rate=Decimal("11.25"))
    at = NOON + timedelta(days=3)

    paid(invoice, Decimal("501.65"), cast.fia, at=at)
    paid(invoice, Decimal("501.65"), cast.fia, at=at)
    used(acme, 480, at=at)
    post(at)

    assert (invoice.net, invoice.vat) == (Decimal("802.64"), Decimal("200.66"))
    assert sums() == {
        "1930": Decimal("11287.12"),
        "2611": Decimal("-2307.59"),
        "3001": Decimal("-9230.36"),
        "7960": Decimal("250.83"),
    }


def test_i6_credit_that_came_before_its_invoice_is_worth_what_it_was_then(cast, acme_on_trust):
    in_euro(cast, acme_on_trust)
    InvoicingTerms.objects.all().delete()
    a_top_up(acme_on_trust)
    invoicing_terms()
    [draft] = drafting.pull(at=NOON)
    used(acme_on_trust, 480)
    ExchangeRate.objects.create(currency="EUR", starts_on=date(2026, 11, 20), rate=Decimal(12))
    at = NOON + timedelta(days=3)

    issuing.issue(draft, by=cast.fia, at=at)
    post(at)

    assert sums() == {"1510": Decimal("12039.60"), "2611": Decimal("-2407.92"), "3001": Decimal("-9230.36"), "3960": Decimal("-401.32")}


def test_i6_what_the_chart_has_no_account_for_waits_and_says_why(cast, acme):
    BookAccount.objects.filter(meaning="vat").delete()
    a_paid_lot(acme, cast.fia)
    used(acme, 60)

    outcome = posting.post(at=LATER)

    [(cause, why)] = outcome.refused.items()
    assert cause == f"invoice:{Invoice.objects.get().pk}"
    assert "Output VAT" in why
    assert "25 % VAT" in why
    assert ties.check(LATER) == ["1 events wait to be posted."]
    BookAccount.objects.create(meaning="vat", percent=Decimal(25), number="2611", name="Moms")
    post()


@pytest.fixture
def acme_on_trust(cast):
    """A client whose orders become credit before they are paid (rule C4)."""
    return a_client(cast, "Trusted", credit_on="issue")


def parts_of(client, amount, way, **attributes):
    payment = Payment(organisation=client.organisation, amount=Decimal(amount), currency="SEK", way=way, paid_on=NOON.date())
    for name, value in attributes.items():
        setattr(payment, name, value)
    posting_ = of_payments.posting_of(payment, chart.current())
    return {part.account.number: part.amount for part in posting_.parts}


def test_i6_money_that_goes_back_to_a_client_leaves_the_bank(cast, acme):
    assert parts_of(acme, -500, "payout") == {"2421": Decimal(500), "1930": Decimal(-500)}
    assert parts_of(acme, 500, "card") == {"2421": Decimal(-500), "1580": Decimal(500)}


def test_i6_refunded_credit_that_no_invoice_of_ours_sold_is_the_clients_with_its_vat(cast, acme):
    refund = Refund(net=Money(400, "SEK"), vat=Money(100, "SEK"), total=Money(500, "SEK"), vat_percent=Decimal("25.00"))

    assert parts_of(acme, 500, "refund", refund=refund) == {"2421": Decimal(-500), "2611": Decimal(100), "2429": Decimal(400)}


def test_i6_money_that_came_in_an_unknown_way_is_not_guessed_at(cast, acme):
    with pytest.raises(WayUnknown, match="barter"):
        parts_of(acme, 500, "barter")


def test_i6_a_late_charge_is_interest_and_fees(cast, acme):
    line = InvoiceLine(late_charge=LateCharge(interest=Decimal(30), fees=Decimal(60), compensation=Decimal(0)))

    found = of_invoices._split(line, Invoice(), Decimal(90), chart.current())

    assert [(account.number, amount) for account, amount in found] == [("8313", Decimal(30)), ("3591", Decimal(60))]


def test_i6_a_delivery_is_revenue_at_once(cast, acme):
    delivery_terms()
    a_working(cast, acme, basis=Basis.FIXED, milestones=HALVES)
    milestones.reach_milestone(Milestone.objects.get(title="Half"), by=cast.max, at=NOON)
    [draft] = drafting.pull_deliveries(by=None, at=NOON)
    invoice = issuing.issue(draft, by=cast.fia, at=NOON)

    post()

    assert rows_of(voucher_of(invoice)) == [("1510", Decimal(15000)), ("3041", Decimal(-12000)), ("2611", Decimal(-3000))]


def test_i6_credit_notes_clear_the_receivable_in_the_order_in_which_they_were_issued(cast, acme):
    InvoicingTerms.objects.update(whole_kronor=True)
    cast.credit_terms.price_per_hour = Money(Decimal("1200.05"), "SEK")
    cast.credit_terms.save()
    lot = a_paid_lot(acme, cast.fia)
    a_refund(cast, lot, 100)
    [drafted_first] = refunding.pull_refunds(by=None, at=NOON)
    invoice = drafted_first.preceding
    assert invoice is not None

    crediting.credit(invoice, None, reason="Wrong.", by=cast.fia, at=LATER, cause="test:note")
    post()
    crediting.issue(drafted_first, by=cast.fia, at=LATER)
    post()

    invoice.refresh_from_db()
    assert sums()["1510"] == invoice.open.amount == Decimal(-12001)
    assert "3740" not in sums()
