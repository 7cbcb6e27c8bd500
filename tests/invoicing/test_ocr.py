"""Payment references have the control digits that banks check (rule I3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing import ocr

numbers = st.text("0123456789", min_size=1, max_size=23).filter(lambda digits: digits.strip("0"))


@pytest.mark.parametrize(
    ("number", "check_only", "both"),
    [("12345", "123455", "1234574"), ("10001", "100016", "1000173"), ("1", "18", "133"), ("12345678", "123456782", "1234567806")],
)
def test_i3_a_number_gets_its_control_digits(number, check_only, both):
    assert ocr.reference(number, length_digit=False) == check_only
    assert ocr.reference(number) == both


def test_i3_of_a_length_above_nine_only_the_last_figure_counts():
    assert ocr.reference("1" * 23)[-2] == "5"
    assert len(ocr.reference("1" * 23)) == ocr.MOST_DIGITS


@given(numbers)
def test_i3_what_is_made_is_valid(number):
    assert ocr.is_valid(ocr.reference(number))
    assert ocr.is_valid(ocr.reference(number, length_digit=False), length_digit=False)


@given(numbers, st.data())
def test_i3_one_wrong_digit_is_noticed(number, data):
    right = ocr.reference(number)
    place = data.draw(st.integers(0, len(right) - 1))
    wrong = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != right[place]]))

    assert not ocr.is_valid(right[:place] + wrong + right[place + 1 :])


@given(numbers, st.data())
def test_i3_a_digit_left_out_is_noticed(number, data):
    right = ocr.reference(number)
    place = data.draw(st.integers(0, len(right) - 3))

    assert not ocr.is_valid(right[:place] + right[place + 1 :])


@pytest.mark.parametrize("number", ["", "0", "000", "12a", "12 345", "-1", "١٢٣", "²", "1.5", " 12"])
def test_i3_what_is_no_number_is_refused(number):
    with pytest.raises(ocr.NotANumber, match="digits 0 to 9"):
        ocr.reference(number)


@pytest.mark.parametrize(("digits", "length_digit"), [(24, True), (25, False), (1000, True)])
def test_i3_more_than_25_digits_are_refused(digits, length_digit):
    with pytest.raises(ocr.NumberTooLong, match="at most 25"):
        ocr.reference("1" * digits, length_digit=length_digit)


@pytest.mark.parametrize(
    "wrong", ["", "0", "00", "0000000", "1234575", "1234564", "123455", "01234574", "1234 574", "١٢٣٤٥٧٤", "18", "1" * 26, "1234574\n"]
)
def test_i3_other_texts_are_no_reference(wrong):
    assert not ocr.is_valid(wrong)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1234574", ["1234574"]),
        ("OCR:1234574, tack", ["1234574"]),
        ("0000000000000000001234574", ["1234574"]),
        ("Faktura 1000173 och 1234574 och 1000173", ["1000173", "1234574"]),
        ("91234574", []),
        ("1234574a", ["1234574"]),
        ("12345 74", []),
        ("", []),
        ("inget här", []),
    ],
)
def test_i3_unbroken_references_are_found_in_a_text(text, found):
    assert ocr.unbroken_in(text) == found


@pytest.mark.parametrize("text", ["12345 74", "ref 12 345-74.", "1234\u00a0574", "2026 1234574", "1 2 3 4 5 7 4"])
def test_i3_references_in_groups_are_candidates(text):
    assert "1234574" in ocr.numbers_in(text)


def test_i3_unbroken_candidates_come_first():
    assert ocr.numbers_in("12345 74 1000173")[:2] == ["1000173", "1234574"]


@given(st.text(max_size=300))
def test_i3_any_text_gives_only_valid_candidates(text):
    found = ocr.numbers_in(text)

    assert all(ocr.is_valid(reference) for reference in found)
    assert len(set(found)) == len(found)


def test_i3_only_the_beginning_of_an_endless_text_is_read():
    assert ocr.numbers_in("7 " * 100_000) == ocr.numbers_in("7 " * 1_000)
    assert ocr.numbers_in("." * 3_000 + "1234574") == []
    assert ocr.numbers_in("9" * 200_000) == []
