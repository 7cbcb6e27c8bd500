"""The languages by their names, in the language of whoever reads (rule P4)."""

from django.utils.translation import pgettext

from people.models import Language


def name_of(code: str) -> str:
    """The language of this code as it is called in the reader's own, within a sentence; the code where it is none of the product's."""
    names = {Language.ENGLISH.value: pgettext("a language", "English"), Language.SWEDISH.value: pgettext("a language", "Swedish")}
    return names.get(code, code)
