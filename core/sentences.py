"""Sentences of ours that are kept with what happened, in every language that people read here (rule P4).

What somebody typed is kept as it was typed. What the product says by itself is said in all languages at once, so that the trace
says later to each reader what it said then, whatever has become of the figures in it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation


@dataclass(frozen=True)
class Sentence:
    """The same by language."""

    said: Mapping[str, str]


def sentence(write: Callable[[], object]) -> Sentence:
    """What `write` returns when it is asked in each language."""
    said = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            said[language] = str(write())
    return Sentence(said)


def joined(parts: list["str | Sentence"], *, by: str) -> Sentence:
    """Sentences and what is the same in all languages, one after the other; what is empty is left out."""
    languages = [language for language, _name in settings.LANGUAGES]
    return Sentence({language: by.join(text for part in parts if (text := in_language(part, language))) for language in languages})


def in_language(words: str | Sentence, language: str) -> str:
    """The words in that language; what was typed, as it was typed."""
    if isinstance(words, str):
        return words
    return words.said.get(language) or next(iter(words.said.values()), "")
