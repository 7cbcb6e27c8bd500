"""Entries that add credit, spend it and correct it (rules C4, C7, C8, C10 to C14)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from credits import terms as credit_terms
from credits.book import Book
from credits.ledger.posting import CauseMismatch, check_positive, live_hold, replayed
from credits.models import REVERSIBLE, CreditAccount, Debt, Entry, EntryKind, Hold, HoldState, Lot, LotPocket, LotSource, Move
from credits.models.entries import PENALTIES
from credits.terms import Rate
from credits.vouchers import LotTerms, Voucher


class NotReversible(DomainError):
    """Only deductions, penalties, expiries and adjustments are reversed (rule C14)."""

    message = _("This entry cannot be reversed. Nothing has changed.")


class DebtMoved(DomainError):
    """Some of the debt has been paid or taken back meanwhile, so that another part of it is open (rule C11)."""

    message = _("Some of this debt has been paid or taken back meanwhile. Nothing has changed; look at what is open now.")


class AlreadyReversed(DomainError):
    """An entry is reversed at most once (rule C14)."""

    message = _("This entry has already been reversed. Nothing has changed.")


@transaction.atomic
def grant(*, account: CreditAccount, minutes: int, terms: LotTerms, voucher: Voucher) -> Lot:
    """Add `minutes` of credit as a new lot (rules C4, C12). Debt is paid from it first (rule C11).

    The same cause again returns its lot. Raises CauseMismatch where the cause granted something else.
    """
    return _granted(account, minutes, terms, voucher)


@transaction.atomic
def settle(*, debt: Debt, minutes: int, terms: LotTerms, voucher: Voucher) -> Lot:
    """Grant a lot of the `minutes` that are open of a debt, which pays this debt before any other (rule C11).

    The same cause again returns its lot. Raises DebtMoved where another part of it is open, CauseMismatch.
    """
    return _granted(debt.account, minutes, terms, voucher, pays=debt)


def _granted(account: CreditAccount, minutes: int, terms: LotTerms, voucher: Voucher, *, pays: Debt | None = None) -> Lot:
    check_positive(minutes)
    book = Book.open(account.pk, at=voucher.at)
    if entry := replayed(EntryKind.GRANT, minutes, voucher, book):
        return Lot.objects.get(moves__entry=entry)
    book.begin()
    if pays is not None and Debt.objects.get(pk=pays.pk).open_minutes != minutes:
        raise DebtMoved
    book.pays_first = pays
    lot = terms.lot(book.account, minutes, at=book.at)
    book.add_lots(lot)
    book.post(EntryKind.GRANT, minutes, voucher, lot=lot)
    book.close()
    return lot


@transaction.atomic
def capture(*, hold: Hold, minutes: int, voucher: Voucher) -> Entry:
    """Deduct `minutes` from what the hold covers, then from what is available; the rest is debt (rules C7, C8, C11).

    The hold is resolved and what it covered beyond `minutes` is free again. 0 minutes post an entry of 0. The same
    cause again returns its entry. Raises HoldClosed, CauseMismatch.
    """
    book = Book.open(hold.account_id, at=voucher.at)
    if entry := replayed(EntryKind.DEDUCTION, -minutes, voucher, book):
        return entry
    live = live_hold(book.begin(), hold)
    book.spend(minutes, rate=_rate_of(live), hold=live)
    entry = book.post(EntryKind.DEDUCTION, -minutes, voucher, hold=live)
    book.resolve(live, HoldState.CAPTURED, captured=minutes)
    book.close()
    return entry


@transaction.atomic
def charge(*, hold: Hold, minutes: int, kind: EntryKind, voucher: Voucher) -> Entry:
    """Deduct a penalty: from its own booking's hold first, then from what is available, then as debt (rules C10, C11).

    `kind` is LATE_CHANGE or NO_SHOW. The hold stays, covered again as far as credit is left: `void` or `rebook_hold` it
    afterwards. The same kind and cause again returns its entry. Raises HoldClosed, CauseMismatch.
    """
    if kind not in PENALTIES:
        msg = f"{kind} is no penalty"
        raise ValueError(msg)
    check_positive(minutes)
    book = Book.open(hold.account_id, at=voucher.at)
    if entry := replayed(kind, -minutes, voucher, book):
        return entry
    live = live_hold(book.begin(), hold)
    book.spend(minutes, rate=_rate_of(live), hold=live)
    entry = book.post(kind, -minutes, voucher, hold=live)
    book.freed = True  # the hold wants back what the penalty took from it
    book.close()
    return entry


@transaction.atomic
def reverse(*, entry: Entry, voucher: Voucher, to: Hold | None = None) -> Entry:
    """Undo an entry by a new one that names it, unwinding the lots and debts it used (rules C12, C14).

    The voucher carries a reason. Reversible are deductions, penalties, expiries and adjustments, each at most once.
    What a paid debt had taken returns to the lot that paid it. What comes back covers the hold `to` first, before
    anything of it expires: held credit outlives its day. Raises NotReversible, AlreadyReversed, CauseMismatch,
    HoldClosed.
    """
    if not voucher.reason:
        msg = "a reversal says why"
        raise ValueError(msg)
    book = Book.open(entry.account_id, at=voucher.at)
    again = replayed(EntryKind.REVERSAL, -entry.minutes, voucher, book)
    if again is not None and again.reverses_id == entry.pk:
        return again
    _check_reversible(entry, again)
    book.begin()
    if entry.minutes > 0:
        reversal = _take_back_gift(book, entry, voucher)
    else:
        _unwind(book, entry)
        reversal = book.post(EntryKind.REVERSAL, -entry.minutes, voucher, hold=entry.hold, reverses=entry)
    if to is not None:
        claiming = live_hold(book, to)
        book.cover(claiming, min(claiming.missing_minutes, book.account.available_minutes))
    book.close()
    return reversal


@transaction.atomic
def adjust(*, account: CreditAccount, minutes: int, voucher: Voucher) -> Entry:
    """Correct an account by `minutes`, up as a free lot or down, with a reason (rule C13). Raises CauseMismatch."""
    if minutes == 0 or not voucher.reason:
        msg = "an adjustment changes something and says why"
        raise ValueError(msg)
    book = Book.open(account.pk, at=voucher.at)
    if entry := replayed(EntryKind.ADJUSTMENT, minutes, voucher, book):
        return entry
    book.begin()
    if minutes > 0:
        terms = LotTerms.free(source=LotSource.ADJUSTMENT, reason=voucher.reason)
        book.add_lots(terms.lot(book.account, minutes, at=book.at))
    else:
        book.spend(-minutes, rate=_rate_of_today(book))
    entry = book.post(EntryKind.ADJUSTMENT, minutes, voucher)
    book.close()
    return entry


@transaction.atomic
def expire(*, account: CreditAccount, at: datetime) -> None:
    """Post the expiry of what is available in lots whose last day is over (rule C12). Held credit outlives it.

    Every verb does so first; this is for accounts that nobody touches. Twice is harmless.
    """
    Book.open(account.pk, at=at).begin().close()


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
    book.spend(entry.minutes, rate=_rate_of_today(book), first=book.lots[lot.pk])
    return book.post(EntryKind.REVERSAL, -entry.minutes, voucher, reverses=entry)


def _rate_of_today(book: Book) -> Rate:
    return credit_terms.rate(credit_terms.current(), book.account.organisation)
