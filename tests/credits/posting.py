"""Short ways to say what ledger tests say often."""

import itertools
from datetime import date, datetime
from decimal import Decimal

from djmoney.money import Money

from credits import ledger
from credits.ledger import Entry, Hold, Lot, LotSource, LotTerms, Rate, Voucher
from credits.models import CreditAccount
from tests.cast import NOON

RATE = Rate(Money(Decimal("1200.00"), "SEK"), Decimal(25))
_fresh = itertools.count(1)


def bought(price: str = "1200.00", *, expires_on: date | None = None) -> LotTerms:
    """The terms of a lot that was paid for."""
    return LotTerms(
        source=LotSource.TOP_UP,
        price_per_hour=Money(Decimal(price), "SEK"),
        total_price=Money(Decimal(price) * 8, "SEK"),
        vat_percent=Decimal(25),
        expires_on=expires_on,
    )


def voucher(cause: str = "", *, at: datetime = NOON, reason: str = "") -> Voucher:
    """Documents an event that nothing else documents."""
    return Voucher(cause=cause or f"event:{next(_fresh)}", at=at, reason=reason)


def grant(account: CreditAccount, minutes: int, *, expires_on: date | None = None, cause: str = "", at: datetime = NOON) -> Lot:
    """Credit, paid for."""
    return ledger.grant(account=account, minutes=minutes, terms=bought(expires_on=expires_on), voucher=voucher(cause, at=at))


def hold(account: CreditAccount, minutes: int, *, cause: str = "", at: datetime = NOON) -> Hold:
    """A hold that is covered whole."""
    return ledger.place_hold(account=account, minutes=minutes, rate=RATE, cause=cause or f"hold:{next(_fresh)}", at=at)


def queued(account: CreditAccount, minutes: int, *, at: datetime = NOON) -> Hold:
    """A hold that waits if it must."""
    return ledger.queue_hold(account=account, minutes=minutes, rate=RATE, cause=f"hold:{next(_fresh)}", at=at)


def worked(account: CreditAccount, minutes: int, *, at: datetime = NOON) -> Entry:
    """Work that was held for and deducted."""
    held = ledger.claim(account=account, minutes=minutes, rate=RATE, cause=f"hold:{next(_fresh)}", at=at)
    return ledger.capture(hold=held, minutes=minutes, voucher=voucher(at=at))


def figures(account: CreditAccount) -> tuple[int, int, int, int]:
    """Available, held, owed and balance, in minutes."""
    account.refresh_from_db()
    return (account.available_minutes, account.held_minutes, account.debt_minutes, account.balance_minutes)
