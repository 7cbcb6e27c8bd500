"""One locked account with its lots in memory, for the length of one ledger verb (rules C5, C11 to C15).

A verb opens the book (which locks the account and expires what is due), moves minutes between pockets, posts
entries, and closes it. Closing serves what waits, in this order: debt, oldest first; holds that cover less than
they want; waiting holds in order of request, passing over what does not fit. Then the lots are written, and the
account once, last, so that its CHECKs judge the finished state.

Private to the ledger: nobody else opens a book.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Self

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clients.models import Provider
from core.errors import DomainError
from credits import accounts, alerts
from credits.allocation import Source, allocate, order_of_use
from credits.models import CreditAccount, Debt, Entry, EntryKind, Hold, HoldPart, HoldState, Lot, LotPocket, Move
from credits.models.holds import LIVE
from credits.models.lots import POCKETS
from credits.terms import Rate
from credits.vouchers import LotTerms, Voucher

LOT_FIELDS = [*(f"{pocket}_minutes" for pocket in POCKETS), "frozen_at", "expires_on"]
IN_BALANCE = (LotPocket.AVAILABLE, LotPocket.HELD, LotPocket.FROZEN)


class AccountClosed(DomainError):
    """The account has been closed: nothing is posted to it and nothing promised from it any more (rule P5)."""

    message = _("This account has been closed. Nothing has changed.")


@dataclass
class Book:
    """The account, its lots in order of use, and the moves that no entry has taken up yet."""

    account: CreditAccount
    at: datetime
    lots: dict[int, Lot] = field(default_factory=dict)
    moves: list[Move] = field(default_factory=list)
    changed: set[int] = field(default_factory=set)
    available_before: int = 0
    uncovered: int = 0
    rate: Rate | None = None
    freed: bool = False

    @classmethod
    def open(cls, account_id: int, *, at: datetime) -> Self:
        """Lock the account. Nothing is recorded earlier than the last entry: a clock that went back is overruled."""
        (account,) = accounts.lock([account_id])
        return cls(account=account, at=max(at, account.last_entry_at or at))

    def begin(self) -> Self:
        """Read the lots that still have something in them, and expire what is due (rule C12). Raises AccountClosed."""
        if self.account.closed_at is not None:
            raise AccountClosed
        self.available_before = self.account.available_minutes
        with_credit = Q(available_minutes__gt=0) | Q(held_minutes__gt=0) | Q(frozen_minutes__gt=0)
        self.read_lots(Lot.objects.filter(with_credit, account=self.account))
        self.expire_due()
        return self

    def read_lots(self, lots: Iterable[Lot]) -> None:
        """Take lots into the book that are not in it yet, keeping the order of use."""
        for lot in lots:
            self.lots.setdefault(lot.pk, lot)
        self.lots = dict(sorted(self.lots.items(), key=lambda item: order_of_use(item[1].expires_on, item[0])))

    def today(self) -> date:
        """The provider's local date at this moment."""
        return self.at.astimezone(Provider.objects.only("time_zone").get().zone).date()

    def close(self) -> None:
        """Serve what waits with what was freed, then write lots and account."""
        if self.freed:
            self.expire_due()
            self._freeze_again()
            self._repay()
            self._cover_short_holds()
            self._place_waiting_holds()
        for lot in self.lots.values():
            if lot.pk in self.changed:
                lot.save(update_fields=LOT_FIELDS)
        alerts.follow_level(self.account, before=self.available_before, at=self.at)
        self.account.save()

    # Moving minutes between pockets.

    def move(self, lot: Lot, start: LotPocket, end: LotPocket, minutes: int, *, pays: Debt | None = None) -> None:
        """Move `minutes` of a lot between pockets, to be posted with the next entry."""
        self._shift(lot, start, end, minutes)
        self.moves.append(Move(lot=lot, from_pocket=start, to_pocket=end, minutes=minutes, pays=pays))

    def move_debt(self, debt: Debt, start: str, end: str, minutes: int) -> None:
        """Move `minutes` of a debt between its pockets, to be posted with the next entry."""
        for pocket, sign in ((start, -1), (end, 1)):
            if pocket != "none":
                name = f"{pocket}_minutes"
                setattr(debt, name, getattr(debt, name) + sign * minutes)
            if pocket == "open":
                self.account.debt_minutes += sign * minutes
        debt.save(update_fields=["open_minutes", "paid_minutes", "reversed_minutes"])
        self.moves.append(Move(debt=debt, from_pocket=start, to_pocket=end, minutes=minutes))

    def spend(self, minutes: int, *, rate: Rate, hold: Hold | None = None, first: Lot | None = None) -> None:
        """Spend `minutes` from the hold, then from `first`, then from what is available; the rest is owed at `rate` (rule C11)."""
        if hold is not None:
            minutes = self._spend_held(hold, minutes)
        sources = ([first] if first else []) + [lot for lot in self.lots.values() if lot is not first]
        taken, missing = allocate(minutes, (Source(lot.pk, lot.available_minutes) for lot in sources))
        for part in taken:
            self.move(self.lots[part.key], LotPocket.AVAILABLE, LotPocket.SPENT, part.minutes)
        self.account.debt_minutes += missing
        self.uncovered += missing
        self.rate = rate

    def new_hold(self, hold: Hold) -> Hold:
        """Write a new hold, and set aside what it says it covers."""
        hold.save()
        self._set_aside(hold, hold.covered_minutes, parts={})
        return hold

    def cover(self, hold: Hold, minutes: int) -> None:
        """Set aside `minutes` more of what is available for the hold; there must be that much."""
        self._set_aside(hold, minutes, parts={part.lot_id: part for part in hold.parts.all()})
        hold.covered_minutes += minutes
        hold.save(update_fields=["covered_minutes", "minutes", "state"])

    def uncover(self, hold: Hold, minutes: int) -> None:
        """Free `minutes` that the hold covers, those first that can be used longest."""
        for key, given in self._take_parts(hold, minutes, latest_first=True):
            self._shift(self.lots[key], LotPocket.HELD, LotPocket.AVAILABLE, given)

    def _set_aside(self, hold: Hold, minutes: int, *, parts: dict[int, HoldPart]) -> None:
        taken, missing = allocate(minutes, (Source(lot.pk, lot.available_minutes) for lot in self.lots.values()))
        if missing:
            msg = f"{missing} min cannot be covered: the caller looks at what is available first"
            raise ValueError(msg)
        for key, given in taken:
            self._shift(self.lots[key], LotPocket.AVAILABLE, LotPocket.HELD, given)
            part = parts.get(key) or HoldPart(hold=hold, lot_id=key, minutes=0)
            part.minutes += given
            part.save()

    def _spend_held(self, hold: Hold, minutes: int) -> int:
        covered = min(minutes, hold.covered_minutes)
        for key, given in self._take_parts(hold, covered, latest_first=False):
            self.move(self.lots[key], LotPocket.HELD, LotPocket.SPENT, given)
        return minutes - covered

    def _take_parts(self, hold: Hold, minutes: int, *, latest_first: bool) -> list[Source]:
        if not minutes:
            return []
        parts = {part.lot_id: part for part in hold.parts.all()}
        order = [key for key in self.lots if key in parts]
        taken, _missing = allocate(minutes, (Source(key, parts[key].minutes) for key in (reversed(order) if latest_first else order)))
        for key, given in taken:
            parts[key].minutes -= given
            if parts[key].minutes:
                parts[key].save(update_fields=["minutes"])
            else:
                parts[key].delete()
        hold.covered_minutes -= minutes
        hold.save(update_fields=["covered_minutes"])
        return taken

    def _shift(self, lot: Lot, start: LotPocket, end: LotPocket, minutes: int) -> None:
        for pocket, sign in ((start, -1), (end, 1)):
            if pocket is not LotPocket.OUTSIDE:
                setattr(lot, f"{pocket}_minutes", getattr(lot, f"{pocket}_minutes") + sign * minutes)
            if pocket in IN_BALANCE:
                name = f"{pocket}_minutes"
                setattr(self.account, name, getattr(self.account, name) + sign * minutes)
        self.changed.add(lot.pk)
        self.freed = self.freed or end is LotPocket.AVAILABLE

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
        self.account.entry_count += 1
        self.account.last_entry_at = self.at
        entry = Entry.objects.create(
            account=self.account,
            number=self.account.entry_count,
            kind=kind,
            minutes=minutes,
            balance_after=self.account.balance_minutes,
            cause=voucher.cause,
            recorded_at=self.at,
            occurred_on=voucher.occurred_on or self.today(),
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
        if self.uncovered and self.rate:
            self._owe(entry, self.rate)
        for move in self.moves:
            move.entry = entry
        Move.objects.bulk_create(self.moves)
        self.moves = []
        return entry

    def add_lot(self, minutes: int, terms: LotTerms, *, origin: Lot | None = None) -> Lot:
        """A new lot with all its minutes available, to be posted with the next entry. `origin` is the one it was moved from."""
        lot = Lot.objects.create(
            account=self.account,
            source=terms.source,
            granted_minutes=minutes,
            available_minutes=minutes,
            price_per_hour=terms.price_per_hour,
            total_price=terms.total_price,
            vat_percent=terms.vat_percent,
            expires_on=terms.expires_on,
            bonus_minutes=terms.bonus_minutes,
            reason=terms.reason,
            granted_at=self.at,
            origin=origin,
        )
        lot.available_minutes = 0
        self.read_lots([lot])
        self.move(lot, LotPocket.OUTSIDE, LotPocket.AVAILABLE, minutes)
        return lot

    def _owe(self, entry: Entry, rate: Rate) -> None:
        debt = Debt.objects.create(
            account=self.account,
            entry=entry,
            minutes=self.uncovered,
            open_minutes=self.uncovered,
            price_per_hour=rate.price_per_hour,
            vat_percent=rate.vat_percent,
        )
        self.moves.append(Move(debt=debt, from_pocket="none", to_pocket="open", minutes=self.uncovered))
        self.uncovered = 0

    # What waits.

    def expire_due(self) -> None:
        """Expire available minutes of lots whose last day is over; held ones outlive it (rule C12)."""
        dated = [lot for lot in self.lots.values() if lot.expires_on and lot.available_minutes]
        if not dated:
            return
        today = self.today()
        for lot in dated:
            if lot.expires_on and lot.expires_on < today:
                minutes = lot.available_minutes
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
        for debt in Debt.objects.filter(account=self.account, open_minutes__gt=0).order_by("pk"):
            minutes = min(debt.open_minutes, self.account.available_minutes)
            taken, _missing = allocate(minutes, (Source(lot.pk, lot.available_minutes) for lot in self.lots.values()))
            for key, given in taken:
                self.move(self.lots[key], LotPocket.AVAILABLE, LotPocket.SPENT, given, pays=debt)
            if minutes:
                self.move_debt(debt, "open", "paid", minutes)
        cause = f"account:{self.account.pk}:repayment:{self.account.entry_count + 1}"
        self.post(EntryKind.REPAYMENT, 0, Voucher(cause=cause, at=self.at))

    def _cover_short_holds(self) -> None:
        if not self.account.available_minutes:
            return
        short = Hold.objects.filter(account=self.account, state=HoldState.PLACED, covered_minutes__lt=F("minutes"))
        for hold in short.order_by("placed_at", "pk"):
            if minutes := min(hold.missing_minutes, self.account.available_minutes):
                self.cover(hold, minutes)

    def _place_waiting_holds(self) -> None:
        if not self.account.available_minutes:
            return
        for hold in Hold.objects.filter(account=self.account, state=HoldState.WAITING).order_by("placed_at", "pk"):
            if hold.minutes <= self.account.available_minutes:
                hold.state = HoldState.PLACED
                self.cover(hold, hold.minutes)

    # Holds.

    def live_hold(self, hold: Hold) -> Hold | None:
        """The hold's row as it is now, locked; None where it has been resolved."""
        return Hold.objects.select_for_update().filter(pk=hold.pk, account=self.account, state__in=LIVE).first()

    def resolve(self, hold: Hold, state: HoldState, *, captured: int = 0) -> None:
        """Close a hold for good and free what it still covers."""
        self.uncover(hold, hold.covered_minutes)
        hold.state, hold.captured_minutes, hold.resolved_at = state, captured, self.at
        hold.save(update_fields=["state", "captured_minutes", "resolved_at"])
