"""Of which countries public holidays are known, by name (rule W1)."""

from functools import cache

import holidays
from babel import Locale
from django.utils.translation import get_language


def countries() -> list[tuple[str, str]]:
    """The countries, by code and by name in the reader's language, in order of their names."""
    names = Locale((get_language() or "en").split("-")[0]).territories
    return sorted(((code, names.get(code, code)) for code in _codes()), key=lambda country: country[1])


@cache
def _codes() -> list[str]:
    """ISO 3166-1."""
    return list(holidays.list_supported_countries(include_aliases=False))
