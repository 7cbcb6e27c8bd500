"""The verbs of the credit ledger (rules C5, C7, C10 to C16).

Credit is granted in lots, promised by holds, and spent by entries that are never changed. Every verb runs in one
transaction, locks the account first, posts the same cause only once, and leaves the account so that

    balance = sum of entries = what is left in its lots − debt
    available = balance − what holds cover − what is frozen, or 0 while there is debt

`credits` knows nobody who spends: a cause is text that the caller chose, such as `session:42:settlement:1`.

`holding` promises credit · `entries` adds, spends and corrects it · `lots` extends, freezes, refunds and moves it ·
`posting` is what all of them check first.
"""

from credits.book import AccountClosed
from credits.ledger.entries import AlreadyReversed, DebtMoved, NotReversible, adjust, capture, charge, expire, grant, reverse, settle
from credits.ledger.holding import (
    HoldMismatch,
    NotEnoughCredit,
    claim,
    grow_hold,
    held_for,
    how_many_wait,
    place_hold,
    promise,
    queue_hold,
    rebook_hold,
    resize_hold,
    void,
)
from credits.ledger.lots import (
    LotFrozen,
    LotNotFrozen,
    NotLater,
    NotRefundable,
    OtherOrganisation,
    SameAccount,
    extend,
    freeze,
    refund,
    take_back,
    transfer,
    unfreeze,
)
from credits.ledger.posting import CauseMismatch, HoldClosed
from credits.models import Entry, EntryKind, Hold, HoldState, Lot, LotPocket, LotSource, Refund
from credits.months import MonthlyLimitReached
from credits.terms import Rate
from credits.vouchers import LotTerms, Voucher

__all__ = [
    "AccountClosed",
    "AlreadyReversed",
    "CauseMismatch",
    "DebtMoved",
    "Entry",
    "EntryKind",
    "Hold",
    "HoldClosed",
    "HoldMismatch",
    "HoldState",
    "Lot",
    "LotFrozen",
    "LotNotFrozen",
    "LotPocket",
    "LotSource",
    "LotTerms",
    "MonthlyLimitReached",
    "NotEnoughCredit",
    "NotLater",
    "NotRefundable",
    "NotReversible",
    "OtherOrganisation",
    "Rate",
    "Refund",
    "SameAccount",
    "Voucher",
    "adjust",
    "capture",
    "charge",
    "claim",
    "expire",
    "extend",
    "freeze",
    "grant",
    "grow_hold",
    "held_for",
    "how_many_wait",
    "place_hold",
    "promise",
    "queue_hold",
    "rebook_hold",
    "refund",
    "resize_hold",
    "reverse",
    "settle",
    "take_back",
    "transfer",
    "unfreeze",
    "void",
]
