"""Bankgiro, plusgiro, IBAN and BIC are checked before anybody pays to them (rule I3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from invoicing import bank_numbers as numbers


@pytest.mark.parametrize(
    ("typed", "kept", "shown"),
    [
        ("5050-1055", "50501055", "5050-1055"),
        ("991-2346", "9912346", "991-2346"),
        (" 9912346 ", "9912346", "991-2346"),
        ("5050–1055", "50501055", "5050-1055"),
    ],
)
def test_i3_bankgiro_numbers_are_kept_as_digits_and_shown_with_a_hyphen(typed, kept, shown):
    assert (numbers.bankgiro(typed), numbers.bankgiro_shown(typed)) == (kept, shown)


@pytest.mark.parametrize(
    ("typed", "kept", "shown"),
    [
        ("90 19 50-6", "9019506", "90 19 50-6"),
        ("9019506", "9019506", "90 19 50-6"),
        ("18", "18", "1-8"),
        ("12345-5", "123455", "1 23 45-5"),
        ("1234566", "1234566", "12 34 56-6"),
    ],
)
def test_i3_plusgiro_numbers_are_shown_in_pairs(typed, kept, shown):
    assert (numbers.plusgiro(typed), numbers.plusgiro_shown(typed)) == (kept, shown)


def test_i3_an_iban_is_kept_in_capitals_and_shown_in_fours():
    assert numbers.iban("se45 5000 0000 0583 9825 7466") == "SE4550000000058398257466"
    assert numbers.iban_shown("SE4550000000058398257466") == "SE45 5000 0000 0583 9825 7466"


@pytest.mark.parametrize(("typed", "kept"), [("essesess", "ESSESESS"), ("ESSE SE SS XXX", "ESSESESSXXX"), ("DEUTDEFF500", "DEUTDEFF500")])
def test_i3_a_bic_is_kept_in_capitals(typed, kept):
    assert numbers.bic(typed) == kept


HOSTILE = ["", " ", "-", "0", "abc", "٥٠٥٠١٠٥٥", "1" * 1000, "5050-1055; DROP", "<b>", "\x00", "5050\n1055", "é"]


@pytest.mark.parametrize("wrong", [*HOSTILE, "5050-1054", "0000000", "00000000", "18", "505010553", "123456"])
def test_i3_other_texts_are_no_bankgiro(wrong):
    with pytest.raises(numbers.NotABankgiro, match="7 or 8 digits"):
        numbers.bankgiro(wrong)


@pytest.mark.parametrize("wrong", [*HOSTILE, "90 19 50-7", "8", "00", "505010553"])
def test_i3_other_texts_are_no_plusgiro(wrong):
    with pytest.raises(numbers.NotAPlusgiro, match="2 to 8 digits"):
        numbers.plusgiro(wrong)


@pytest.mark.parametrize("wrong", [*HOSTILE, "SE4550000000058398257467", "SE455000000005839825746", "XX4550000000058398257466", "SE45"])
def test_i3_other_texts_are_no_iban(wrong):
    with pytest.raises(numbers.NotAnIban, match="two check digits"):
        numbers.iban(wrong)


@pytest.mark.parametrize("wrong", [*HOSTILE, "ESSESES", "ESSESESSX", "ESSEQQSS", "1SSESESS", "ESSESESSXXXX"])
def test_i3_other_texts_are_no_bic(wrong):
    with pytest.raises(numbers.NotABic, match="8 or 11"):
        numbers.bic(wrong)


@given(st.integers(1, 9_999_999))
def test_i3_every_giro_number_survives_being_shown(body):
    number = f"{body}{luhn.calc_check_digit(str(body))}"

    assert numbers.plusgiro(numbers.plusgiro_shown(number)) == number
    if len(number) >= 7:
        assert numbers.bankgiro(numbers.bankgiro_shown(number)) == number


@given(st.text(max_size=80))
def test_i3_any_text_is_kept_or_refused(text):
    for check, refusal in [
        (numbers.bankgiro, numbers.NotABankgiro),
        (numbers.plusgiro, numbers.NotAPlusgiro),
        (numbers.iban, numbers.NotAnIban),
        (numbers.bic, numbers.NotABic),
    ]:
        try:
            kept = check(text)
        except refusal:
            continue
        assert check(kept) == kept
        assert kept.isascii()
        assert kept.isalnum()
