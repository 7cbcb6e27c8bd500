"""How an invoice stands, in one word (rules I1, I5)."""

from datetime import date
from decimal import Decimal

import pytest

from invoicing import standing
from invoicing.standing import Sums

DUE = date(2026, 12, 18)


@pytest.mark.parametrize(
    ("paid", "credited", "today", "code"),
    [
        (0, 0, DUE, "open"),
        (0, 0, date(2026, 12, 19), "overdue"),
        (1, 0, DUE, "part_paid"),
        (1, 0, date(2026, 12, 19), "overdue"),
        (0, 1, DUE, "open"),
        (100, 0, date(2027, 6, 1), "paid"),
        (60, 40, date(2027, 6, 1), "paid"),
        (0, 100, date(2027, 6, 1), "credited"),
        (100, 100, DUE, "credited"),
    ],
)
def test_i5_an_issued_invoice(paid, credited, today, code):
    sums = Sums(payable=Decimal(100), paid=Decimal(paid), credited=Decimal(credited))

    assert standing.of(kind="invoice", state="issued", sums=sums, due_on=DUE, today=today).code == code


@pytest.mark.parametrize(
    ("kind", "state", "code"),
    [("invoice", "draft", "draft"), ("invoice", "dropped", "dropped"), ("credit_note", "issued", "credit_note")],
)
def test_i1_what_is_not_to_be_paid(kind, state, code):
    sums = Sums(payable=Decimal(100), paid=Decimal(0), credited=Decimal(0))

    assert standing.of(kind=kind, state=state, sums=sums, due_on=None, today=DUE).code == code
