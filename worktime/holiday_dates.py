"""Holidays as the `holidays` library computes them, for any year, and those on the same date of every year (rules W1, W2).

Names are given in English and in Swedish. What is merely customary, like Christmas Eve in Sweden, is not public.
Where a country or its part is not known there are none: nobody's work stops for a code that was mistyped.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import TypeAlias

import holidays
from dateutil.easter import easter
from django.utils.translation import get_language

Holidays: TypeAlias = Callable[[int], frozenset[date]]
LANGUAGES = {"en": ("en_US", "en_GB", "en"), "sv": ("sv", "sv_SE")}


@dataclass(frozen=True, order=True)
class NamedDay:
    """A holiday: by law (`is_public`), or by custom only."""

    on: date
    is_public: bool
    name_en: str
    name_sv: str

    @property
    def name(self) -> str:
        """In the reader's language."""
        return self.name_sv if get_language() == "sv" else self.name_en


@lru_cache(maxsize=1024)
def computed(country: str, subdivision: str, year: int) -> tuple[NamedDay, ...]:
    """The holidays of a year, in order; none where the country or its part is unknown. `subdivision` may be empty."""
    if not are_known(country, subdivision):
        return ()
    kind = type(holidays.country_holidays(country.upper(), subdiv=subdivision or None, years=year))
    supported = [category for category in (holidays.PUBLIC, holidays.DE_FACTO) if category in kind.supported_categories]
    found: dict[date, NamedDay] = {}
    for category in supported:
        english, swedish = (_named(country, subdivision, year, category, language) for language in ("en", "sv"))
        for on, name in english.items():
            found.setdefault(on, NamedDay(on, category == holidays.PUBLIC, name, swedish.get(on, name)))
    return tuple(sorted(found.values()))


@lru_cache(maxsize=256)
def are_known(country: str, subdivision: str) -> bool:
    """Whether the country, and the part of it if one is named, has a calendar of holidays."""
    try:
        holidays.country_holidays(country.upper(), subdiv=subdivision or None, years=2026)
    except NotImplementedError:  # that is how the library says that it does not know a country or a part of it
        return False
    return True


@cache
def countries() -> list[str]:
    """The countries whose holidays are known, by code (ISO 3166-1)."""
    return list(holidays.list_supported_countries(include_aliases=False))


def yearly(year: int, *, month: int | None, day: int | None, from_easter: int | None) -> date | None:
    """The date in `year` of what recurs by month and day, or by its distance from Easter Sunday; None: not that year."""
    if from_easter is not None:
        return easter(year) + timedelta(days=from_easter)
    try:
        return date(year, month or 1, day or 1)
    except ValueError:  # 29 February
        return None


def remembered(of_year: Holidays) -> Holidays:
    """The same, asked once for each year."""
    return lru_cache(maxsize=None)(of_year)


def _named(country: str, subdivision: str, year: int, category: str, language: str) -> dict[date, str]:
    kind = type(holidays.country_holidays(country.upper(), subdiv=subdivision or None, years=year))
    spoken = next((known for known in LANGUAGES[language] if known in kind.supported_languages), None)
    found = holidays.country_holidays(
        country.upper(), subdiv=subdivision or None, years=year, expand=False, categories=category, language=spoken
    )
    return {on: name for on, name in found.items() if on.year == year}
