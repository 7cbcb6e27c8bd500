"""One client's dealings with credit, drawn by chance: what is tried, and how many minutes the balance is said to have changed."""

import itertools
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta

from credits import ledger, topups
from credits.ledger import (
    AlreadyReversed,
    Entry,
    EntryKind,
    Hold,
    HoldClosed,
    Lot,
    LotFrozen,
    LotNotFrozen,
    NotEnoughCredit,
    Voucher,
)
from credits.models import CreditAccount
from tests.cast import NOON, Cast, Client
from tests.credits.posting import RATE, bought
from tests.proofs.sizes import chance

REFUSALS = (NotEnoughCredit, HoldClosed, AlreadyReversed, LotFrozen, LotNotFrozen)
"""What somebody may be told in good order."""
WEIGHTS = {
    "top_up": 2,
    "grant": 6,
    "hold": 16,
    "claim": 6,
    "queue": 4,
    "resize": 4,
    "capture": 12,
    "void": 6,
    "penalty": 4,
    "reverse": 2,
    "refund": 2,
    "transfer": 2,
    "freeze": 1,
    "unfreeze": 2,
}
"""What is done, and how often compared to the others."""
NEEDS = {"resize": "holds", "capture": "holds", "void": "holds", "penalty": "holds", "reverse": "entries"}
"""What there must be before something can be done with it; until then the client books."""


@dataclass
class Account:
    """An account whose lots, holds and entries all its clients know of, and another of the same organisation.

    `told` is the balance that adds up from what they were told.
    """

    client: Client
    row: CreditAccount
    told: int = 0
    other: "Account | None" = None
    lots: list[Lot] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Teller:
    """Does one act after the other for one client. Several clients share an account, and try to use the same holds."""

    def __init__(self, cast: Cast, account: Account, number: int, *, without: Collection[str] = ()) -> None:
        self.cast, self.account, self.number = cast, account, number
        self.weights = {name: weight for name, weight in WEIGHTS.items() if name not in without}
        self.dice = chance("teller", number)
        self.acts: dict[str, Callable[[], int]] = {name: getattr(self, f"_{name}") for name in WEIGHTS}
        self._fresh = itertools.count(1)

    def choose(self) -> str:
        """What to do next."""
        name = self.dice.choices(list(self.weights), list(self.weights.values()))[0]
        return name if name not in NEEDS or getattr(self.account, NEEDS[name]) else "claim"

    def act(self, name: str) -> int:
        """Do it; by how many minutes the balance has changed. Raises one of REFUSALS where nothing has."""
        return self.acts[name]()

    def _top_up(self) -> int:
        order = topups.order(account=self.account.row, minutes=480, cause=self._cause(), by=self.account.client.approver, at=NOON)
        topups.mark_paid(top_up=order, paid_on=NOON.date(), amount=order.total, payment_reference="BG", by=self.cast.fia, at=NOON)
        return 480

    def _grant(self) -> int:
        minutes = self.dice.randrange(10, 240)
        self.account.lots.append(ledger.grant(account=self.account.row, minutes=minutes, terms=bought(), voucher=self._voucher()))
        return minutes

    def _hold(self) -> int:
        return self._promise(ledger.place_hold)

    def _claim(self) -> int:
        return self._promise(ledger.claim)

    def _queue(self) -> int:
        return self._promise(ledger.queue_hold)

    def _promise(self, verb: Callable[..., Hold]) -> int:
        hold = verb(account=self.account.row, minutes=self.dice.randrange(10, 180), rate=RATE, cause=self._cause(), at=NOON)
        with self.account.lock:
            self.account.holds.append(hold)
        return 0

    def _resize(self) -> int:
        ledger.resize_hold(hold=self._some_hold(), minutes=self.dice.randrange(0, 180), at=NOON)
        return 0

    def _capture(self) -> int:
        hold = self._some_hold(last=True)
        part = self.dice.choice([hold.minutes, hold.minutes // 2, hold.minutes + 30, 0])
        return self._posted(ledger.capture(hold=hold, minutes=part, voucher=self._voucher()))

    def _void(self) -> int:
        ledger.void(hold=self._some_hold(last=True), at=NOON)
        return 0

    def _penalty(self) -> int:
        return self._posted(ledger.charge(hold=self._some_hold(), minutes=120, kind=EntryKind.LATE_CHANGE, voucher=self._voucher()))

    def _reverse(self) -> int:
        entry = self.dice.choice(self.account.entries)
        return ledger.reverse(entry=entry, voucher=self._voucher("agreed by phone")).minutes

    def _refund(self) -> int:
        lot, minutes = self.dice.choice(self.account.lots), self.dice.randrange(5, 60)
        return ledger.refund(lot=lot, minutes=minutes, voucher=self._voucher("bought too much")).entry.minutes

    def _transfer(self) -> int:
        minutes, other = self.dice.randrange(5, 120), self.account.other
        assert other is not None
        ledger.transfer(source=self.account.row, target=other.row, minutes=minutes, voucher=self._voucher("they need it more"))
        with other.lock:
            other.told += minutes
        return -minutes

    def _freeze(self) -> int:
        ledger.freeze(lot=self.dice.choice(self.account.lots), voucher=self._voucher("the invoice is overdue"))
        return 0

    def _unfreeze(self) -> int:
        ledger.unfreeze(lot=self.dice.choice(self.account.lots), voucher=self._voucher("the invoice is paid"))
        return 0

    def _some_hold(self, *, last: bool = False) -> Hold:
        """One of the account's holds; one that is to be resolved is mostly, but not always, left to whoever took it first."""
        with self.account.lock:
            if not self.account.holds:
                raise HoldClosed
            hold = self.dice.choice(self.account.holds)
            if last and self.dice.random() < 0.8:
                self.account.holds.remove(hold)
        return hold

    def _posted(self, entry: Entry) -> int:
        with self.account.lock:
            self.account.entries.append(entry)
        return entry.minutes

    def _cause(self) -> str:
        return f"client:{self.number}:{next(self._fresh)}"

    def _voucher(self, reason: str = "") -> Voucher:
        at = NOON + timedelta(seconds=self.dice.randrange(3600))
        return Voucher(cause=self._cause(), at=at, reason=reason)
