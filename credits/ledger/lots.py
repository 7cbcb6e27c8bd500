"""What is done with lots: they are extended, frozen, refunded, and moved to another account (rules C12, C13, C16, I5)."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

from core.errors import DomainError
from core.formatting import day
from credits import accounts
from credits.book import Book
from credits.ledger.holding import NotEnoughCredit
from credits.ledger.posting import CauseMismatch, check_positive, replayed
from credits.models import CreditAccount, Entry, EntryKind, Lot, LotPocket, LotSource, Refund
from credits.prices import Worth, worth
from credits.vouchers import LotTerms, Voucher

PAID = (LotSource.TOP_UP, LotSource.OPENING)


class NotLater(DomainError):
    """A lot is only ever extended: to a later day than it has, and than today."""

    def __init__(self, *, expires_on: date | None) -> None:
        super().__init__(expires_on)
        self.expires_on = expires_on

    @property
    def message(self) -> str:
        """The sentence with the day it has."""
        if self.expires_on is None:
            return str(_("This credit never expires. Nothing has changed."))
        last = day(self.expires_on)
        return _("This credit can be used until %(last)s. Choose a later day that is still to come. Nothing has changed.") % {"last": last}


class LotFrozen(DomainError):
    """The lot has been frozen before."""

    message = _("This credit is frozen already. Nothing has changed.")


class LotNotFrozen(DomainError):
    """The lot is not frozen."""

    message = _("This credit is not frozen. Nothing has changed.")


class NotRefundable(DomainError):
    """Free credit never turns into money (rule C12)."""

    message = _("This credit was free, so it cannot be refunded. Nothing has changed.")


class SameAccount(DomainError):
    """A transfer goes from one account to another."""

    message = _("Choose another account to move the credit to. Nothing has changed.")


class OtherOrganisation(DomainError):
    """Credit stays with the organisation that bought it (rule C13)."""

    message = _("Credit can only be moved between accounts of the same organisation. Nothing has changed.")


@transaction.atomic
def extend(*, lot: Lot, expires_on: date, voucher: Voucher) -> Entry:
    """Let a lot be used until `expires_on`, with a reason (rule C12). The same cause again returns its entry.

    What had expired of it stays expired: reverse that entry afterwards. Raises NotLater, CauseMismatch.
    """
    _check_reason(voucher)
    book = Book.open(lot.account_id, at=voucher.at)
    if entry := replayed(EntryKind.EXTENSION, 0, voucher, book):
        if (entry.lot_id, entry.expires_on) != (lot.pk, expires_on):
            raise CauseMismatch
        return entry
    lot = _opened(book, lot)
    if lot.expires_on is None or expires_on <= lot.expires_on or expires_on < book.today:
        raise NotLater(expires_on=lot.expires_on)
    lot.expires_on = expires_on
    book.changed.add(lot)
    entry = book.post(EntryKind.EXTENSION, 0, voucher, lot=lot)
    book.close()
    return entry


@transaction.atomic
def freeze(*, lot: Lot, voucher: Voucher) -> Entry:
    """Set aside what is available of a lot, and what its holds free from now on, with a reason (rule I5).

    The balance stays. The same cause again returns its entry. Raises LotFrozen, CauseMismatch.
    """
    _check_reason(voucher)
    book = Book.open(lot.account_id, at=voucher.at)
    if entry := _replayed_about(lot, EntryKind.FREEZE, voucher, book):
        return entry
    lot = _opened(book, lot)
    if lot.frozen_at is not None:
        raise LotFrozen
    lot.frozen_at = book.at
    book.changed.add(lot)
    if lot.available_minutes:
        book.move(lot, LotPocket.AVAILABLE, LotPocket.FROZEN, lot.available_minutes)
    entry = book.post(EntryKind.FREEZE, 0, voucher, lot=lot)
    book.close()
    return entry


@transaction.atomic
def unfreeze(*, lot: Lot, voucher: Voucher) -> Entry:
    """Make a frozen lot available again; what is past its last day expires at once (rules C12, I5).

    The same cause again returns its entry. Raises LotNotFrozen, CauseMismatch.
    """
    _check_reason(voucher)
    book = Book.open(lot.account_id, at=voucher.at)
    if entry := _replayed_about(lot, EntryKind.UNFREEZE, voucher, book):
        return entry
    lot = _opened(book, lot)
    if lot.frozen_at is None:
        raise LotNotFrozen
    lot.frozen_at = None
    book.changed.add(lot)
    if lot.frozen_minutes:
        book.move(lot, LotPocket.FROZEN, LotPocket.AVAILABLE, lot.frozen_minutes)
    entry = book.post(EntryKind.UNFREEZE, 0, voucher, lot=lot)
    book.close()
    return entry


@transaction.atomic
def refund(*, lot: Lot, minutes: int, voucher: Voucher, pocket: LotPocket = LotPocket.AVAILABLE) -> Refund:
    """Take unused `minutes` of a paid lot back for money, at the lot's own price and VAT, with a reason (rule C13).

    Only what is in `pocket` of it, available or frozen: not what is held. The same cause again returns its refund. Raises
    NotRefundable, NotEnoughCredit, CauseMismatch.
    """
    return _refunded(lot, minutes, voucher, of=(pocket,))


@transaction.atomic
def take_back(*, lot: Lot, minutes: int, voucher: Voucher) -> Refund:
    """Take unused `minutes` of a lot back whose invoice is credited unpaid, those first that are frozen, with a reason (rules C4, I1).

    The same cause again returns its refund. Raises NotRefundable, NotEnoughCredit, CauseMismatch.
    """
    return _refunded(lot, minutes, voucher, of=(LotPocket.FROZEN, LotPocket.AVAILABLE))


@transaction.atomic
def transfer(*, source: CreditAccount, target: CreditAccount, minutes: int, voucher: Voucher) -> Entry:
    """Move `minutes` of what is available to another account of the organisation, with a reason (rules C13, C16).

    They are taken in order of use and keep the terms of their lots; what they cost goes along. Returns the entry of
    the giving account; the receiving one has its own, under the same cause. Raises SameAccount, OtherOrganisation,
    NotEnoughCredit, CauseMismatch.
    """
    _check_reason(voucher)
    check_positive(minutes)
    if source.pk == target.pk:
        raise SameAccount
    if source.organisation_id != target.organisation_id:
        raise OtherOrganisation
    accounts.lock([source.pk, target.pk])
    giving, receiving = Book.open(source.pk, at=voucher.at), Book.open(target.pk, at=voucher.at)
    if entry := replayed(EntryKind.TRANSFER_OUT, -minutes, voucher, giving):
        replayed(EntryKind.TRANSFER_IN, minutes, voucher, receiving)
        return entry
    giving.begin()
    receiving.begin()
    if minutes > giving.account.available_minutes:
        raise NotEnoughCredit(wanted=minutes, available=giving.account.available_minutes)
    taken, _missing = giving.lots_for(minutes)
    receiving.add_lots(*(_handed_over(giving, receiving, giving.lots[part.key], part.minutes) for part in taken))
    entry = giving.post(EntryKind.TRANSFER_OUT, -minutes, voucher)
    receiving.post(EntryKind.TRANSFER_IN, minutes, voucher)
    giving.close()
    receiving.close()
    return entry


def _check_reason(voucher: Voucher) -> None:
    if not voucher.reason:
        msg = "what is done with a lot says why"
        raise ValueError(msg)


def _refunded(lot: Lot, minutes: int, voucher: Voucher, *, of: tuple[LotPocket, ...]) -> Refund:
    _check_reason(voucher)
    check_positive(minutes)
    book = Book.open(lot.account_id, at=voucher.at)
    if entry := replayed(EntryKind.REFUND, -minutes, voucher, book):
        if entry.lot_id != lot.pk:
            raise CauseMismatch
        return Refund.objects.get(entry=entry)
    lot = _opened(book, lot)
    if lot.source not in PAID or not lot.total_price.amount:
        raise NotRefundable
    back = worth_of(lot, minutes)
    _move_out(book, lot, minutes, of)
    entry = book.post(EntryKind.REFUND, -minutes, voucher, lot=lot)
    book.close()
    currency = lot.total_price.currency
    return Refund.objects.create(
        entry=entry,
        lot=lot,
        minutes=minutes,
        net=Money(back.net, currency),
        vat_percent=lot.vat_percent,
        vat=Money(back.vat, currency),
        total=Money(back.net + back.vat, currency),
    )


def _move_out(book: Book, lot: Lot, minutes: int, of: tuple[LotPocket, ...]) -> None:
    """Take `minutes` out of these pockets of the lot, in their order. Raises NotEnoughCredit."""
    there = {pocket: getattr(lot, f"{pocket}_minutes") for pocket in of}
    if minutes > sum(there.values()):
        raise NotEnoughCredit(wanted=minutes, available=sum(there.values()))
    for pocket, kept in there.items():
        taken = min(minutes, kept)
        minutes -= taken
        if taken:
            book.move(lot, pocket, LotPocket.REFUNDED, taken)


def _opened(book: Book, lot: Lot) -> Lot:
    """The lot as it is now, in the book."""
    book.begin()
    book.read_lots(Lot.objects.filter(pk=lot.pk, account=book.account))
    return book.lots[lot.pk]


def _replayed_about(lot: Lot, kind: EntryKind, voucher: Voucher, book: Book) -> Entry | None:
    entry = replayed(kind, 0, voucher, book)
    if entry and entry.lot_id != lot.pk:
        raise CauseMismatch
    return entry


def worth_of(lot: Lot, minutes: int) -> Worth:
    """What `minutes` of the lot are worth, after what has left it with its money before."""
    before = lot.refunded_minutes + lot.moved_minutes
    return worth(lot.total_price.amount, lot.vat_percent, minutes=minutes, of=lot.granted_minutes, before=before)


def _handed_over(giving: Book, receiving: Book, lot: Lot, minutes: int) -> Lot:
    """What a part of `lot` becomes: a lot of the receiving account, with the same terms and its share of the price."""
    price = Money(worth_of(lot, minutes).net, lot.total_price.currency)
    giving.move(lot, LotPocket.AVAILABLE, LotPocket.MOVED, minutes)
    return LotTerms.of(lot, total_price=price).lot(receiving.account, minutes, at=receiving.at, origin=lot)
