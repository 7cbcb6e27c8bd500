"""Whose turn it is (rules S18, W5): members in order, turns of whole days, handed over at a time of the clock.

Turns follow one another without end in both directions, so that a rota with members always has somebody on call. A
changed turn beats them. Pure: no Django, no clock; people are numbers, instants are aware, stretches half-open.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

FIRST_MONDAY = date(2024, 1, 1)
"""Where turns are counted from if nobody said."""


@dataclass(frozen=True)
class Swap:
    """`person` is on call in [starts_at, ends_at), whoever's turn it is."""

    person: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Turn:
    """`person` is on call in [starts_at, ends_at). `swapped`: it is not their turn, they stand in."""

    person: int
    starts_at: datetime
    ends_at: datetime
    swapped: bool = False


@dataclass(frozen=True, kw_only=True)
class Order:
    """Who takes turns: `members` in order, the first of them from `first_on` on, `turn_days` days each."""

    members: Sequence[int]
    first_on: date
    turn_days: int
    hands_over_at: time
    zone: ZoneInfo
    swaps: Sequence[Swap] = ()


def turn_at(order: Order, at: datetime) -> Turn | None:
    """The regular turn that `at` lies in, changed turns aside; None where nobody is a member."""
    if not order.members:
        return None
    number = (at.astimezone(order.zone).date() - order.first_on).days // order.turn_days
    if _begins(order, number) > at:  # the day of the hand-over, before its hour
        number -= 1
    return Turn(order.members[number % len(order.members)], _begins(order, number), _begins(order, number + 1))


def on_call(order: Order, at: datetime) -> int | None:
    """Who is on call at `at` (rule S18)."""
    for swap in order.swaps:
        if swap.starts_at <= at < swap.ends_at:
            return swap.person
    turn = turn_at(order, at)
    return turn.person if turn else None


def followers(order: Order, at: datetime) -> list[int]:
    """Who comes next at `at`, in order: those after the member whose turn it is; that member last, who may have swapped it away."""
    turn = turn_at(order, at)
    if turn is None:
        return []
    place = order.members.index(turn.person)
    return [*order.members[place + 1 :], *order.members[: place + 1]]


def turns(order: Order, first: datetime, last: datetime) -> list[Turn]:
    """Who is on call when, in [first, last): turns with the changed ones laid over them, in order."""
    swaps = sorted((swap for swap in order.swaps if swap.starts_at < last and swap.ends_at > first), key=lambda swap: swap.starts_at)
    found: list[Turn] = []
    reached = first
    for swap in swaps:
        found += _regular(order, reached, swap.starts_at)
        reached = min(swap.ends_at, last)
        found.append(Turn(swap.person, max(swap.starts_at, first), reached, swapped=True))
    return [*found, *_regular(order, reached, last)]


def first_day(order: Order, members: Sequence[int], at: datetime, *, turn_days: int | None = None) -> date:
    """The day to count from when `members` become the members at `at`, so that the running turn stays with whom it is.

    Where that member leaves, it goes to the next of the old order who stays. `turn_days`: how long turns last from now on.
    """
    turn = turn_at(order, at)
    if turn is None or not members:
        return order.first_on
    place = order.members.index(turn.person)
    staying = [member for member in [*order.members[place:], *order.members[:place]] if member in members]
    ahead = members.index(staying[0]) if staying else 0
    begins_on: date = turn.starts_at.astimezone(order.zone).date()
    return begins_on - timedelta(days=ahead * (turn_days or order.turn_days))


def _regular(order: Order, first: datetime, last: datetime) -> Iterator[Turn]:
    """The turns in [first, last), cut to it."""
    while first < last and (turn := turn_at(order, first)):
        ends_at = min(turn.ends_at, last)
        yield Turn(turn.person, first, ends_at)
        first = ends_at


def _begins(order: Order, number: int) -> datetime:
    """When turn `number` begins: at that time of the clock; the first of two, and where the clock skips it as much later."""
    on = order.first_on + timedelta(days=number * order.turn_days)
    return datetime.combine(on, order.hands_over_at, tzinfo=order.zone).astimezone(UTC)
