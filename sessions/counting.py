"""Which minutes of work count, and what they come to (rules C7, C8, C17). Pure.

The estimate and its tolerance set how many man-minutes count without asking; the client's consent can raise
that, from the moment it is given. Minutes are taken in the order in which they were worked, whoever worked
them: a minute counts while fewer have been counted than the client had agreed to when it began, and is free
otherwise. So consent never reaches back, nobody pays more than was agreed, and taking work away or agreeing to
more can never turn the sum the wrong way.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from credits.rounding import round_minutes

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Stretch:
    """`minutes` that one person worked in one go from `started_at`; `key` names the line."""

    key: int
    started_at: datetime
    minutes: int


@dataclass(frozen=True)
class Allowance:
    """The client agreed to `minutes` in all, from `since` on."""

    minutes: int
    since: datetime


@dataclass(frozen=True)
class Counting:
    """How counted minutes become charged ones: factor in percent, then one rounding (rules C7, C17)."""

    step: int = 10
    mode: str = "nearest"
    minimum: int = 0
    factor_percent: int = 100


def limit(*, estimated_minutes: int, tolerance_percent: int) -> int:
    """How many man-minutes count without asking: the estimate and its tolerance, rounded down (rule C8).

    Minutes as they are worked, before any factor.
    """
    return estimated_minutes * (100 + tolerance_percent) // 100


def billable(stretches: Sequence[Stretch], *, limit: int, consents: Iterable[Allowance] = ()) -> dict[int, int]:
    """How many minutes of each line count, by its key; the rest are free (rule C8)."""
    given = list(consents)
    counted = dict.fromkeys((stretch.key for stretch in stretches), 0)
    total = 0
    for began, key in _minute_by_minute(stretches):
        agreed = max([limit, *(consent.minutes for consent in given if consent.since <= began)])
        if total < agreed:
            counted[key] += 1
            total += 1
    return counted


def charged(minutes: int, counting: Counting) -> int:
    """What `minutes` that count are charged at: with the factor, exact in hundredths, rounded once (rules C7, C17)."""
    step, minimum = counting.step * 100, counting.minimum * 100
    return round_minutes(minutes * counting.factor_percent, step=step, mode=counting.mode, minimum=minimum) // 100


def held(minutes: int, counting: Counting) -> int:
    """What is held for an estimate of `minutes`: what it would be charged at, and a minute at least (rules C5, C17)."""
    return max(charged(minutes, counting), 1)


def _minute_by_minute(stretches: Sequence[Stretch]) -> list[tuple[datetime, int]]:
    """When each man-minute began and on which line it stands, in the order worked."""
    return sorted(
        (stretch.started_at.astimezone(UTC) + MINUTE * number, stretch.key) for stretch in stretches for number in range(stretch.minutes)
    )
