"""An entry on an account as transactions (rule I3): what was paid, by whom, for what, and how it is known again.

`camt` says how the identity is made and where it ends. Pure: no Django models, no clock, no I/O.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from core.errors import DomainError
from invoicing.camt_xml import Node

_AMOUNT = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,5})?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UNSAID = frozenset({"NOTPROVIDED", "NONREF", "NOT PROVIDED"})


class Unreadable(DomainError):
    """An entry lacks what every entry has, or says it in a way that has no meaning."""

    def __init__(self, what: StrPromise) -> None:
        super().__init__(what)
        self.what = what

    @property
    def message(self) -> str:
        """Which element."""
        return _("The bank's file has an entry whose %(what)s cannot be read. Nothing was imported.") % {"what": self.what}


class Doubt(StrEnum):
    """Why an entry of several payments was not split into them."""

    WITHOUT_PARTS = "without parts"
    PARTS_MISSING = "parts missing"
    PARTS_WITHOUT_AMOUNT = "parts without an amount"
    PARTS_DIFFER = "parts differ from the whole"

    @property
    def said(self) -> str:
        """In a sentence."""
        return str(_DOUBTS[self])


_DOUBTS: dict[Doubt, StrPromise] = {
    Doubt.WITHOUT_PARTS: _("The bank tells the sum of several payments only."),
    Doubt.PARTS_MISSING: _("The bank tells of fewer payments than it counted."),
    Doubt.PARTS_WITHOUT_AMOUNT: _("A payment in the sum has no amount in the account's currency."),
    Doubt.PARTS_DIFFER: _("The payments in the sum do not come to it."),
}


@dataclass(frozen=True, kw_only=True)
class Remittance:
    """What is paid, as the payer told in fields: a reference (its kind is SCOR for OCR and ISO 11649), documents, a part's amount."""

    reference: str = ""
    kind: str = ""
    documents: tuple[str, ...] = ()
    amount: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True, kw_only=True)
class Transaction:
    """Money that came to the account or left it. `amount` is positive, in the currency of the account; `incoming` says which way.

    `reversal`: it takes back an earlier one that went the other way. `instructed`: what the payer ordered, where that is another sum or
    currency. `service_reference`, `transaction_id` and `end_to_end_id` are the bank's, the payer's bank's and the payer's.
    """

    booked_on: date
    value_on: date | None
    amount: Decimal
    currency: str
    incoming: bool
    reversal: bool
    service_reference: str = ""
    transaction_id: str = ""
    end_to_end_id: str = ""
    remittances: tuple[Remittance, ...] = ()
    texts: tuple[str, ...] = ()
    payer_name: str = ""
    payer_account: str = ""
    instructed: tuple[Decimal, str] | None = None
    doubt: Doubt | None = None
    count: int = 1
    identity: str = ""
    entry_identity: str = ""
    identity_certain: bool = False

    @property
    def references(self) -> tuple[str, ...]:
        """The structured references, each once."""
        return tuple(dict.fromkeys(said.reference for said in self.remittances if said.reference))

    @property
    def signed(self) -> Decimal:
        """What it does to the account."""
        return self.amount if self.incoming else -self.amount


@dataclass(frozen=True, kw_only=True)
class Part:
    """One TxDtls: a transaction, as far as it says so itself."""

    amounts: tuple[tuple[Decimal, str], ...]
    instructed: tuple[Decimal, str] | None
    incoming: bool | None
    service_reference: str
    transaction_id: str
    end_to_end_id: str
    remittances: tuple[Remittance, ...]
    texts: tuple[str, ...]
    payer_name: str
    payer_account: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One Ntry, with its transactions, whose identity is not yet given. Neither `booked` nor `pending`: it is for information only."""

    booked: bool
    pending: bool
    service_reference: str
    transactions: tuple[Transaction, ...]
    signed: Decimal
    currency: str


def part_of(details: Node) -> Part:
    """What a TxDtls says. Raises Unreadable."""
    places = ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/CntrValAmt/Amt", "AmtDtls/InstdAmt/Amt")
    instructed = details.at("AmtDtls/InstdAmt/Amt")
    direction = details.said("CdtDbtInd")
    return Part(
        amounts=tuple(amount_of(found) for place in places for found in details.all(place)),
        instructed=amount_of(instructed) if instructed else None,
        incoming=_is_incoming(direction) if direction else None,
        service_reference=_reference(details.said("Refs/AcctSvcrRef")),
        transaction_id=_reference(details.said("Refs/TxId", "Refs/UETR")),
        end_to_end_id=_reference(details.said("Refs/EndToEndId")),
        remittances=tuple(_remittance(said) for said in details.all("RmtInf/Strd")),
        texts=_texts([*details.all("RmtInf/Ustrd"), *details.all("RmtInf/Strd/AddtlRmtInf"), *details.all("AddtlTxInf")]),
        payer_name=_name(details, "Dbtr") or _name(details, "UltmtDbtr"),
        payer_account=compact(details.said("RltdPties/DbtrAcct/Id/IBAN", "RltdPties/DbtrAcct/Id/Othr/Id")),
    )


def entry_of(node: Node, parts: Sequence[Part]) -> Entry:
    """What a Ntry and the parts that stood in it come to. Raises Unreadable."""
    whole = _whole(node)
    declared = sum(int(said.text) for said in node.all("NtryDtls/Btch/NbOfTxs") if said.text.isascii() and said.text.isdigit())
    if len(parts) > 1:
        doubt, divided = _split(whole, parts, declared)
    else:
        missing = Doubt.PARTS_MISSING if parts else Doubt.WITHOUT_PARTS
        doubt, divided = (missing if declared > 1 else None), [_told(whole, part) for part in parts]
    if doubt:
        divided = [replace(_merged(whole, parts), doubt=doubt, count=max(declared, len(parts)))]
    else:
        divided = [each for part in divided for each in _by_reference(part)]
    status = node.said("Sts/Cd", "Sts")
    return Entry(
        booked=status == "BOOK",
        pending=status not in {"BOOK", "INFO"},
        service_reference=_reference(node.said("AcctSvcrRef")),
        transactions=tuple(divided or [whole]),
        signed=whole.signed,
        currency=whole.currency,
    )


def identified(entries: Iterable[Entry], *, account: str) -> list[Transaction]:
    """The transactions of booked entries with their identities, counting equals in the order of the file."""
    seen: dict[tuple[str, ...], int] = {}
    return [known for entry in entries if entry.booked for known in _identified(entry, account, seen)]


def amount_of(node: Node | None) -> tuple[Decimal, str]:
    """An amount and its currency. Raises Unreadable."""
    if node is None or not _AMOUNT.fullmatch(node.text) or not _CURRENCY.fullmatch(node.attributes.get("Ccy", "")):
        raise Unreadable(_("amount (Amt)"))
    return Decimal(node.text), node.attributes["Ccy"]


def date_of(text: str) -> date | None:
    """A date, or that of an instant as the bank wrote it; None where there is none. Raises Unreadable."""
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10]) if _DATE.match(text) else _no_date()
    except ValueError as fault:
        raise Unreadable(_("date")) from fault


def compact(number: str) -> str:
    """An account's number as it is compared: capitals, without spaces and hyphens."""
    return re.sub(r"[\s-]", "", number).upper()


def _no_date() -> date:
    raise Unreadable(_("date"))


def _whole(node: Node) -> Transaction:
    amount, currency = amount_of(node.at("Amt"))
    value_on = date_of(node.said("ValDt/Dt", "ValDt/DtTm"))
    booked_on = date_of(node.said("BookgDt/Dt", "BookgDt/DtTm")) or value_on
    if booked_on is None:
        raise Unreadable(_("date (BookgDt)"))
    return Transaction(
        booked_on=booked_on,
        value_on=value_on,
        amount=amount,
        currency=currency,
        incoming=_is_incoming(node.said("CdtDbtInd")),
        reversal=node.said("RvslInd") in {"true", "1"},
        service_reference=_reference(node.said("AcctSvcrRef")),
        texts=_texts(node.all("AddtlNtryInf")),
    )


def _split(whole: Transaction, parts: Sequence[Part], declared: int) -> tuple[Doubt | None, list[Transaction]]:
    """The parts of a batch, or why it stays whole: too few, without amounts, or not coming to the sum."""
    if declared > len(parts):
        return Doubt.PARTS_MISSING, []
    amounts = [next((amount for amount, currency in part.amounts if currency == whole.currency), None) for part in parts]
    divided = [
        replace(_told(whole, part), amount=amount, incoming=whole.incoming if part.incoming is None else part.incoming)
        for part, amount in zip(parts, amounts, strict=True)
        if amount is not None
    ]
    if len(divided) < len(parts):
        return Doubt.PARTS_WITHOUT_AMOUNT, []
    return (None if sum(part.signed for part in divided) == whole.signed else Doubt.PARTS_DIFFER), divided


def _by_reference(part: Transaction) -> list[Transaction]:
    """A payment that names several references, each with its amount, is as many payments, if these come to its amount."""
    told = part.remittances
    amounts = [said.amount for said in told if said.reference and said.amount and said.currency == part.currency]
    if len(told) < 2 or len(amounts) < len(told) or sum(amounts) != part.amount:
        return [part]
    return [replace(part, amount=amount, remittances=(said,)) for said, amount in zip(told, amounts, strict=True)]


def _told(whole: Transaction, part: Part) -> Transaction:
    ordered = part.instructed if part.instructed != (whole.amount, whole.currency) else None
    return replace(
        whole,
        service_reference=part.service_reference or whole.service_reference,
        transaction_id=part.transaction_id,
        end_to_end_id=part.end_to_end_id,
        remittances=part.remittances,
        texts=tuple(dict.fromkeys([*part.texts, *whole.texts])),
        payer_name=part.payer_name,
        payer_account=part.payer_account,
        instructed=ordered,
    )


def _merged(whole: Transaction, parts: Sequence[Part]) -> Transaction:
    """An entry that stays whole still shows what its parts say."""
    texts = [text for part in parts for text in part.texts]
    return replace(
        whole,
        remittances=tuple(said for part in parts for said in part.remittances),
        texts=tuple(dict.fromkeys([*texts, *whole.texts])),
    )


def _identified(entry: Entry, account: str, seen: dict[tuple[str, ...], int]) -> list[Transaction]:
    only = entry.transactions[0] if len(entry.transactions) == 1 else None
    bank_says = entry.service_reference or (only.service_reference or only.transaction_id if only else "")
    first = entry.transactions[0]
    told = ["bank", bank_says] if bank_says else ["contents", *(text for part in entry.transactions for text in _contents(part))]
    facts = (account, first.booked_on.isoformat(), *_sum(entry.signed, entry.currency), str(first.reversal), *told)
    whole, times = _hashed(facts, seen)
    certain = bool(bank_says) and times == 0
    if only:
        return [replace(only, identity=whole, entry_identity=whole, identity_certain=certain)]
    return [_part_identified(part, whole, seen, certain=certain) for part in entry.transactions]


def _part_identified(part: Transaction, whole: str, seen: dict[tuple[str, ...], int], *, certain: bool) -> Transaction:
    """A part is known by its entry and what it says itself; equal parts of one entry always come together."""
    told = (whole, *_sum(part.signed, part.currency), part.service_reference, part.transaction_id, *_contents(part))
    identity, _times = _hashed(told, seen)
    return replace(part, identity=identity, entry_identity=whole, identity_certain=certain)


def _hashed(facts: tuple[str, ...], seen: dict[tuple[str, ...], int]) -> tuple[str, int]:
    times = seen.get(facts, 0)
    seen[facts] = times + 1
    return sha256("\x1f".join([*facts, str(times)]).encode()).hexdigest(), times


def _sum(signed: Decimal, currency: str) -> tuple[str, str]:
    return f"{signed.normalize():f}", currency


def _contents(part: Transaction) -> list[str]:
    return [part.end_to_end_id, part.payer_account, part.payer_name.casefold(), *part.references, *part.texts]


def _is_incoming(said: str) -> bool:
    if said not in {"CRDT", "DBIT"}:
        raise Unreadable(_("direction (CdtDbtInd)"))
    return said == "CRDT"


def _reference(said: str) -> str:
    return "" if said.upper() in _UNSAID else said


def _name(details: Node, who: str) -> str:
    return " ".join(details.said(f"RltdPties/{who}/Nm", f"RltdPties/{who}/Pty/Nm", f"RltdPties/{who}/Agt/FinInstnId/Nm").split())


def _texts(found: Iterable[Node]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(" ".join(node.text.split()) for node in found if node.text))


def _remittance(said: Node) -> Remittance:
    paid = said.at("RfrdDocAmt/RmtdAmt")
    amount, currency = amount_of(paid) if paid else (None, "")
    return Remittance(
        reference="".join(said.said("CdtrRefInf/Ref").split()),
        kind=said.said("CdtrRefInf/Tp/CdOrPrtry/Cd", "CdtrRefInf/Tp/CdOrPrtry/Prtry"),
        documents=_texts(said.all("RfrdDocInf/Nb")),
        amount=amount,
        currency=currency,
    )
