"""Texts and figures as they stand in an e-invoice."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.einvoice.texts import money, number, one_line, paragraphs
from invoicing.einvoice.trees import Writer, parsed, serialised


@pytest.mark.parametrize(
    ("typed", "carried"),
    [
        ("  Åsa\t&\nSöner ", "Åsa & Söner"),
        ("a\x00b\x1fc\x7f", "ab c"),
        ("\ud800x\uffff\ufffe", "x"),
        ("abc\u202edcba\u202c\u2066", "abcdcba"),
        ("שלום", "שלום"),
        ("नमस्ते", "नमस्ते"),
        ("\u2028\u200e", ""),
    ],
)
def test_i4_one_line_keeps_letters_and_drops_what_misleads(typed, carried):
    assert one_line(typed) == carried


def test_i4_paragraphs_keep_their_lines():
    assert paragraphs(" one \r\n\r\n two\u2028three\x0bfour\n") == "one\ntwo\nthree\nfour"


@given(st.text())
def test_i4_whatever_was_typed_is_read_back_as_it_was_carried(typed):
    writer = Writer({"": "urn:x"})
    root = writer.root("all")
    writer.value(root, "line", one_line(typed), unitCode=one_line(typed))
    writer.value(root, "text", paragraphs(typed))

    read = parsed(serialised(root))

    assert [leaf.text for leaf in read] == [text for text in (one_line(typed), paragraphs(typed)) if text]
    assert {leaf.get("unitCode") for leaf in read} <= {one_line(typed), None}


@pytest.mark.parametrize(
    ("amount", "said"), [("0", "0.00"), ("-0.00", "0.00"), ("1E+3", "1000.00"), ("-0.5", "-0.50"), ("12.340", "12.34")]
)
def test_i4_money_has_two_decimals(amount, said):
    assert money(Decimal(amount)) == said


def test_i4_money_is_never_rounded_on_the_way():
    with pytest.raises(ValueError, match="not an amount to the cent"):
        money(Decimal("1.005"))


@pytest.mark.parametrize(
    ("value", "said"),
    [("0", "0"), ("-0.0", "0"), ("1E+3", "1000"), ("25.00", "25"), ("100", "100"), ("0.1250", "0.125"), ("1E-7", "0.0000001")],
)
def test_i4_numbers_say_what_they_are_and_no_more(value, said):
    assert number(Decimal(value)) == said
