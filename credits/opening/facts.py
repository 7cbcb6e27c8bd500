"""What an opening file can say: clients, their people, their accounts and balances."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from djmoney.money import Money

COLUMNS = (
    "organisation",
    "organisation_number",
    "vat_number",
    "language",
    "time_zone",
    "account_manager",
    "person",
    "email",
    "role",
    "account",
    "hours",
    "price_per_hour",
    "currency",
    "vat_percent",
    "expires_on",
    "reference",
)
OPTIONAL_COLUMNS = ("country",)


@dataclass(frozen=True)
class Defaults:
    """What an empty cell means: the provider's own country, language, zone, currency and VAT."""

    country: str
    language: str
    time_zone: str
    currency: str
    vat_percent: Decimal


@dataclass
class ClientFact:
    """A client organisation. `said` holds, for each column, what the file says and on which line first."""

    line: int
    name: str
    number: str
    said: dict[str, tuple[str, int]] = field(default_factory=dict)

    def get(self, column: str, default: str) -> str:
        """What the file says in this column, on whichever line."""
        return self.said[column][0] if column in self.said else default


@dataclass(frozen=True, kw_only=True)
class PersonFact:
    """A person with a role in the client that has this organisation number."""

    line: int
    number: str
    name: str
    email: str
    role: str


@dataclass(frozen=True, kw_only=True)
class AccountFact:
    """A credit account of a client."""

    line: int
    number: str
    account: str


@dataclass(frozen=True, kw_only=True)
class BalanceFact:
    """Minutes of credit that an account begins with, at the price they were bought for (rule C12)."""

    line: int
    number: str
    account: str
    minutes: int
    price_per_hour: Money
    vat_percent: Decimal
    expires_on: date | None
    reference: str


@dataclass
class Opening:
    """All that a file says, without faults in itself. Organisations by number."""

    clients: dict[str, ClientFact] = field(default_factory=dict)
    people: list[PersonFact] = field(default_factory=list)
    accounts: list[AccountFact] = field(default_factory=list)
    balances: list[BalanceFact] = field(default_factory=list)
