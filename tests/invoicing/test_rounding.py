"""Payments that are a few öre off (rules I3, I6): paid in full, the difference is rounding in the books, and never more than a crown."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from core.errors import NotAllowed
from credits.topups import TopUpState
from invoicing import bank, client_statement, late, resolving, settlement
from invoicing.books import posting, ties
from invoicing.models import BankTransaction, Difficulty, Payment, PaymentWay
from invoicing.settlement import DifferenceTooLarge
from tests.cast import NOON
from tests.invoicing.bank_files import Ntry, Tx, camt053
from tests.invoicing.books_scene import a_chart, sums
from tests.invoicing.scene import an_invoice, invoicing_terms, paid

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def terms(cast, acme):
    invoicing_terms()


@pytest.fixture
def invoice(cast, acme):
    return an_invoice(acme, cast.fia)


def came(cast, invoice, amount):
    """The bank's word of a payment of the invoice of 12 000."""
    entry = Ntry(amount=amount, service=f"S{amount}", details=[Tx(amount=amount, refs=[invoice.ocr])])
    bank.read(camt053(entry), name="bank.xml", by=cast.fia, at=NOON)
    return BankTransaction.objects.get(amount=Decimal(amount))


def accepted(cast, invoice, amount):
    return resolving.accept(came(cast, invoice, amount), invoice, by=cast.fia, at=NOON)


def rows_of(invoice):
    return list(invoice.payments.order_by("pk").values_list("way", "amount"))


@pytest.mark.parametrize("amount", ["11999.60", "12000.40", "11999.00", "12001.00"])
def test_i3_a_difference_up_to_a_crown_is_accepted_and_the_invoice_is_paid(cast, acme, invoice, amount):
    row = accepted(cast, invoice, amount)

    invoice.refresh_from_db()
    acme.account.refresh_from_db()
    difference = Decimal(12000) - Decimal(amount)
    assert rows_of(invoice) == [("bank", Decimal(amount)), ("rounding", difference)]
    assert (invoice.paid, invoice.open.amount, row.state) == (Decimal(12000), Decimal(0), "resolved")
    assert (invoice.lines.get().top_up.state, acme.account.available_minutes) == (TopUpState.PAID, 480)
    assert resolving.money_of(acme.organisation, "SEK").amount == Decimal(0)
    assert invoice.events.get(kind="paid").facts["rounding"] == str(difference)
    call_command("check_invoices")


@pytest.mark.parametrize("amount", ["11998.99", "12001.01", "500.00"])
def test_i3_more_than_a_crown_is_no_rounding(cast, invoice, amount):
    with pytest.raises(DifferenceTooLarge):
        accepted(cast, invoice, amount)

    assert not Payment.objects.exists()


def test_i3_what_is_paid_already_is_not_rounded(cast, invoice):
    row = came(cast, invoice, "12000.40")
    paid(invoice, 12000, cast.fia)

    with pytest.raises(DifferenceTooLarge):
        resolving.accept(row, invoice, by=cast.fia, at=NOON)
    assert BankTransaction.objects.get().difficulty == Difficulty.OVER


def test_i3_only_finance_accepts_a_difference(cast, invoice):
    row = came(cast, invoice, "11999.60")

    with pytest.raises(NotAllowed):
        resolving.accept(row, invoice, by=cast.max, at=NOON)
    assert not Payment.objects.exists()


@pytest.mark.parametrize("amount", ["11999.60", "12000.40"])
def test_i3_a_payment_that_is_taken_back_takes_its_rounding_with_it(cast, invoice, amount):
    accepted(cast, invoice, amount)
    payment = invoice.payments.get(way="bank")

    undone = settlement.take_back(payment, reason="The bank was wrong", by=cast.fia, at=NOON)
    again = settlement.take_back(payment, reason="Twice", by=cast.fia, at=NOON)

    invoice.refresh_from_db()
    assert (undone, undone.amount) == (again, -Decimal(amount))
    assert (invoice.paid, invoice.open.amount, invoice.payments.count()) == (Decimal(0), Decimal(12000), 4)
    assert late.paid_up_on(invoice) is None
    call_command("check_invoices")


def test_i3_the_rounding_alone_can_be_taken_back_where_too_little_came(cast, invoice):
    accepted(cast, invoice, "11999.60")

    settlement.take_back(invoice.payments.get(way="rounding"), reason="They paid the rest", by=cast.fia, at=NOON)

    invoice.refresh_from_db()
    assert invoice.open.amount == Decimal("0.40")
    settlement.take_back(invoice.payments.get(way="bank"), reason="That too", by=cast.fia, at=NOON)
    invoice.refresh_from_db()
    assert invoice.open.amount == Decimal(12000)


@pytest.mark.parametrize(("amount", "rounding"), [("11999.60", "0.40"), ("12000.40", "-0.40")])
def test_i6_the_difference_is_on_the_account_of_rounding(cast, acme, invoice, amount, rounding):
    a_chart()
    accepted(cast, invoice, amount)

    outcome = posting.post(at=NOON + timedelta(hours=1))

    booked = {number: amount for number, amount in sums().items() if number in {"1510", "1930", "2421", "3740"}}
    assert (outcome.refused, ties.check(NOON + timedelta(hours=1))) == ({}, [])
    assert booked == {"1930": Decimal(amount), "3740": Decimal(rounding)}


def test_i3_the_statement_of_account_names_the_difference(cast, acme, invoice):
    accepted(cast, invoice, "11999.60")

    [account] = client_statement.of(acme.organisation, first=NOON.date().replace(day=1), last=NOON.date()).accounts

    assert [str(line.word) for line in account.lines] == ["Payment", "Rounding difference", "Invoice"]
    assert account.closing.amount == Decimal(0)


@pytest.mark.parametrize(
    "fields", [{"amount": Decimal("1.01")}, {"amount": Decimal("-1.01")}, {"amount": Decimal("0.10"), "invoice": None}]
)
def test_i3_the_database_holds_that_rounding_is_small_and_of_an_invoice(cast, acme, invoice, fields):
    said = {"organisation": acme.organisation, "invoice": invoice, "way": PaymentWay.ROUNDING, "cause": "x", "currency": "SEK"}
    said |= {"paid_on": NOON.date(), "recorded_at": NOON, "recorded_by": cast.fia}

    with pytest.raises(IntegrityError, match="rounding_is_small_and_of_an_invoice"), transaction.atomic():
        Payment.objects.create(**(said | fields))
    Payment.objects.create(**(said | {"amount": Decimal("1.00")}))
