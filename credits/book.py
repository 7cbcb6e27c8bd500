"""One locked account with its lots in memory, for the length of one ledger verb (rules C5, C11 to C15).

A verb opens the book (which locks the account and expires what is due), moves minutes between pockets, posts
entries, and closes it. Closing serves what waits, in this order: debt, oldest first; holds that cover less than
they want; waiting holds in order of request, passing over what does not fit. Then what changed is written, each row
once, and the account last, so that its CHECKs judge the finished state. Written are the minutes that came and went,
not the figures that were read: whatever a lock may have missed, no pocket goes below zero.

Private to the ledger: nobody else opens a book.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from itertools import chain
from typing import Self

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from clients import provider
from core import rows
from core.errors import DomainError
from credits import accounts, alerts
from credits.allocation import Source, allocate, order_of_use
from credits.models import CreditAccount, Debt, Entry, EntryKind, Hold, HoldPart, HoldState, Lot, LotPocket, Move
from credits.terms import Rate
from credits.vouchers import Voucher

FIELDS: dict[type[Model], Sequence[str]] = {
    Lot: ("frozen_at", "expires_on"),
    Hold: ("state", "minutes", "captured_minutes", "due_on", "resolved_at"),
}
ACCOUNT_FIELDS = ("last_entry_at", "low_level_minutes", "low_since", "low_crossings")
NEXT_TO_USE = (
    "account_id = %s AND (available_minutes > 0 OR held_minutes > 0 OR frozen_minutes > 0)"
    " AND (COALESCE(expires_on, %s), id) > (%s, %s) ORDER BY COALESCE(expires_on, %s), id LIMIT %s"
)
LOTS_AT_ONCE = 8
NONE_READ, ALL_READ = (date.min, 0), (date.max, sys.maxsize)
WANTING = "account_id = %s AND state IN ('placed', 'waiting') AND (covered_minutes < minutes OR id = %s) ORDER BY placed_at, id"
IN_BALANCE = (LotPocket.AVAILABLE, LotPocket.HELD, LotPocket.FROZEN)


class AccountClosed(DomainError):
    """The account has been closed: nothing is posted to it and nothing promised from it any more (rule P5)."""

    message = _("This account has been closed. Nothing has changed.")


@dataclass
class Book:
    """The account, its lots in order of use, and the moves that no entry has taken up yet.

    Lots are read as far as they are needed: whatever has something in it, up to `read_to` in order of use, and those that the verb or
    one of its holds is about. An account may have hundreds, when most verbs need the first ones only.

    `holds`, once read, are those that closing serves and the one that the verb is about, in order of request; `parts`
    say by which lots a hold is covered, by hold and lot. `pays_first` is the debt that what is granted is
    to pay. `added` is what came to each row or, below 0, went from it; `changed` are rows of which something else has changed.
    """

    account: CreditAccount
    at: datetime
    lots: dict[int, Lot] = field(default_factory=dict)
    read_to: tuple[date, int] = NONE_READ
    holds: dict[int, Hold] | None = None
    parts: dict[int, dict[int, HoldPart]] = field(default_factory=dict)
    moves: list[Move] = field(default_factory=list)
    added: defaultdict[Model, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    changed: set[Lot | Hold] = field(default_factory=set)
    available_before: int = 0
    uncovered: int = 0
    rate: Rate | None = None
    freed: bool = False
    pays_first: Debt | None = None

    @classmethod
    def open(cls, account_id: int, *, at: datetime) -> Self:
        """Lock the account. Nothing is recorded earlier than the last entry: a clock that went back is overruled."""
        (account,) = accounts.lock([account_id])
        return cls(account=account, at=max(at, account.last_entry_at or at))

    def begin(self) -> Self:
        """Expire what is due (rule C12), of the lots that still have something in them. Raises AccountClosed."""
        if self.account.closed_at is not None:
            raise AccountClosed
        self.available_before = self.account.available_minutes
        self.expire_due()
        return self

    def read_lots(self, lots: Iterable[Lot]) -> None:
        """Take lots into the book that are not in it yet, keeping the order of use."""
        for lot in lots:
            self.lots.setdefault(lot.pk, lot)
        self.lots = dict(sorted(self.lots.items(), key=lambda item: _place(item[1])))

    def in_order_of_use(self) -> Iterator[Lot]:
        """The lots in order of use, reading on as far as they are asked for."""
        start = NONE_READ
        while True:
            end = self.read_to
            yield from [lot for lot in sorted(self.lots.values(), key=_place) if start < _place(lot) <= end]
            if end == ALL_READ:
                return
            start = end
            self._read_on()

    def _read_on(self) -> None:
        """Take the next lots in order of use into the book: a few, then each time as many again."""
        most = max(LOTS_AT_ONCE, len(self.lots))
        found = rows.read(Lot, NEXT_TO_USE, self.account.pk, date.max, *self.read_to, date.max, most)
        self.read_to = _place(found[-1]) if len(found) == most else ALL_READ
        self.read_lots(found)

    @cached_property
    def today(self) -> date:
        """The provider's local date at this moment."""
        return self.at.astimezone(provider.current().zone).date()

    def close(self) -> None:
        """Serve what waits with what was freed, then write all that changed."""
        if self.freed:
            self.expire_due()
            self._freeze_again()
            self._repay()
            self._serve_holds()
        alerts.follow_level(self.account, before=self.available_before, at=self.at)
        self._write()

    # Moving minutes between pockets.

    def move(self, lot: Lot, start: LotPocket, end: LotPocket, minutes: int, *, pays: Debt | None = None) -> None:
        """Move `minutes` of a lot between pockets, to be posted with the next entry."""
        self._shift(lot, start, end, minutes)
        self.moves.append(Move(lot=lot, from_pocket=start, to_pocket=end, minutes=minutes, pays=pays))

    def move_debt(self, debt: Debt, start: str, end: str, minutes: int) -> None:
        """Move `minutes` of a debt between its pockets, to be posted with the next entry."""
        moved = {f"{start}_minutes": -minutes, f"{end}_minutes": minutes}
        for name, change in moved.items():
            setattr(debt, name, getattr(debt, name) + change)
        rows.update(debt, **moved)
        self._add(self.account, "debt_minutes", moved.get("open_minutes", 0))
        self.moves.append(Move(debt=debt, from_pocket=start, to_pocket=end, minutes=minutes))

    def spend(self, minutes: int, *, rate: Rate, hold: Hold | None = None, first: Lot | None = None) -> None:
        """Spend `minutes` from the hold, then from `first`, then from what is available; the rest is owed at `rate` (rule C11)."""
        if hold is not None:
            minutes = self._spend_held(hold, minutes)
        taken, missing = self.lots_for(minutes, first=first)
        for part in taken:
            self.move(self.lots[part.key], LotPocket.AVAILABLE, LotPocket.SPENT, part.minutes)
        self._add(self.account, "debt_minutes", missing)
        self.uncovered += missing
        self.rate = rate

    def lots_for(self, minutes: int, *, first: Lot | None = None) -> tuple[list[Source], int]:
        """Which lots give so many available minutes, from `first` before the others, and how many are missing."""
        others = (lot for lot in self.in_order_of_use() if lot is not first)
        return allocate(minutes, (Source(lot.pk, lot.available_minutes) for lot in chain([first] if first else [], others)))

    def new_hold(self, hold: Hold) -> Hold:
        """Write a new hold, and set aside what it says it covers."""
        rows.insert(hold)
        self.parts[hold.pk] = {}
        self._set_aside(hold, hold.covered_minutes)
        return hold

    def cover(self, hold: Hold, minutes: int) -> None:
        """Set aside `minutes` more of what is available for the hold; there must be that much."""
        self._set_aside(hold, minutes)
        self._add(hold, "covered_minutes", minutes)

    def uncover(self, hold: Hold, minutes: int) -> None:
        """Free `minutes` that the hold covers, those first that can be used longest."""
        for key, given in self._take_parts(hold, minutes, latest_first=True):
            self._shift(self.lots[key], LotPocket.HELD, LotPocket.AVAILABLE, given)

    def past_minutes(self, hold: Hold) -> int:
        """What the hold covers from lots whose last day is over: freed it would be lost (rule C12)."""
        covering = ((self.lots[key].expires_on, part.minutes) for key, part in self._parts_of(hold).items())
        return sum(minutes for expires_on, minutes in covering if expires_on is not None and expires_on < self.today)

    def _set_aside(self, hold: Hold, minutes: int) -> None:
        taken, missing = self.lots_for(minutes)
        if missing:
            msg = f"{missing} min cannot be covered: the caller looks at what is available first"
            raise ValueError(msg)
        parts = self._parts_of(hold)
        for key, given in taken:
            self._shift(self.lots[key], LotPocket.AVAILABLE, LotPocket.HELD, given)
            self._add(parts.setdefault(key, HoldPart(hold=hold, lot_id=key, minutes=0)), "minutes", given)

    def _spend_held(self, hold: Hold, minutes: int) -> int:
        covered = min(minutes, hold.covered_minutes)
        for key, given in self._take_parts(hold, covered, latest_first=False):
            self.move(self.lots[key], LotPocket.HELD, LotPocket.SPENT, given)
        return minutes - covered

    def _take_parts(self, hold: Hold, minutes: int, *, latest_first: bool) -> list[Source]:
        if not minutes:
            return []
        parts = self._parts_of(hold)
        order = [key for key in self.lots if key in parts]
        taken, _missing = allocate(minutes, (Source(key, parts[key].minutes) for key in (reversed(order) if latest_first else order)))
        for key, given in taken:
            self._add(parts[key], "minutes", -given)
        self._add(hold, "covered_minutes", -minutes)
        return taken

    def _parts_of(self, hold: Hold) -> dict[int, HoldPart]:
        if hold.pk not in self.parts:
            self.parts[hold.pk] = {part.lot_id: part for part in rows.read(HoldPart, "hold_id = %s", hold.pk)}
            self.read_lots(rows.by_key(Lot, self.parts[hold.pk].keys() - self.lots.keys()))
        return self.parts[hold.pk]

    def _shift(self, lot: Lot, start: LotPocket, end: LotPocket, minutes: int) -> None:
        for pocket, change in ((start, -minutes), (end, minutes)):
            if pocket is not LotPocket.OUTSIDE:
                self._add(lot, f"{pocket}_minutes", change)
            if pocket in IN_BALANCE:
                self._add(self.account, f"{pocket}_minutes", change)
        self.freed = self.freed or end is LotPocket.AVAILABLE

    def _add(self, row: Lot | Hold | HoldPart | CreditAccount, name: str, change: int) -> None:
        setattr(row, name, getattr(row, name) + change)
        if row.pk is not None:  # what is new is written whole
            self.added[row][name] += change

    # Posting.

    def post(
        self,
        kind: EntryKind,
        minutes: int,
        voucher: Voucher,
        *,
        hold: Hold | None = None,
        reverses: Entry | None = None,
        lot: Lot | None = None,
    ) -> Entry:
        """Write an entry with the moves made since the last one; what was not covered becomes debt (rules C11, C14).

        `lot` is the one it is about.
        """
        self._add(self.account, "entry_count", 1)
        self.account.last_entry_at = self.at
        entry = Entry(
            account=self.account,
            number=self.account.entry_count,
            kind=kind,
            minutes=minutes,
            balance_after=self.account.balance_minutes,
            cause=voucher.cause,
            recorded_at=self.at,
            occurred_on=voucher.occurred_on or self.today,
            by=voucher.by,
            reason=voucher.reason,
            text=voucher.text,
            raw_minutes=voucher.raw_minutes,
            factor_percent=voucher.factor_percent,
            lot=lot,
            expires_on=lot.expires_on if lot else None,
            hold=hold,
            reverses=reverses,
        )
        rows.insert(entry)
        if self.uncovered and self.rate:
            self._owe(entry, self.rate)
        for move in self.moves:
            move.entry = entry
        rows.insert(*self.moves)
        self.moves = []
        return entry

    def add_lots(self, *lots: Lot) -> None:
        """Take new lots in, with all their minutes available, to be posted with the next entry."""
        rows.insert(*lots)
        self.read_lots(lots)
        for lot in lots:
            self.moves.append(Move(lot=lot, from_pocket=LotPocket.OUTSIDE, to_pocket=LotPocket.AVAILABLE, minutes=lot.available_minutes))
            self._add(self.account, "available_minutes", lot.available_minutes)
        self.freed = True

    def _owe(self, entry: Entry, rate: Rate) -> None:
        debt = Debt(
            account=self.account,
            entry=entry,
            minutes=self.uncovered,
            open_minutes=self.uncovered,
            price_per_hour=rate.price_per_hour,
            vat_percent=rate.vat_percent,
        )
        rows.insert(debt)
        self.moves.append(Move(debt=debt, from_pocket="none", to_pocket="open", minutes=self.uncovered))
        self.uncovered = 0

    # What waits.

    def expire_due(self) -> None:
        """Expire available minutes of lots whose last day is over; held ones outlive it (rule C12)."""
        utc_date = self.at.astimezone(UTC).date()  # no zone is more than a day ahead: most lots need not know the provider's
        for lot in self.in_order_of_use():
            if lot.expires_on is None or lot.expires_on > utc_date:
                return
            if (minutes := lot.available_minutes) and lot.expires_on < self.today:
                self.move(lot, LotPocket.AVAILABLE, LotPocket.EXPIRED, minutes)
                cause = f"lot:{lot.pk}:expiry:{self.account.entry_count + 1}"
                self.post(EntryKind.EXPIRY, -minutes, Voucher(cause=cause, at=self.at, occurred_on=lot.expires_on), lot=lot)

    def _freeze_again(self) -> None:
        """What was freed of a frozen lot is frozen with it, for the same reason (rule I5)."""
        for lot in self.lots.values():
            if lot.frozen_at is not None and lot.available_minutes:
                self.move(lot, LotPocket.AVAILABLE, LotPocket.FROZEN, lot.available_minutes)
                first = Entry.objects.filter(lot=lot, kind=EntryKind.FREEZE).latest("pk")
                cause = f"lot:{lot.pk}:freeze:{self.account.entry_count + 1}"
                self.post(EntryKind.FREEZE, 0, Voucher(cause=cause, at=self.at, reason=first.reason), lot=lot)

    def _repay(self) -> None:
        if not (self.account.debt_minutes and self.account.available_minutes):
            return
        for debt in self._debts():
            minutes = min(debt.open_minutes, self.account.available_minutes)
            for key, given in self.lots_for(minutes)[0]:
                self.move(self.lots[key], LotPocket.AVAILABLE, LotPocket.SPENT, given, pays=debt)
            if minutes:
                self.move_debt(debt, "open", "paid", minutes)
        cause = f"account:{self.account.pk}:repayment:{self.account.entry_count + 1}"
        self.post(EntryKind.REPAYMENT, 0, Voucher(cause=cause, at=self.at))

    def _debts(self) -> list[Debt]:
        """What is owed: that first which is paid for, then the oldest."""
        owed = Debt.objects.filter(account=self.account, open_minutes__gt=0).order_by("pk")
        return sorted(owed, key=lambda debt: self.pays_first is None or debt.pk != self.pays_first.pk)

    def _serve_holds(self) -> None:
        """Cover short holds as far as credit goes, then place those waiting ones that fit (rules C5, C6)."""
        if not self.account.available_minutes:
            return
        if self.holds is None:
            self.holds = self._read_holds()
        for hold in self.holds.values():
            if hold.state == HoldState.PLACED and (minutes := min(hold.missing_minutes, self.account.available_minutes)):
                self.cover(hold, minutes)
        for hold in self.holds.values():
            if hold.state == HoldState.WAITING and hold.minutes <= self.account.available_minutes:
                hold.state = HoldState.PLACED
                self.changed.add(hold)
                self.cover(hold, hold.minutes)

    # Holds.

    def live_hold(self, hold: Hold) -> Hold | None:
        """The hold's row as it is now, locked; None where it has been resolved. What closing may serve is read along with it."""
        self.holds = self._read_holds(about=hold.pk)
        return self.holds.get(hold.pk)

    def resolve(self, hold: Hold, state: HoldState, *, captured: int = 0) -> None:
        """Close a hold for good and free what it still covers."""
        self.uncover(hold, hold.covered_minutes)
        hold.state, hold.captured_minutes, hold.resolved_at = state, captured, self.at
        self.changed.add(hold)

    def _read_holds(self, about: int | None = None) -> dict[int, Hold]:
        return {hold.pk: hold for hold in rows.read(Hold, WANTING, self.account.pk, about, lock=True)}

    # Writing.

    def _write(self) -> None:
        """Write what changed, each row once: holds, their parts, lots, and the account last."""
        parts = [part for of_hold in self.parts.values() for part in of_hold.values()]
        gone = [part for part in parts if part.pk and not part.minutes]
        rows.insert(*(part for part in parts if not part.pk and part.minutes))
        rows.delete(*gone)
        for row in sorted(self.changed, key=lambda row: (type(row).__name__, row.pk)):
            rows.update(row, *FIELDS[type(row)], **self.added[row])
        done = {*self.changed, *gone}
        for model in (Hold, HoldPart, Lot):
            rows.add({row: came for row, came in self.added.items() if isinstance(row, model) and row not in done})
        rows.update(self.account, *ACCOUNT_FIELDS, **self.added[self.account])


def _place(lot: Lot) -> tuple[date, int]:
    """Where the lot stands in the order of use."""
    return order_of_use(lot.expires_on, lot.pk)
