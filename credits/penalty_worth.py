"""What penalties were worth, lot by lot (rules C10, C11, C12, I6).

A penalty is worth the share that its minutes have in the price of the lots they came from, cut off after all that was
used of the lot before, so that a lot that is used up was worth exactly what was paid for it; what was owed is worth the
price of the day. One that was taken back stands on its own day, and once more, less than nothing, on the day when it was
taken back: periods that were reported stay as they were.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from django.db.models import Q, QuerySet
from djmoney.money import Money

from credits.models import Debt, DebtPocket, Entry, EntryKind, Lot, LotPocket, Move
from credits.models.entries import PENALTIES
from credits.prices import to_cents, worth

__all__ = ["Part", "Taken", "between"]

USED = (LotPocket.SPENT.value, LotPocket.EXPIRED.value)


@dataclass(frozen=True)
class Part:
    """`minutes` of one lot, or of a debt (`lot` None), with the price of an hour of it and what they are worth."""

    lot: Lot | None
    minutes: int
    price: Money
    net: Money
    vat_percent: Decimal
    vat: Money


@dataclass(frozen=True)
class Taken:
    """A penalty, or its reversal (`entry` is another then, and minutes and sums are less than nothing), with its parts.

    `reversed_on`: when the penalty was taken back.
    """

    entry: Entry
    penalty: Entry
    parts: Sequence[Part]
    reversed_on: date | None


def between(first: date, last: date) -> list[Taken]:
    """The penalties of these days, both included, and what was taken back on them, in order of time. Three queries."""
    entries = list(_entries(first, last))
    penalties = {entry.pk: entry.reverses or entry for entry in entries}
    parts = _parts(penalties.values())
    return [
        Taken(
            entry=entry,
            penalty=penalties[entry.pk],
            parts=[_negative(part) if entry.reverses else part for part in parts[penalties[entry.pk].pk]],
            reversed_on=_reversed_on(entry),
        )
        for entry in entries
    ]


def _entries(first: date, last: date) -> QuerySet[Entry]:
    wanted = Q(kind__in=PENALTIES) | Q(kind=EntryKind.REVERSAL, reverses__kind__in=PENALTIES)
    found = Entry.objects.filter(wanted, occurred_on__range=(first, last))
    return found.select_related("account__organisation", "reverses", "reversed_by").order_by("occurred_on", "pk")


def _reversed_on(entry: Entry) -> date | None:
    taken_back = getattr(entry, "reversed_by", None)
    return taken_back.occurred_on if taken_back else None


def _parts(penalties: Iterable[Entry]) -> dict[int, list[Part]]:
    """What each penalty took from which lot, from its hold and beside it together, and what it left owed. Two queries."""
    taking = Q(to_pocket=LotPocket.SPENT, lot__isnull=False) | Q(from_pocket=DebtPocket.NONE, debt__isnull=False)
    moves = list(
        Move.objects.filter(taking, entry__in=[entry.pk for entry in penalties]).select_related("lot", "debt").order_by("entry", "pk")
    )
    before = _used_before(moves)
    parts: dict[int, list[Part]] = defaultdict(list)
    for (entry, _lot, _debt), taken in groupby(moves, key=lambda move: (move.entry_id, move.lot_id, move.debt_id)):
        first, *others = taken
        minutes = first.minutes + sum(move.minutes for move in others)
        parts[entry].append(_of_lot(first.lot, minutes, before[first.pk]) if first.lot else _of_debt(first.debt, minutes))
    return parts


def _used_before(moves: Sequence[Move]) -> dict[int, int]:
    """How much of its lot was used when each of these moves took from it, by the move."""
    wanted = {move.pk for move in moves}
    lots = {move.lot_id for move in moves if move.lot_id}
    used: dict[int, int] = defaultdict(int)
    before: dict[int, int] = {}
    touching = Move.objects.filter(Q(to_pocket__in=USED) | Q(from_pocket__in=USED), lot__in=lots).order_by("pk")
    for pk, lot, source, target, minutes in touching.values_list("pk", "lot", "from_pocket", "to_pocket", "minutes"):
        if pk in wanted:
            before[pk] = used[lot]
        used[lot] += minutes * ((target in USED) - (source in USED))
    return before


def _of_lot(lot: Lot, minutes: int, before: int) -> Part:
    currency, total = lot.total_price.currency, lot.total_price.amount
    value = worth(total, lot.vat_percent, minutes=minutes, of=lot.granted_minutes, before=before)
    price = to_cents(total * 60 / lot.granted_minutes)
    return Part(lot, minutes, Money(price, currency), Money(value.net, currency), lot.vat_percent, Money(value.vat, currency))


def _of_debt(debt: Debt | None, minutes: int) -> Part:
    if debt is None:
        msg = "a move is of a lot or of a debt"
        raise ValueError(msg)
    currency = debt.price_per_hour.currency
    net = to_cents(debt.price_per_hour.amount * minutes / 60)
    vat = to_cents(net * debt.vat_percent / 100)
    return Part(None, minutes, debt.price_per_hour, Money(net, currency), debt.vat_percent, Money(vat, currency))


def _negative(part: Part) -> Part:
    return Part(part.lot, -part.minutes, part.price, -part.net, part.vat_percent, -part.vat)
