"""Figures that contradict each other are found before anything is written."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.einvoice import checks
from invoicing.einvoice.agreement import NotInAgreement
from invoicing.einvoice.cii import written_cii
from invoicing.einvoice.ubl import written
from invoicing.facts import Unit, VatCategory
from tests.invoicing import documents
from tests.invoicing.documents import OUTSIDE, a_line, facts_of


def one_row(**fields):
    facts = documents.domestic()
    return replace(facts, vat_rows=[replace(facts.vat_rows[0], **fields)])


def one_line(**fields):
    facts = documents.domestic()
    return replace(facts, lines=[replace(facts.lines[0], **fields)])


DOMESTIC = documents.domestic()
CONTRADICTIONS = [
    (
        replace(DOMESTIC, total=Decimal("12000.01")),
        ["the total says 12000.01, which should be 12000.00", "the sum to pay says 12000.00, which should be 12000.01"],
    ),
    (replace(DOMESTIC, payable=Decimal(11999)), ["the sum to pay says 11999, which should be 12000.00"]),
    (replace(DOMESTIC, rounding=Decimal("0.40")), ["the sum to pay says 12000.00, which should be 12000.40"]),
    (replace(DOMESTIC, prepaid=Decimal(1)), ["the sum to pay says 12000.00, which should be 11999.00"]),
    (
        one_row(vat=Decimal("2400.01")),
        ["the VAT at 25 % says 2400.01, which should be 2400.00", "the VAT says 2400.00, which should be 2400.01"],
    ),
    (
        one_row(net=Decimal(9500), vat=Decimal(2375)),
        ["the net at 25 % says 9500, which should be 9600.00", "the VAT says 2400.00, which should be 2375"],
    ),
    (
        one_row(category=VatCategory.ZERO),
        [
            "the VAT is not given once for each rate of the lines",
            "the net at 25 % says 9600.00, which should be 0",
            "a rate of 25 % does not go with how VAT is treated",
        ],
    ),
    (
        one_line(net=Decimal("9600.02")),
        [
            "line 1 says 9600.02, which should be 9600.00",
            "the net says 9600.00, which should be 9600.02",
            "the net at 25 % says 9600.00, which should be 9600.02",
        ],
    ),
    (one_line(base=Decimal(0)), ["line 1 has no quantity that its price is for"]),
    (
        replace(documents.mixed_rates(), lines=[replace(line, position=7) for line in documents.mixed_rates().lines]),
        ["two lines have the same position"],
    ),
    (facts_of(a_line(), a_line(percent=0, category=OUTSIDE)), ["what is outside the scope of VAT stands beside what is not"]),
    (facts_of(a_line(percent=0)), ["a rate of 0 % does not go with how VAT is treated"]),
    (facts_of(a_line(price=-100)), ["the total is below zero, which would be the other kind of document"]),
    (documents.in_euro(vat_in_books=Decimal(-1)), ["the VAT goes the other way in the other currency"]),
    (documents.in_euro(vat_in_books=Decimal("1.005")), ["an amount has more than two decimals"]),
    (documents.domestic(period=(date(2026, 11, 2), date(2026, 11, 1))), ["the period ends before it begins"]),
]


@pytest.mark.parametrize(("facts", "faults"), CONTRADICTIONS)
def test_i2_a_contradiction_is_named_and_nothing_written(facts, faults):
    for write in (written, written_cii):
        with pytest.raises(NotInAgreement) as refused:
            write(facts)

        assert list(refused.value.faults) == faults


def test_i2_the_refusal_says_all_of_it_in_one_sentence():
    with pytest.raises(NotInAgreement) as refused:
        written(replace(DOMESTIC, payable=Decimal(1)))

    assert str(refused.value) == (
        "The e-invoice was not written, for its figures do not agree: the sum to pay says 1, which should be 12000.00."
    )


def test_i2_what_is_left_to_credit_may_differ_by_a_cent_of_vat():
    whole = documents.credit_note()
    cent = Decimal("0.01")
    left = replace(
        whole,
        vat_rows=[replace(whole.vat_rows[0], vat=whole.vat + cent)],
        vat=whole.vat + cent,
        total=whole.total + cent,
        payable=whole.total + cent,
    )

    assert b">2400.01<" in written(left)


def test_i2_a_rate_is_the_same_however_it_is_written():
    facts = facts_of(a_line(percent="25.00"))

    assert b"<cbc:Percent>25</cbc:Percent>" in written(replace(facts, vat_rows=[replace(facts.vat_rows[0], percent=Decimal(25))]))


minutes = st.builds(
    lambda quantity, price, percent: a_line("Session", quantity, Decimal(price) / 100, percent, unit=Unit.MINUTE, base=Decimal(60)),
    st.integers(1, 5000),
    st.integers(0, 500_000),
    st.sampled_from([6, 12, 25]),
)


@given(st.lists(minutes, min_size=1, max_size=8))
def test_i2_whatever_time_is_sold_our_own_checks_find_nothing(lines):
    assert checks.findings_of(written(facts_of(*lines))) == ()
