"""Public holidays of a country or a part of it, by the calendar of the `holidays` library (rules R2, W1).

Public ones only: what is merely customary, like Christmas Eve in Sweden, is an ordinary day here. Where a country or
its part is not known there are none: nobody's work stops for a code that was mistyped.
"""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

import holidays

NONE: frozenset[date] = frozenset()


@lru_cache(maxsize=256)
def between(country: str, subdivision: str, first_year: int, last_year: int) -> frozenset[date]:
    """The public holidays of these years, both included; `subdivision` may be empty. Computed once."""
    return NONE.union(*(of_year(country, subdivision, year) for year in range(first_year, last_year + 1)))


@lru_cache(maxsize=1024)
def of_year(country: str, subdivision: str, year: int) -> frozenset[date]:
    """The public holidays of `year`; none where the country or its part is unknown."""
    return NONE.union(_found(country, subdivision, year) or ())


def are_known(country: str, subdivision: str) -> bool:
    """Whether the country, and the part of it if one is named, has a calendar of public holidays."""
    return _found(country, subdivision, 2026) is not None


def _found(country: str, subdivision: str, year: int) -> Iterable[date] | None:
    try:
        return holidays.country_holidays(country.upper(), subdiv=subdivision or None, years=year, expand=False, categories=holidays.PUBLIC)
    except NotImplementedError:  # that is how the library says that it does not know a country or a part of it
        return None
