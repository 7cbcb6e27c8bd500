"""The verbs of the credit ledger (rules C5, C7, C10 to C15).

Credit is granted in lots, promised by holds, and spent by entries that are never changed. Every verb runs in one
transaction, locks the account first, posts the same cause only once, and leaves the account so that

    balance = sum of entries = what is left in its lots − debt
    available = balance − what holds cover − what is frozen, or 0 while there is debt

`credits` knows nobody who spends: a cause is text that the caller chose, such as `session:42:settlement:1`.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.formatting import hours
from credits import terms as credit_terms
from credits.book import Book
from credits.models import REVERSIBLE, CreditAccount, Entry, EntryKind, Hold, HoldState, Lot, LotPocket, LotSource, Move
from credits.models.entries import PENALTIES
from credits.terms import Rate
from credits.vouchers import LotTerms, Voucher

__all__ = [
    "AlreadyReversed",
    "CauseMismatch",
    "Entry",
    "EntryKind",
    "Hold",
    "HoldClosed",
    "HoldMismatch",
    "HoldState",
    "Lot",
    "LotSource",
    "LotTerms",
    "NotEnoughCredit",
    "NotReversible",
    "Rate",
    "Voucher",
    "adjust",
    "capture",
    "charge",
    "claim",
    "expire",
    "grant",
    "place_hold",
    "queue_hold",
    "rebook_hold",
    "resize_hold",
    "reverse",
    "void",
]


class NotEnoughCredit(DomainError):
    """A new hold must be covered whole, and it was not (rules C5, C6). Minutes."""

    def __init__(self, *, wanted: int, available: int) -> None:
        super().__init__(wanted, available)
        self.wanted, self.available = wanted, available

    @property
    def missing(self) -> int:
        """How much credit is missing, in minutes."""
        return self.wanted - self.available

    @property
    def message(self) -> str:
        """The sentence with the exact gap."""
        return _("%(missing)s of credit is missing. Nothing has changed.") % {"missing": hours(self.missing)}


class CauseMismatch(DomainError):
    """The same cause has already posted something else (rule C14)."""

    message = _("This has already been posted with other figures. Nothing has changed.")


class HoldMismatch(DomainError):
    """The cause already holds another amount, or in another account."""

    message = _("Credit is already held for this, with other figures. Nothing has changed.")


class HoldClosed(DomainError):
    """The hold has been captured or voided."""

    message = _("The credit held for this has already been used or freed. Nothing has changed.")


class NotReversible(DomainError):
    """Only deductions, penalties, expiries and adjustments are reversed (rule C14)."""

    message = _("This entry cannot be reversed. Nothing has changed.")


class AlreadyReversed(DomainError):
    """An entry is reversed at most once (rule C14)."""

    message = _("This entry has already been reversed. Nothing has changed.")


@transaction.atomic
def grant(*, account: CreditAccount, minutes: int, terms: LotTerms, voucher: Voucher) -> Lot:
    """Add `minutes` of credit as a new lot (rules C4, C12). Debt is paid from it first (rule C11).

    The same cause again returns its lot. Raises CauseMismatch where the cause granted something else.
    """
    _check_positive(minutes)
    book = Book.open(account.pk, at=voucher.at)
    if entry := _replay(EntryKind.GRANT, minutes, voucher, book):
        return Lot.objects.get(moves__entry=entry)
    book.begin()
    lot = book.add_lot(minutes, terms)
    book.post(EntryKind.GRANT, minutes, voucher)
    book.close()
    return lot


@transaction.atomic
def place_hold(*, account: CreditAccount, minutes: int, rate: Rate, cause: str, at: datetime) -> Hold:
    """Promise `minutes` of credit to `cause`, covered whole (rule C5). The same cause again returns its first hold.

    `rate` is what uncovered minutes would cost as debt. Raises NotEnoughCredit(wanted, available), or HoldMismatch
    if the cause already holds another amount.
    """
    _check_positive(minutes)
    book = Book.open(account.pk, at=at)
    if hold := _held(book, cause, minutes):
        return hold
    book.begin()
    if minutes > book.account.available_minutes:
        raise NotEnoughCredit(wanted=minutes, available=book.account.available_minutes)
    return _new_hold(book, HoldState.PLACED, minutes, rate=rate, cause=cause, covered=minutes)


@transaction.atomic
def queue_hold(*, account: CreditAccount, minutes: int, rate: Rate, cause: str, at: datetime) -> Hold:
    """Like `place_hold`, but where credit is missing the hold waits for it in the account's queue (rule C6)."""
    _check_positive(minutes)
    book = Book.open(account.pk, at=at)
    if hold := _held(book, cause, minutes):
        return hold
    book.begin()
    fits = minutes <= book.account.available_minutes
    state = HoldState.PLACED if fits else HoldState.WAITING
    return _new_hold(book, state, minutes, rate=rate, cause=cause, covered=minutes if fits else 0)


@transaction.atomic
def claim(*, account: CreditAccount, minutes: int, rate: Rate, cause: str, at: datetime) -> Hold:
    """Hold what there is of `minutes`; the rest is owed on confirmation, and covered as credit comes free (rule C5)."""
    _check_positive(minutes)
    book = Book.open(account.pk, at=at)
    if hold := _held(book, cause, minutes):
        return hold
    book.begin()
    return _new_hold(book, HoldState.PLACED, minutes, rate=rate, cause=cause, covered=min(minutes, book.account.available_minutes))


@transaction.atomic
def resize_hold(*, hold: Hold, minutes: int, at: datetime) -> Hold:
    """Make the hold want `minutes` and cover what it can of them (rules C5, C8). Raises HoldClosed.

    A waiting hold becomes such a claim too: that is how an uncovered start is released in an outage (rule C6).
    """
    book, live = _open_hold(hold, at)
    book.uncover(live, max(live.covered_minutes - minutes, 0))
    live.minutes, live.state = minutes, HoldState.PLACED
    live.save(update_fields=["minutes", "state"])
    book.freed = True
    book.close()
    live.refresh_from_db()
    return live


@transaction.atomic
def rebook_hold(*, hold: Hold, minutes: int, at: datetime) -> Hold:
    """Make the hold want `minutes` whole again: placed where they are there, else waiting (rule C6). Raises HoldClosed.

    A waiting hold keeps its place in the queue. Used when a booking moved and a penalty used some of its cover.
    """
    book, live = _open_hold(hold, at)
    book.uncover(live, live.covered_minutes)
    live.minutes = minutes
    fits = minutes <= book.account.available_minutes
    live.state = HoldState.PLACED if fits else HoldState.WAITING
    live.save(update_fields=["minutes", "state"])
    if fits:
        book.cover(live, minutes)
    book.close()
    live.refresh_from_db()
    return live


@transaction.atomic
def capture(*, hold: Hold, minutes: int, voucher: Voucher) -> Entry:
    """Deduct `minutes` from what the hold covers, then from what is available; the rest is debt (rules C7, C8, C11).

    The hold is resolved and what it covered beyond `minutes` is free again. 0 minutes post an entry of 0. The same
    cause again returns its entry. Raises HoldClosed, CauseMismatch.
    """
    book = Book.open(hold.account_id, at=voucher.at)
    if entry := _replay(EntryKind.DEDUCTION, -minutes, voucher, book):
        return entry
    live = _live(book.begin(), hold)
    book.spend(minutes, hold=live)
    entry = book.post(EntryKind.DEDUCTION, -minutes, voucher, rate=_rate_of(live), hold=live)
    book.resolve(live, HoldState.CAPTURED, captured=minutes)
    book.close()
    return entry


@transaction.atomic
def void(*, hold: Hold, at: datetime) -> Hold:
    """Free all that the hold covers (rule C5). Voiding twice is harmless; raises HoldClosed once it was captured."""
    book = Book.open(hold.account_id, at=at)
    live = book.live_hold(hold)
    if live is None:
        return _voided(hold)
    book.begin()
    book.resolve(live, HoldState.VOIDED)
    book.close()
    return live


@transaction.atomic
def charge(*, hold: Hold, minutes: int, kind: EntryKind, voucher: Voucher) -> Entry:
    """Deduct a penalty: from its own booking's hold first, then from what is available, then as debt (rules C10, C11).

    `kind` is LATE_CHANGE or NO_SHOW. The hold stays, covered again as far as credit is left: `void` or `rebook_hold` it
    afterwards. The same kind and cause again returns its entry. Raises HoldClosed, CauseMismatch.
    """
    if kind not in PENALTIES:
        msg = f"{kind} is no penalty"
        raise ValueError(msg)
    _check_positive(minutes)
    book = Book.open(hold.account_id, at=voucher.at)
    if entry := _replay(kind, -minutes, voucher, book):
        return entry
    live = _live(book.begin(), hold)
    book.spend(minutes, hold=live)
    entry = book.post(kind, -minutes, voucher, rate=_rate_of(live), hold=live)
    book.freed = True  # the hold wants back what the penalty took from it
    book.close()
    return entry


@transaction.atomic
def reverse(*, entry: Entry, voucher: Voucher) -> Entry:
    """Undo an entry by a new one that names it, unwinding the lots and debts it used (rules C12, C14).

    The voucher carries a reason. Reversible are deductions, penalties, expiries and adjustments, each at most once.
    What a paid debt had taken returns to the lot that paid it. Raises NotReversible, AlreadyReversed, CauseMismatch.
    """
    if not voucher.reason:
        msg = "a reversal says why"
        raise ValueError(msg)
    book = Book.open(entry.account_id, at=voucher.at)
    again = _replay(EntryKind.REVERSAL, -entry.minutes, voucher, book)
    if again is not None and again.reverses_id == entry.pk:
        return again
    _check_reversible(entry, again)
    book.begin()
    if entry.minutes > 0:
        reversal = _take_back_gift(book, entry, voucher)
    else:
        _unwind(book, entry)
        reversal = book.post(EntryKind.REVERSAL, -entry.minutes, voucher, hold=entry.hold, reverses=entry)
    book.close()
    return reversal


@transaction.atomic
def adjust(*, account: CreditAccount, minutes: int, voucher: Voucher) -> Entry:
    """Correct an account by `minutes`, up as a free lot or down, with a reason (rule C13). Raises CauseMismatch."""
    if minutes == 0 or not voucher.reason:
        msg = "an adjustment changes something and says why"
        raise ValueError(msg)
    book = Book.open(account.pk, at=voucher.at)
    if entry := _replay(EntryKind.ADJUSTMENT, minutes, voucher, book):
        return entry
    book.begin()
    if minutes > 0:
        book.add_lot(minutes, LotTerms.free(source=LotSource.ADJUSTMENT, reason=voucher.reason))
    else:
        book.spend(-minutes)
    entry = book.post(EntryKind.ADJUSTMENT, minutes, voucher, rate=_rate_of_today())
    book.close()
    return entry


@transaction.atomic
def expire(*, account: CreditAccount, at: datetime) -> None:
    """Post the expiry of what is available in lots whose last day is over (rule C12). Held credit outlives it.

    Every verb does so first; this is for accounts that nobody touches. Twice is harmless.
    """
    Book.open(account.pk, at=at).begin().close()


def _check_positive(minutes: int) -> None:
    if minutes <= 0:
        msg = f"{minutes} is no amount of credit"
        raise ValueError(msg)


def _replay(kind: EntryKind, minutes: int, voucher: Voucher, book: Book) -> Entry | None:
    """The entry that this kind and cause posted before. Raises CauseMismatch where it is another one."""
    entry = Entry.objects.filter(kind=kind, cause=voucher.cause).first()
    if entry and (entry.minutes != minutes or entry.account_id != book.account.pk):
        raise CauseMismatch
    return entry


def _held(book: Book, cause: str, minutes: int) -> Hold | None:
    hold = Hold.objects.filter(cause=cause).first()
    if hold and (hold.minutes != minutes or hold.account_id != book.account.pk):
        raise HoldMismatch
    return hold


def _new_hold(book: Book, state: HoldState, minutes: int, *, rate: Rate, cause: str, covered: int) -> Hold:
    hold = Hold(
        account=book.account,
        cause=cause,
        state=state,
        minutes=minutes,
        covered_minutes=covered,
        price_per_hour=rate.price_per_hour,
        vat_percent=rate.vat_percent,
        placed_at=book.at,
    )
    book.new_hold(hold)
    book.close()
    return hold


def _open_hold(hold: Hold, at: datetime) -> tuple[Book, Hold]:
    book = Book.open(hold.account_id, at=at)
    return book, _live(book.begin(), hold)


def _live(book: Book, hold: Hold) -> Hold:
    live = book.live_hold(hold)
    if live is None:
        raise HoldClosed
    return live


def _voided(hold: Hold) -> Hold:
    hold.refresh_from_db()
    if hold.state != HoldState.VOIDED:
        raise HoldClosed
    return hold


def _rate_of(hold: Hold) -> Rate:
    return Rate(price_per_hour=hold.price_per_hour, vat_percent=hold.vat_percent)


def _check_reversible(entry: Entry, again: Entry | None) -> None:
    if entry.kind not in REVERSIBLE:
        raise NotReversible
    if again is not None:
        raise CauseMismatch
    if Entry.objects.filter(reverses=entry).exists():
        raise AlreadyReversed


def _unwind(book: Book, entry: Entry) -> None:
    """Swap the moves of a deduction: lots get back what they gave, debts what was owed or has been paid."""
    moves = list(entry.moves.select_related("lot", "debt"))
    debts = [move.debt for move in moves if move.debt]
    payments = list(Move.objects.filter(pays__in=debts).select_related("lot"))
    book.read_lots(move.lot for move in (*moves, *payments) if move.lot)
    for move in (*moves, *payments):
        if move.lot_id:
            book.move(book.lots[move.lot_id], LotPocket(move.to_pocket), LotPocket.AVAILABLE, move.minutes)
    for debt in debts:
        for pocket, minutes in (("open", debt.open_minutes), ("paid", debt.paid_minutes)):
            if minutes:
                book.move_debt(debt, pocket, "reversed", minutes)


def _take_back_gift(book: Book, entry: Entry, voucher: Voucher) -> Entry:
    """Take the minutes of an upward adjustment back: from its own lot first, else from others, else as debt."""
    lot = Lot.objects.get(moves__entry=entry)
    book.read_lots([lot])
    book.spend(entry.minutes, first=book.lots[lot.pk])
    return book.post(EntryKind.REVERSAL, -entry.minutes, voucher, rate=_rate_of_today(), reverses=entry)


def _rate_of_today() -> Rate:
    return credit_terms.rate(credit_terms.current())
