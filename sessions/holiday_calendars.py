"""Of which countries, and parts of them, public holidays are known (rule W1)."""

from functools import cache

import holidays
from babel import Locale
from django.utils.translation import get_language


@cache
def _subdivisions() -> dict[str, frozenset[str]]:
    """The parts of each country that have holidays of their own, by ISO 3166-1 code."""
    supported = holidays.list_supported_countries(include_aliases=False)
    return {country: frozenset(parts) for country, parts in supported.items()}


def is_known(country: str, subdivision: str = "") -> bool:
    """Whether the public holidays of the country, and of that part of it, are known."""
    parts = _subdivisions().get(country)
    return parts is not None and (not subdivision or subdivision in parts)


def countries() -> list[tuple[str, str]]:
    """The countries, by code and by name in the reader's language, in order of their names."""
    names = Locale((get_language() or "en").split("-")[0]).territories
    return sorted(((code, names.get(code, code)) for code in _subdivisions()), key=lambda country: country[1])
