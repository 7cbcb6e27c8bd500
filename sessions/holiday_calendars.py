"""Of which countries public holidays are known, by name (rule W1)."""

from babel import Locale
from django.utils.translation import get_language

from worktime import holiday_dates


def countries() -> list[tuple[str, str]]:
    """The countries, by code and by name in the reader's language, in order of their names."""
    names = Locale((get_language() or "en").split("-")[0]).territories
    return sorted(((code, names.get(code, code)) for code in holiday_dates.countries()), key=lambda country: country[1])
