"""What documents a posting, and the terms under which a lot is granted (rules C12, C14)."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Self

from djmoney.money import Money

from credits import terms
from credits.models import CreditAccount, Lot, LotSource
from people.models import Person


@dataclass(frozen=True, kw_only=True)
class Voucher:
    """Why an entry stands in the ledger (rule C14).

    `cause` names the event, never the thing: the same kind and cause post once. `text` says what it was for, on
    the statement; `reason` is somebody's word where one is asked for; `raw_minutes` are the minutes before
    rounding and the factor. `occurred_on` is the provider's local date of the event, that of `at` when left out.
    """

    cause: str
    at: datetime
    by: Person | None = None
    reason: str = ""
    text: str = ""
    occurred_on: date | None = None
    raw_minutes: int | None = None
    factor_percent: int = 100


@dataclass(frozen=True, kw_only=True)
class LotTerms:
    """What stays with a lot for ever: where it came from, its price and VAT, and until when it can be used (rule C12).

    `total_price` is for all its minutes, of which `bonus_minutes` came on top.
    """

    source: LotSource
    price_per_hour: Money
    total_price: Money
    vat_percent: Decimal
    expires_on: date | None = None
    reason: str = ""
    bonus_minutes: int = 0

    @classmethod
    def free(cls, *, source: LotSource, reason: str, expires_on: date | None = None) -> Self:
        """The terms of a gift: it says why, and never turns into money."""
        nothing = Money(0, terms.current().price_per_hour.currency)
        return cls(source=source, price_per_hour=nothing, total_price=nothing, vat_percent=Decimal(0), expires_on=expires_on, reason=reason)

    @classmethod
    def of(cls, lot: Lot, *, total_price: Money) -> Self:
        """The terms of a lot that exists, for a part of it that cost `total_price`."""
        return cls(
            source=LotSource(lot.source),
            price_per_hour=lot.price_per_hour,
            total_price=total_price,
            vat_percent=lot.vat_percent,
            expires_on=lot.expires_on,
            reason=lot.reason,
        )

    def lot(self, account: CreditAccount, minutes: int, *, at: datetime, origin: Lot | None = None) -> Lot:
        """A lot under these terms, not written yet, with all its minutes available. `origin` is the one it was moved from."""
        return Lot(
            account=account,
            source=self.source,
            granted_minutes=minutes,
            available_minutes=minutes,
            price_per_hour=self.price_per_hour,
            total_price=self.total_price,
            vat_percent=self.vat_percent,
            expires_on=self.expires_on,
            bonus_minutes=self.bonus_minutes,
            reason=self.reason,
            granted_at=at,
            origin=origin,
        )
