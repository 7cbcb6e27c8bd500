"""What the product says by itself is kept in all languages at once (rule P4)."""

from django.utils.translation import gettext, gettext_lazy

from core.errors import NotAllowed
from core.sentences import Sentence, in_language, joined, sentence


def test_p4_a_sentence_is_said_in_every_language():
    said = Sentence({"en": "Yes", "sv": "Ja"})

    for wording in (lambda: gettext("Yes"), lambda: gettext_lazy("Yes")):
        assert sentence(wording) == said
    assert sentence(NotAllowed).said["sv"] == "Det får du inte göra. Inget har ändrats."


def test_p4_what_was_typed_stays_as_it_was_typed():
    assert [in_language("Ring Bo", language) for language in ("en", "sv")] == ["Ring Bo"] * 2


def test_p4_a_language_that_came_later_reads_the_first():
    assert in_language(Sentence({"en": "Yes", "sv": "Ja"}), "fi") == "Yes"


def test_p4_parts_are_joined_in_each_language_without_the_empty_ones():
    assert joined([Sentence({"en": "Yes", "sv": "Ja"}), "", "0007:1"], by=" · ") == Sentence({"en": "Yes · 0007:1", "sv": "Ja · 0007:1"})
