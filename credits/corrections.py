"""What the account manager decides about a client's credit: always with a reason, always told (rules C12, C13, I5).

The account manager or the deputy adds or takes minutes, lets a lot be used longer, freezes it or refunds what is
unused of it. Each is one entry in the ledger, under a cause of the form that asked for it, so that a form that is
sent twice does it once. Refunds are at the lot's own price; the credit note comes with invoices, and finance gets
the figures. What a correction frees serves what waits, as any other credit does.
"""

from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

from clients.access import manages
from core.errors import DomainError, NotAllowed
from core.formatting import hours
from credits import accounts, correction_messages, ledger
from credits.ledger import Entry, EntryKind, Lot, NotRefundable, Refund, Voucher
from credits.ledger.lots import PAID, worth_of
from credits.models import CreditAccount, TopUp, TopUpState
from credits.topups import Price
from people.models import Person

__all__ = [
    "LotCredited",
    "LotNotPaid",
    "MoreThanUnused",
    "NotRefundable",
    "NothingAsked",
    "ReasonMissing",
    "ReasonTooLong",
    "TakenIntoDebt",
    "TooMuch",
    "adjust",
    "check_refundable",
    "expired_minutes",
    "extend",
    "freeze",
    "price_of_refund",
    "reasoned",
    "refund",
    "unfreeze",
    "was_done",
]

MOST_MINUTES = 600_000
"""Beyond ten thousand hours a correction is a slip of the pen."""
LONGEST_REASON = 500


class ReasonMissing(DomainError):
    """Credit is only corrected with a reason (rule C13)."""

    message = _("Please say why: the client reads it, and it stays in the ledger. Nothing has changed.")


class ReasonTooLong(DomainError):
    """The reason does not fit into the ledger."""

    message = _("That is too long: 500 characters at most. Nothing has changed.")


class NothingAsked(DomainError):
    """A correction of no minutes is none."""

    message = _("Say how many minutes, one at least. Nothing has changed.")


class TooMuch(DomainError):
    """So many minutes are a slip of the pen."""

    message = _("That is more than can be corrected at once. Nothing has changed.")


class TakenIntoDebt(DomainError):
    """An adjustment takes what is available, and never makes a debt. Minutes."""

    def __init__(self, *, available: int) -> None:
        super().__init__(available)
        self.available = available

    @property
    def message(self) -> str:
        """The sentence with what there is."""
        return _("Only %(available)s is available, and an adjustment never makes a debt. Nothing has changed.") % {
            "available": hours(self.available)
        }


class MoreThanUnused(DomainError):
    """Only what is available of a lot can be refunded. Minutes."""

    def __init__(self, *, unused: int) -> None:
        super().__init__(unused)
        self.unused = unused

    @property
    def message(self) -> str:
        """The sentence with what there is."""
        return _("Only %(unused)s of this credit is unused, neither held nor frozen. Nothing has changed.") % {"unused": hours(self.unused)}


class LotNotPaid(DomainError):
    """The lot came before its payment (rule C4), so there is no money to give back yet."""

    message = _("The top-up that this credit came from has not been paid. Nothing has changed.")


class LotCredited(DomainError):
    """The invoice of the lot was credited whole before anybody paid it, so that nothing of it is the client's."""

    message = _("The invoice of this credit has been credited, so that there is nothing to extend. Nothing has changed.")


@transaction.atomic
def adjust(*, account: CreditAccount, minutes: int, reason: str, cause: str, by: Person, at: datetime) -> Entry:
    """Add `minutes` as a free lot, or take them where they are below 0, with a reason (rule C13).

    The same cause again returns its entry. Raises NotAllowed, ReasonMissing, ReasonTooLong, NothingAsked, TooMuch,
    TakenIntoDebt(available), CauseMismatch, AccountClosed.
    """
    account = _to_correct(account.pk, by)
    voucher = Voucher(cause=cause, at=at, by=by, reason=reasoned(reason))
    _check_size(abs(minutes))
    if not _posted(EntryKind.ADJUSTMENT, cause):
        available = _without_expired(account, at).available_minutes
        if -minutes > available:
            raise TakenIntoDebt(available=available)
    entry = ledger.adjust(account=account, minutes=minutes, voucher=voucher)
    correction_messages.adjusted(entry, at=at)
    return entry


@transaction.atomic
def extend(*, lot: Lot, expires_on: date, reason: str, cause: str, by: Person, at: datetime) -> Entry:
    """Let a lot be used until `expires_on`, and give back what had expired of it, with a reason (rule C12).

    The same cause again returns its entry. Raises NotAllowed, ReasonMissing, ReasonTooLong, LotCredited, NotLater,
    CauseMismatch, AccountClosed.
    """
    _to_correct(lot.account_id, by)
    voucher = Voucher(cause=cause, at=at, by=by, reason=reasoned(reason))
    if TopUp.objects.filter(lot=lot, state=TopUpState.CANCELLED).exists():
        raise LotCredited
    before = _posted(EntryKind.EXTENSION, cause)
    entry = ledger.extend(lot=lot, expires_on=expires_on, voucher=voucher)
    if before:
        return entry
    returned = 0
    for expiry in _expiries(lot):
        back = Voucher(cause=f"{expiry.cause}:extended", at=at, by=by, reason=voucher.reason)
        returned += ledger.reverse(entry=expiry, voucher=back).minutes
    correction_messages.extended(entry, returned_minutes=returned, at=at)
    return entry


@transaction.atomic
def freeze(*, lot: Lot, reason: str, cause: str, by: Person, at: datetime) -> Entry:
    """Set a lot aside: what is available of it, and what its bookings free from now on (rule I5).

    The same cause again returns its entry. Raises NotAllowed, ReasonMissing, ReasonTooLong, LotFrozen, CauseMismatch,
    AccountClosed.
    """
    _to_correct(lot.account_id, by)
    entry = ledger.freeze(lot=lot, voucher=Voucher(cause=cause, at=at, by=by, reason=reasoned(reason)))
    correction_messages.frozen(entry, at=at)
    return entry


@transaction.atomic
def unfreeze(*, lot: Lot, reason: str, cause: str, by: Person, at: datetime) -> Entry:
    """Make a frozen lot available again; what is past its last day expires at once (rule I5).

    The same cause again returns its entry. Raises NotAllowed, ReasonMissing, ReasonTooLong, LotNotFrozen, CauseMismatch,
    AccountClosed.
    """
    _to_correct(lot.account_id, by)
    entry = ledger.unfreeze(lot=lot, voucher=Voucher(cause=cause, at=at, by=by, reason=reasoned(reason)))
    correction_messages.unfrozen(entry, at=at)
    return entry


@transaction.atomic
def refund(*, lot: Lot, minutes: int, reason: str, cause: str, by: Person, at: datetime) -> Refund:
    """Take unused `minutes` of a paid lot back for money, at its own price and VAT, with a reason (rule C13).

    Finance is told what to pay back. The same cause again returns its refund. Raises NotAllowed, ReasonMissing,
    ReasonTooLong, NothingAsked, TooMuch, NotRefundable, LotNotPaid, MoreThanUnused(unused), CauseMismatch, AccountClosed.
    """
    account = _to_correct(lot.account_id, by)
    voucher = Voucher(cause=cause, at=at, by=by, reason=reasoned(reason))
    _check_size(minutes)
    if not _posted(EntryKind.REFUND, cause):
        _without_expired(account, at)
        lot = Lot.objects.get(pk=lot.pk)
        check_refundable(lot, minutes)
    returned = ledger.refund(lot=lot, minutes=minutes, voucher=voucher)
    correction_messages.refunded(returned, at=at)
    return returned


def check_refundable(lot: Lot, minutes: int) -> None:
    """Refuse what never turns into money: free credit, credit that nobody has paid for yet, what is in use (rules C4, C12).

    What was moved from another account goes by the top-up that it came from. Raises NotRefundable, LotNotPaid,
    MoreThanUnused(unused).
    """
    if lot.source not in PAID or not lot.total_price.amount:
        raise NotRefundable
    first = lot
    while first.origin is not None:
        first = first.origin
    if TopUp.objects.filter(lot=first).exclude(state=TopUpState.PAID).exists():
        raise LotNotPaid
    if minutes > lot.available_minutes:
        raise MoreThanUnused(unused=lot.available_minutes)


def price_of_refund(lot: Lot, minutes: int) -> Price:
    """What `minutes` of the lot would be refunded at: its own price and VAT by the minute (rules C13, I2)."""
    currency = lot.total_price.currency
    back = worth_of(lot, minutes)
    net, vat = Money(back.net, currency), Money(back.vat, currency)
    return Price(net=net, vat_percent=lot.vat_percent, vat=vat, total=net + vat)


def expired_minutes(lot: Lot) -> int:
    """What has expired of a lot and would come back if it were extended, in minutes (rule C12)."""
    return -sum(expiry.minutes for expiry in _expiries(lot))


def was_done(cause: str) -> bool:
    """Whether the form that this cause names has done its work before (rule C14)."""
    return Entry.objects.filter(cause=cause).exists()


def reasoned(reason: str) -> str:
    """The `reason` as the ledger keeps it. Raises ReasonMissing where nothing was said, ReasonTooLong beyond 500 characters."""
    said = reason.strip()
    if not said:
        raise ReasonMissing
    if len(said) > LONGEST_REASON:
        raise ReasonTooLong
    return said


def _to_correct(account_id: int, by: Person) -> CreditAccount:
    """The account, locked, for somebody who may correct it."""
    (account,) = accounts.lock([account_id])
    if not manages(by, account.organisation):
        raise NotAllowed
    return account


def _check_size(minutes: int) -> None:
    if minutes <= 0:
        raise NothingAsked
    if minutes > MOST_MINUTES:
        raise TooMuch


def _posted(kind: EntryKind, cause: str) -> bool:
    """Whether the form has done its work before: then nothing is looked at but whether it says the same."""
    return Entry.objects.filter(kind=kind, cause=cause).exists()


def _without_expired(account: CreditAccount, at: datetime) -> CreditAccount:
    """The account after what is due has expired: only that can be taken or refunded."""
    ledger.expire(account=account, at=at)
    return CreditAccount.objects.get(pk=account.pk)


def _expiries(lot: Lot) -> QuerySet[Entry]:
    """The entries with which the lot expired and that nothing has reversed."""
    return Entry.objects.filter(lot=lot, kind=EntryKind.EXPIRY, reversed_by=None).order_by("number")
