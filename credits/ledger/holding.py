"""Promising credit: holds are placed or wait, change, and are freed (rules C5, C6, C16).

A hold is captured, or charged with a penalty, in `credits.ledger.entries`.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import rows
from core.errors import DomainError
from core.formatting import hours
from credits import months
from credits.book import Book
from credits.ledger.posting import HoldClosed, check_positive, live_hold
from credits.models import CreditAccount, Hold, HoldState
from credits.terms import Rate


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


class HoldMismatch(DomainError):
    """The cause already holds another amount, or in another account."""

    message = _("Credit is already held for this, with other figures. Nothing has changed.")


@transaction.atomic
def place_hold(*, account: CreditAccount, minutes: int, rate: Rate, cause: str, at: datetime, due_on: date | None = None) -> Hold:
    """Promise `minutes` of credit to `cause`, covered whole (rule C5). The same cause again returns its first hold.

    `rate` is what uncovered minutes would cost as debt, `due_on` the day of the work, by which a monthly limit goes.
    Raises NotEnoughCredit(wanted, available), MonthlyLimitReached(limit, left), or HoldMismatch if the cause already
    holds another amount.
    """
    check_positive(minutes)
    book = Book.open(account.pk, at=at)
    if hold := _held(book, cause, minutes):
        return hold
    book.begin()
    months.check(book.account, minutes, due_on=due_on)
    if minutes > book.account.available_minutes:
        raise NotEnoughCredit(wanted=minutes, available=book.account.available_minutes)
    return _new_hold(book, _Promise(cause=cause, minutes=minutes, covered=minutes, rate=rate, due_on=due_on))


@transaction.atomic
def queue_hold(*, account: CreditAccount, minutes: int, rate: Rate, cause: str, at: datetime, due_on: date | None = None) -> Hold:
    """Like `place_hold`, but where credit is missing the hold waits for it in the account's queue (rule C6)."""
    check_positive(minutes)
    book = Book.open(account.pk, at=at)
    if hold := _held(book, cause, minutes):
        return hold
    book.begin()
    months.check(book.account, minutes, due_on=due_on)
    fits = minutes <= book.account.available_minutes
    covered = minutes if fits else 0
    return _new_hold(book, _Promise(cause=cause, minutes=minutes, covered=covered, rate=rate, due_on=due_on, waits=not fits))


@transaction.atomic
def claim(*, account: CreditAccount, minutes: int, rate: Rate, cause: str, at: datetime, due_on: date | None = None) -> Hold:
    """Hold what there is of `minutes`; the rest is owed on confirmation, and covered as credit comes free (rule C5).

    No monthly limit refuses it: this is for what is owed anyway.
    """
    check_positive(minutes)
    book = Book.open(account.pk, at=at)
    if hold := _held(book, cause, minutes):
        return hold
    book.begin()
    covered = min(minutes, book.account.available_minutes)
    return _new_hold(book, _Promise(cause=cause, minutes=minutes, covered=covered, rate=rate, due_on=due_on))


@transaction.atomic
def promise(*, account: CreditAccount, minutes: int, rate: Rate, cause: str, at: datetime, due_on: date | None = None) -> Hold:
    """Hold what there is of `minutes` for a postpaid client: it never waits, and what is not covered is owed later (rules C5, I7).

    Debt does not stand in its way; a monthly limit does. The same cause again returns its first hold. Raises
    MonthlyLimitReached(limit, left), HoldMismatch.
    """
    check_positive(minutes)
    book = Book.open(account.pk, at=at)
    if hold := _held(book, cause, minutes):
        return hold
    book.begin()
    months.check(book.account, minutes, due_on=due_on)
    covered = min(minutes, book.account.available_minutes)
    return _new_hold(book, _Promise(cause=cause, minutes=minutes, covered=covered, rate=rate, due_on=due_on, postpaid=True))


@transaction.atomic
def resize_hold(*, hold: Hold, minutes: int, at: datetime) -> Hold:
    """Make the hold want `minutes` and cover what it can of them (rules C5, C8). Raises HoldClosed.

    A waiting hold becomes such a claim too: that is how an uncovered start is released in an outage (rule C6). What it
    covers from credit whose last day is over stays with it, however little it is to want: held credit outlives its day
    until the hold is resolved (rule C12).
    """
    book, live = _open_hold(hold, at)
    return _resized(book, live, max(minutes, book.past_minutes(live)))


@transaction.atomic
def grow_hold(*, hold: Hold, minutes: int, at: datetime) -> Hold:
    """Make the hold want `minutes` because the client agreed to more, within the month's limit (rules C8, C16).

    What it wants already is never less. Raises HoldClosed, MonthlyLimitReached(limit, left).
    """
    book, live = _open_hold(hold, at)
    months.recheck(book.account, live, minutes, due_on=live.due_on)
    return _resized(book, live, max(minutes, live.minutes))


@transaction.atomic
def rebook_hold(*, hold: Hold, minutes: int, at: datetime, due_on: date | None = None) -> Hold:
    """Make the hold want `minutes` whole again: placed where they are there, else waiting (rule C6).

    That of a postpaid client covers what it can, and never waits (rule I7). A waiting hold keeps its place
    in the queue. Used when a booking moved, to `due_on`, and a penalty used some of its cover. Raises HoldClosed, MonthlyLimitReached.
    """
    book, live = _open_hold(hold, at)
    months.recheck(book.account, live, minutes, due_on=due_on or live.due_on)
    live.due_on = due_on or live.due_on
    book.uncover(live, live.covered_minutes)
    live.minutes = minutes
    covered = min(minutes, book.account.available_minutes)
    fits = live.postpaid or covered == minutes
    live.state = HoldState.PLACED if fits else HoldState.WAITING
    book.changed.add(live)
    if fits:
        book.cover(live, covered)
    book.close()
    return live


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


def held_for(cause: str) -> Hold | None:
    """The hold that `cause` placed, whatever became of it; None where it placed none."""
    return rows.find(Hold, "cause = %s", cause)


def how_many_wait() -> int:
    """How many holds cover nothing yet, of all accounts."""
    return Hold.objects.filter(state=HoldState.WAITING).count()


def _held(book: Book, cause: str, minutes: int) -> Hold | None:
    hold = rows.find(Hold, "cause = %s", cause)
    if hold and (hold.minutes != minutes or hold.account_id != book.account.pk):
        raise HoldMismatch
    return hold


@dataclass(frozen=True, kw_only=True)
class _Promise:
    """A hold to be: `minutes` wanted, of which `covered` are there; `waits` until all are."""

    cause: str
    minutes: int
    covered: int
    rate: Rate
    due_on: date | None
    waits: bool = False
    postpaid: bool = False


def _new_hold(book: Book, promise: _Promise) -> Hold:
    hold = Hold(
        account=book.account,
        cause=promise.cause,
        state=HoldState.WAITING if promise.waits else HoldState.PLACED,
        minutes=promise.minutes,
        covered_minutes=promise.covered,
        price_per_hour=promise.rate.price_per_hour,
        vat_percent=promise.rate.vat_percent,
        due_on=promise.due_on,
        postpaid=promise.postpaid,
        placed_at=book.at,
    )
    book.new_hold(hold)
    book.close()
    return hold


def _open_hold(hold: Hold, at: datetime) -> tuple[Book, Hold]:
    book = Book.open(hold.account_id, at=at)
    return book, live_hold(book.begin(), hold)


def _resized(book: Book, live: Hold, minutes: int) -> Hold:
    book.uncover(live, max(live.covered_minutes - minutes, 0))
    live.minutes, live.state = minutes, HoldState.PLACED
    book.changed.add(live)
    book.freed = True
    book.close()
    return live


def _voided(hold: Hold) -> Hold:
    hold.refresh_from_db()
    if hold.state != HoldState.VOIDED:
        raise HoldClosed
    return hold
