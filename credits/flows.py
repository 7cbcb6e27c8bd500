"""What went where in the ledger, for whoever keeps books of what credit is worth (rules C14, I6). Reading only.

An entry's moves say from which pocket of a lot or of a debt to which. `SPENT_IN` are the pockets that use a lot up,
`GONE_IN` those by which its minutes leave it together with their money.
"""

from django.db.models import Sum

from credits.models import CreditAccount, Debt, Entry, EntryKind, Hold, HoldPart, HoldState, Lot, LotPocket, LotSource, Move
from credits.models.entries import PENALTIES
from credits.models.holds import LIVE
from credits.prices import share, to_cents

__all__ = [
    "GONE_IN",
    "LEFT_IN",
    "LIVE",
    "PENALTIES",
    "SPENT_IN",
    "CreditAccount",
    "Debt",
    "Entry",
    "EntryKind",
    "Hold",
    "HoldPart",
    "HoldState",
    "Lot",
    "LotPocket",
    "LotSource",
    "Move",
    "child_of",
    "left_in_lots",
    "moves_of",
    "open_debts",
    "share",
    "to_cents",
]

SPENT_IN = (LotPocket.SPENT, LotPocket.EXPIRED)
GONE_IN = (LotPocket.REFUNDED, LotPocket.MOVED)
LEFT_IN = (LotPocket.AVAILABLE, LotPocket.HELD, LotPocket.FROZEN)


def moves_of(entry: Entry) -> list[Move]:
    """The moves of an entry in their order, with what a reader of them asks for."""
    return list(
        entry.moves.select_related("lot__account__organisation", "debt__entry", "debt__account__organisation", "pays__entry").order_by("pk")
    )


def child_of(lot: Lot, transfer_out: Entry) -> Lot:
    """The lot of the receiving account that a transfer made of a part of `lot`."""
    arrived = {"entry__kind": EntryKind.TRANSFER_IN, "entry__cause": transfer_out.cause, "lot__origin": lot}
    return Move.objects.select_related("lot").get(from_pocket=LotPocket.OUTSIDE, **arrived).lot  # type: ignore[return-value]


def left_in_lots() -> dict[int, int]:
    """What is left of each lot that has anything left, in minutes."""
    rows = Lot.objects.values_list("pk", "available_minutes", "held_minutes", "frozen_minutes")
    return {pk: sum(minutes) for pk, *minutes in rows if any(minutes)}


def open_debts() -> dict[int, int]:
    """What is open of each debt that is not paid, in minutes."""
    rows = Debt.objects.filter(open_minutes__gt=0).values_list("pk").annotate(minutes=Sum("open_minutes"))
    return dict(rows)
