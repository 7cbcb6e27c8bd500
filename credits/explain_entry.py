"""Why one line of the ledger is what it is: from the minutes worked to the minutes charged, and lot by lot (rules C7, C12, C14, C17)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from djmoney.money import Money

from credits import causes, portal
from credits.models import Debt, DebtPocket, Entry, Lot, LotPocket, Move
from people.models import Person

__all__ = ["EntryFacts", "Moved", "entries_of", "facts_of"]

IN_BALANCE = (LotPocket.AVAILABLE, LotPocket.HELD, LotPocket.FROZEN)


@dataclass(frozen=True)
class Moved:
    """`minutes` of a lot or of a debt that went from one place to another; `change_minutes` is what that did to the balance."""

    words: str
    url: str
    came_from: str
    went_to: str
    price_per_hour: Money | None
    minutes: int
    change_minutes: int


@dataclass(frozen=True)
class EntryFacts:
    """An entry with what stands behind it. `exact` is what was worked times its factor, in hundredths of a minute."""

    entry: Entry
    behind: causes.Told | None
    exact: int | None
    moved: Sequence[Moved]
    reversed_by: Entry | None

    @property
    def change_minutes(self) -> int:
        """The change of the balance once more, summed from the moves."""
        return sum(move.change_minutes for move in self.moved)


def entries_of(person: Person) -> QuerySet[Entry]:
    """The entries of the accounts `person` may read."""
    return Entry.objects.filter(account__in=portal.readable_accounts(person))


def facts_of(entry: Entry, *, to: Person) -> EntryFacts:
    """All there is to say about an entry to this person."""
    moves = entry.moves.select_related("lot", "debt__entry").order_by("pk")
    return EntryFacts(
        entry=entry,
        behind=causes.tell([entry.cause], to=to).get(entry.cause),
        exact=None if entry.raw_minutes is None else entry.raw_minutes * entry.factor_percent,
        moved=[moved for move in moves if (moved := _moved(move))],
        reversed_by=Entry.objects.filter(reverses=entry).first(),
    )


def _moved(move: Move) -> Moved | None:
    if move.lot:
        return _of_lot(move, move.lot)
    return _of_debt(move, move.debt) if move.debt else None


def _of_lot(move: Move, lot: Lot) -> Moved:
    came_from, went_to = LotPocket(move.from_pocket), LotPocket(move.to_pocket)
    return Moved(
        words=str(lot.get_source_display()),
        url=reverse("lot-why", args=[lot.pk]),
        came_from=str(came_from.label),
        went_to=str(went_to.label),
        price_per_hour=lot.price_per_hour if lot.price_per_hour.amount else None,
        minutes=move.minutes,
        change_minutes=move.minutes * ((went_to in IN_BALANCE) - (came_from in IN_BALANCE)),
    )


def _of_debt(move: Move, debt: Debt) -> Moved:
    came_from, went_to = DebtPocket(move.from_pocket), DebtPocket(move.to_pocket)
    return Moved(
        words=_("Owed for line %(number)s") % {"number": debt.entry.number},
        url=reverse("entry", args=[debt.entry_id]),
        came_from=str(came_from.label),
        went_to=str(went_to.label),
        price_per_hour=debt.price_per_hour,
        minutes=move.minutes,
        change_minutes=move.minutes * ((came_from == DebtPocket.OPEN) - (went_to == DebtPocket.OPEN)),
    )
