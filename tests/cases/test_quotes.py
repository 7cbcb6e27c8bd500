"""What only repeats is folded when it is shown, and never cut (rule S8)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.quotes import segments


def shape(text):
    return [("quoted" if segment.quoted else "said", segment.text) for segment in segments(text)]


@given(
    st.lists(st.sampled_from(["> a", "", "On 1 Nov Disa wrote:", "Från: a", "Skickat: b", "word", "---- Original Message ----"])).map(
        "\n".join
    )
)
def test_s8_no_character_is_ever_lost(text):
    assert "\n".join(segment.text for segment in segments(text)) == text


@pytest.mark.parametrize(
    "introduction",
    [
        "On Wed, 18 Nov 2026 at 12:00, Disa <support@provider.example> wrote:",
        "Den ons 18 nov. 2026 kl 12:00 skrev Disa <support@provider.example>:",
        "18 nov. 2026 kl. 12:00 skrev Disa:",
        "Am 18.11.2026 um 12:00 schrieb Disa:",
        "On Wed, 18 Nov 2026 at 12:00, Disa\n<support@provider.example> wrote:",
    ],
)
def test_s8_an_answer_above_a_quotation_is_seen_alone(introduction):
    text = f"It works.\n\n{introduction}\n> Have you tried?\n>\n> Disa"

    assert shape(text) == [("said", "It works.\n"), ("quoted", f"{introduction}\n> Have you tried?\n>\n> Disa")]


@pytest.mark.parametrize(
    "below",
    [
        "-----Original Message-----\nFrom: Disa\n\nHave you tried?",
        "-----Ursprungligt meddelande-----\nHar du provat?",
        "Från: Disa <support@provider.example>\nSkickat: den 18 november 2026 12:00\nTill: Rolf\n\nHar du provat?",
        "On Wed, 18 Nov 2026 Disa wrote:\n\nHave you tried?",
    ],
)
def test_s8_a_mail_below_without_marks_is_folded_to_the_end(below):
    assert shape(f"It works.\n{below}") == [("said", "It works."), ("quoted", below)]


def test_s8_answers_between_the_quotations_stay():
    text = "> First?\nYes.\n> Second?\nNo."

    assert shape(text) == [("quoted", "> First?"), ("said", "Yes."), ("quoted", "> Second?"), ("said", "No.")]


@pytest.mark.parametrize("text", ["I wrote: nothing", "From: the start it failed", "C:\\new\\table", "Mvh\nRolf", "-- \nRolf", "5 > 4"])
def test_s8_ordinary_words_are_not_taken_for_quotations(text):
    assert shape(text) == [("said", text)]


@pytest.mark.parametrize("text", ["> " * 300_000, ">\n" * 100_000, "on " * 200_000 + "wrote:", "On 1 wrote:\n" * 60_000], ids=range(4))
def test_s8_hostile_text_is_folded_to_its_end(text):
    assert "\n".join(segment.text for segment in segments(text)) == text
