"""Which lots give how much (rule C12): the one that expires first, then the oldest. Pure."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple


class Source(NamedTuple):
    """Something that can give `minutes`, known by `key`."""

    key: int
    minutes: int


def order_of_use(expires_on: date | None, lot: int) -> tuple[date, int]:
    """Sort key of a lot: what expires first, then the oldest; what never expires comes last."""
    return (expires_on or date.max, lot)


def allocate(minutes: int, sources: Iterable[Source]) -> tuple[list[Source], int]:
    """Take `minutes` from `sources` in their order; returns what each gives (all above 0) and what is missing."""
    taken: list[Source] = []
    for source in sources:
        give = min(source.minutes, minutes)
        if give > 0:
            taken.append(Source(source.key, give))
            minutes -= give
        if minutes == 0:
            break
    return taken, minutes
