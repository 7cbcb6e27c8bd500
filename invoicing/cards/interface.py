"""What a service that takes card payments has to do for us. Pure: no models, no settings, no I/O."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from django.utils.translation import gettext_lazy as _
from djmoney.money import Money
from moneyed import get_currency

from core.errors import DomainError


class CardServiceFailed(DomainError):
    """The service did not answer, or refused."""

    message = _("The card service cannot be reached just now. Nothing has been paid; try again, or pay to our bank account.")


class NotGenuine(DomainError):
    """What was sent to us is not signed by the service, or is too old."""

    message = _("This was not sent by the card service. Nothing has changed.")


class Outcome(StrEnum):
    """What became of a payment, as the service tells it."""

    PAID = "paid"
    ENDED = "ended"


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """What is to be paid: our own reference to it, and where the service's page leads afterwards. Absolute addresses."""

    reference: str
    amount: Money
    text: str
    email: str
    language: str
    done_url: str
    cancel_url: str


@dataclass(frozen=True)
class Opened:
    """The service's page of payment, and by which identity it tells of it."""

    identity: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Happened:
    """An event of a payment. `event` is its own identity: the same again is no news. `taken`: by which name money goes back."""

    event: str
    kind: str
    outcome: Outcome
    identity: str
    amount: Money
    taken: str = ""


class CardService(Protocol):
    """A service that takes card payments. Its calls go over the network: never inside a transaction."""

    name: str

    def open(self, checkout: Checkout) -> Opened:
        """Open a page of payment; the same reference again is the same page. Raises CardServiceFailed."""

    def read(self, body: bytes, signature: str) -> Happened | None:
        """What the service told us, or None where it is of no interest. Raises NotGenuine."""

    def pay_back(self, taken: str, *, reference: str) -> str:
        """Give all of a payment back to the card; the same reference again does it once. Returns the service's name of it.

        Raises CardServiceFailed.
        """


def to_minor(amount: Money) -> int:
    """The sum in the smallest unit of its currency: öre, cents, whole yen."""
    return int((amount.amount * get_currency(str(amount.currency)).sub_unit).to_integral_exact())


def from_minor(units: int, currency: str) -> Money:
    """The sum of so many of the smallest units."""
    return Money(Decimal(units) / get_currency(currency.upper()).sub_unit, currency.upper())
