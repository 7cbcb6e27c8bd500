"""What a bank says was paid: camt.053 (statement) and camt.054 (notification) of ISO 20022 (rule I3).

Read by structure, not by version: 001.02 to 001.08 differ in where they put a party's name, a status and the amount of a part,
and every place is looked at, so that a later version is read as far as it says the same. Only booked entries count; what is
pending is counted beside, and what is for information only is left out. `camt_balances` holds balances against transactions.

An entry of several payments (a batch) is split into its parts if all parts name an amount in the account's currency and these
come to the entry's amount; otherwise it stays whole and says why (`doubt`), and is never matched by itself. A payment that names
several references with an amount each, as Bankgirot reports them, is split if these come to its amount, and else stays one.

Each transaction has an `identity`, the same however often the bank tells of it. It is made of the account, the booking date, the
amount with its direction and currency, and the bank's reference of the entry (`AcctSvcrRef`; without it, the `AcctSvcrRef` or
`TxId` of its only part); a part of a batch adds what it says itself. So statements that overlap are recognised, and a notification
of what a statement tells too. Its limits:

- Without any reference of the bank the contents decide (payer, texts, references, and a count among equals in the same file), and
  `identity_certain` is false: two equal payments that come in two files look like one, so that a person must look before the
  second is left out. The same holds for a reference that the bank gives twice in one file.
- What is booked under another date or reference in 053 than in 054 is not recognised, and shows as a double payment.
- An account that is a bankgiro number in one file and an IBAN in the other is one only if `same_account` says so.
- What is whole in 053 and in parts in 054 has the same `entry_identity`, not the same `identity`: whoever imports looks for both.
- `NtryRef` is not used: many banks number the entries of each file from 1.

Pure: no Django models, no clock, no I/O.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from django.utils.translation import gettext_lazy as _

from invoicing import camt_xml
from invoicing.camt_entries import (
    Doubt,
    Entry,
    Part,
    Remittance,
    Transaction,
    Unreadable,
    amount_of,
    compact,
    date_of,
    entry_of,
    identified,
    part_of,
)
from invoicing.camt_xml import EntityRefused, Node, NotABankFile, TooLarge

__all__ = [
    "Account",
    "Balance",
    "BankFile",
    "Doubt",
    "EntityRefused",
    "Kind",
    "NotABankFile",
    "Remittance",
    "Statement",
    "TooLarge",
    "Transaction",
    "Unreadable",
    "read",
]

MOST_TRANSACTIONS = 50_000
_NONE: Mapping[str, str] = MappingProxyType({})
_VERSION = re.compile(r"camt\.05[34]\.([0-9]{3}\.[0-9]{2})")
_STATEMENT, _NOTIFICATION = "BkToCstmrStmt", "BkToCstmrDbtCdtNtfctn"
_KEPT = frozenset(
    {
        f"{_STATEMENT}/GrpHdr",
        f"{_STATEMENT}/Stmt",
        f"{_NOTIFICATION}/GrpHdr",
        f"{_NOTIFICATION}/Ntfctn",
        "Stmt/Ntry",
        "Ntfctn/Ntry",
        "NtryDtls/TxDtls",
    }
)


class Kind(StrEnum):
    """Which message it is."""

    STATEMENT = "camt.053"
    NOTIFICATION = "camt.054"


@dataclass(frozen=True, kw_only=True)
class Account:
    """Ours. `scheme` says what `number` is: IBAN, BGNR (bankgiro), BBAN or what else the bank calls it."""

    number: str
    scheme: str
    currency: str = ""

    @property
    def iban(self) -> str:
        """Its IBAN, if it is known by it."""
        return self.number if self.scheme == "IBAN" else ""

    @property
    def bankgiro(self) -> str:
        """Its bankgiro number, if it is known by it."""
        return self.number if self.scheme == "BGNR" else ""


@dataclass(frozen=True, kw_only=True)
class Balance:
    """What was on the account; negative is owed to the bank."""

    amount: Decimal
    currency: str
    on: date | None


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What was booked on one account, and how many entries are not booked yet. A notification has no balances.

    `opening` is the first and `closing` the last where a statement has those of each day.
    """

    id: str
    account: Account
    created: datetime | None
    opening: Balance | None
    closing: Balance | None
    transactions: tuple[Transaction, ...]
    pending: int

    @property
    def moved(self) -> Decimal:
        """What its transactions did to the account."""
        return sum((told.signed for told in self.transactions), Decimal(0))


@dataclass(frozen=True, kw_only=True)
class BankFile:
    """One message. `version` is 001.02 and so on, empty where the file does not say."""

    kind: Kind
    version: str
    message_id: str
    created: datetime | None
    statements: tuple[Statement, ...]

    @property
    def transactions(self) -> tuple[Transaction, ...]:
        """Of all its accounts."""
        return tuple(told for statement in self.statements for told in statement.transactions)


def read(raw: bytes, *, same_account: Mapping[str, str] = _NONE) -> BankFile:
    """What a bank's file says. `same_account` names the IBAN of accounts that a file may know by another number.

    Raises NotABankFile, TooLarge, EntityRefused, or Unreadable where an entry has no amount, date or direction.
    """
    reading = _Reading({compact(number): compact(iban) for number, iban in same_account.items()})
    camt_xml.read(raw, kept=_KEPT, keep=reading.keep)
    if reading.kind is None:
        raise NotABankFile
    return BankFile(
        kind=reading.kind,
        version=reading.version,
        message_id=reading.header.said("MsgId"),
        created=_instant(reading.header.said("CreDtTm")),
        statements=tuple(reading.statements),
    )


class _Reading:
    """Puts together what comes in the order of the document: parts, their entry, at last the statement around them."""

    def __init__(self, same_account: Mapping[str, str]) -> None:
        self.kind: Kind | None = None
        self.version = ""
        self.header = Node("GrpHdr")
        self.statements: list[Statement] = []
        self._same_account = same_account
        self._parts: list[Part] = []
        self._entries: list[Entry] = []
        self._count = 0

    def keep(self, node: Node) -> None:
        """Called with each piece as it ends."""
        {"TxDtls": self._part, "Ntry": self._entry, "GrpHdr": self._header}.get(node.name, self._statement)(node)

    def _header(self, node: Node) -> None:
        self.header = node

    def _part(self, node: Node) -> None:
        self._counted()
        self._parts.append(part_of(node))

    def _entry(self, node: Node) -> None:
        self._counted()
        self._entries.append(entry_of(node, self._parts))
        self._parts = []

    def _counted(self) -> None:
        self._count += 1
        if self._count > MOST_TRANSACTIONS:
            raise TooLarge

    def _statement(self, node: Node) -> None:
        self.kind = Kind.STATEMENT if node.name == "Stmt" else Kind.NOTIFICATION
        version = _VERSION.search(node.namespace)
        self.version = version[1] if version else ""
        account = _account(node)
        number = self._same_account.get(account.number, account.number)
        entries, self._entries = self._entries, []
        self.statements.append(
            Statement(
                id=node.said("Id"),
                account=account,
                created=_instant(node.said("CreDtTm")),
                opening=_first(_balances(node, "OPBD")) or _first(_balances(node, "PRCD")),
                closing=_last(_balances(node, "CLBD")),
                transactions=tuple(identified(entries, account=number)),
                pending=sum(entry.pending for entry in entries),
            )
        )


def _account(statement: Node) -> Account:
    iban = compact(statement.said("Acct/Id/IBAN"))
    other = compact(statement.said("Acct/Id/Othr/Id"))
    if not iban and not other:
        raise Unreadable(_("account (Acct)"))
    scheme = statement.said("Acct/Id/Othr/SchmeNm/Prtry", "Acct/Id/Othr/SchmeNm/Cd")
    return Account(number=iban or other, scheme="IBAN" if iban else scheme, currency=statement.said("Acct/Ccy"))


def _balances(statement: Node, code: str) -> list[Balance]:
    return [_balance(told) for told in statement.all("Bal") if told.said("Tp/CdOrPrtry/Cd") == code]


def _balance(told: Node) -> Balance:
    amount, currency = amount_of(told.at("Amt"))
    owed = told.said("CdtDbtInd") == "DBIT"
    return Balance(amount=-amount if owed else amount, currency=currency, on=date_of(told.said("Dt/Dt", "Dt/DtTm")))


def _first(found: Sequence[Balance]) -> Balance | None:
    return min(found, key=_day, default=None)


def _last(found: Sequence[Balance]) -> Balance | None:
    return max(found, key=_day, default=None)


def _day(balance: Balance) -> date:
    return balance.on or date.min


def _instant(text: str) -> datetime | None:
    """When the bank wrote it; banks write it with and without an offset, and nothing depends on it."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
