"""Whatever invoice is written passes every rule there is: the official ones, and our own checks (rule I4)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoicing.einvoice import checks, official
from invoicing.einvoice.cii import written_cii
from invoicing.einvoice.ubl import written
from invoicing.facts import Kind, PaymentMeans, Unit, VatCategory
from tests.invoicing import documents

TREATMENTS = [
    (VatCategory.STANDARD, [6, 12, 25], documents.ACME),
    (VatCategory.ZERO, [0], documents.ACME),
    (VatCategory.REVERSE_CHARGE, [0], documents.GLUEHWEIN),
    (VatCategory.OUTSIDE_SCOPE, [0], documents.FJORD),
]
MEASURES = [(Unit.MINUTE, 60), (Unit.HOUR, 1), (Unit.KILOMETRE, 10), (Unit.PIECE, 1), (Unit.MONTH, 1)]
ACCOUNTS = [
    documents.BANKGIRO,
    documents.IBAN,
    PaymentMeans(plusgiro="41054685", reference="18"),
    replace(documents.IBAN, bankgiro="5050-1055"),
]


@st.composite
def lines(draw, category, rates):
    unit, base = draw(st.sampled_from(MEASURES))
    quantity = draw(st.decimals("0.01", 5000, places=2))
    price = draw(st.decimals(0, 9000, places=draw(st.integers(0, 4))))
    texts = {"text": "Line " + draw(st.text(max_size=20)), "note": draw(st.text(max_size=20))}
    return documents.a_line(
        quantity=quantity, price=price, percent=draw(st.sampled_from(rates)), base=Decimal(base), unit=unit, category=category, **texts
    )


@st.composite
def invoices(draw):
    category, rates, buyer = draw(st.sampled_from(TREATMENTS))
    sold = draw(st.lists(lines(category, rates), min_size=1, max_size=6))
    if draw(st.booleans()):
        off = draw(st.integers(0, 100))
        sold.append(documents.a_line("Discount", -1, sold[0].net * off / 100, sold[0].vat_percent, category=category))
    fields = {
        "buyer": buyer,
        "payment": draw(st.sampled_from(ACCOUNTS)),
        "due_on": draw(st.sampled_from([None, documents.DUE_ON])),
        "rounding": draw(st.decimals("-0.50", "0.50", places=2)),
        "prepaid": draw(st.decimals(0, 1000, places=2)),
        "supplied_on": draw(st.sampled_from([None, date(2026, 10, 31), documents.ISSUED_ON, documents.DUE_ON])),
        "taxed_on": draw(st.sampled_from([None, date(2026, 10, 31), documents.ISSUED_ON, documents.DUE_ON])),
        "notes": draw(st.lists(st.text(max_size=30), max_size=3)),
        "terms": "Net " + draw(st.text(max_size=30)),
    }
    if draw(st.booleans()):
        fields |= {"kind": Kind.CREDIT_NOTE, "preceding": (("2026-1001", documents.ISSUED_ON), ("2026-1002", documents.ISSUED_ON))}
    if draw(st.booleans()):
        in_books = documents.facts_of(*sold, **fields).vat * 11
        fields |= {
            "currency": "EUR",
            "books_currency": "SEK",
            "vat_in_books": in_books,
            "rate": Decimal(11),
            "rate_on": documents.ISSUED_ON,
        }
    return documents.facts_of(*sold, **fields)


@pytest.fixture(scope="module", autouse=True)
def _rules_loaded():
    for write in (written, written_cii):
        official.judged(write(documents.domestic()))


@settings(max_examples=100, deadline=None)
@given(invoices())
def test_i4_whatever_is_written_for_the_network_passes_every_rule(facts):
    document = written(facts)

    assert official.judged(document).findings == ()
    assert checks.findings_of(document) == ()


@settings(max_examples=100, deadline=None)
@given(invoices())
def test_i4_whatever_is_written_for_a_pdf_passes_the_official_rules(facts):
    assert official.judged(written_cii(facts)).is_valid
