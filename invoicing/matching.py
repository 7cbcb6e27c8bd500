"""Which invoice a payment pays (rule I3): by its reference and to the öre, or a person decides. Never a guess.

A payment is matched only if it names one valid OCR reference of one open invoice, in that invoice's currency, and is exactly what
is open. Everything else is proposed: what it seems to be, in words, and the invoices that may be meant, with what speaks for each.
A reference counts as named in the bank's field for it, or, where that is empty, standing unbroken in the payer's text with at
least six digits: shorter numbers stand in texts by chance.

Pure: no Django models, no clock, no I/O. Amounts are decimals to the cent.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise
from stdnum import iso11649

from invoicing import ocr
from invoicing.camt_entries import Transaction, compact

MOST_CANDIDATES = 5
_COMMON = 200
_LEAST_IN_TEXT = 6
_WORD = re.compile(r"[\w-]+")


class Standing(StrEnum):
    """How an invoice stands."""

    OPEN = "open"
    PAID = "paid"
    CREDITED = "credited"


@dataclass(frozen=True, kw_only=True)
class Invoice:
    """An issued invoice, as far as payments are concerned. `open_amount` is what is left to pay of it."""

    number: str
    reference: str
    open_amount: Decimal
    currency: str
    standing: Standing = Standing.OPEN
    buyer_name: str = ""
    buyer_accounts: tuple[str, ...] = ()


class Kind(StrEnum):
    """What a payment seems to be."""

    EXACT = "exact"
    UNDER = "under"
    OVER = "over"
    DOUBLE = "double"
    CREDITED = "credited"
    WRONG_CURRENCY = "wrong currency"
    SEVERAL = "several"
    UNKNOWN = "unknown"
    OUTGOING = "outgoing"
    REVERSAL = "reversal"
    NOT_SPLIT = "not split"


class Ground(StrEnum):
    """What speaks for an invoice, strongest first."""

    REFERENCE = "reference"
    REFERENCE_IN_GROUPS = "reference in groups"
    NUMBER = "number"
    ACCOUNT = "account"
    NAME = "name"
    AMOUNT = "amount"

    @property
    def said(self) -> str:
        """In words, as a person reads it beside the invoice."""
        return str(_SAID[self])


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An invoice that may be meant, and why."""

    invoice: Invoice
    grounds: tuple[Ground, ...]


@dataclass(frozen=True, kw_only=True)
class Matched:
    """The payment pays this invoice, exactly."""

    invoice: Invoice
    amount: Decimal

    @property
    def kind(self) -> Kind:
        """As a proposal has one."""
        return Kind.EXACT


@dataclass(frozen=True, kw_only=True)
class Proposed:
    """A person decides. `difference` is what was paid beyond what is open, negative if too little, None if that says nothing."""

    kind: Kind
    candidates: tuple[Candidate, ...] = ()
    difference: Decimal | None = None

    @property
    def why(self) -> str:
        """The kind, in a sentence."""
        return str(_WHY[self.kind])


_SAID: dict[Ground, StrPromise] = {
    Ground.REFERENCE: _("its reference is named"),
    Ground.REFERENCE_IN_GROUPS: _("its reference is named in groups of digits"),
    Ground.NUMBER: _("its number is named"),
    Ground.ACCOUNT: _("the payer's account is known of the buyer"),
    Ground.NAME: _("the payer has the buyer's name"),
    Ground.AMOUNT: _("exactly this sum is open"),
}
_WHY: dict[Kind, StrPromise] = {
    Kind.UNDER: _("The payment is less than what is open on the invoice."),
    Kind.OVER: _("The payment is more than what is open on the invoice."),
    Kind.DOUBLE: _("The invoice is paid already."),
    Kind.CREDITED: _("The invoice was credited."),
    Kind.WRONG_CURRENCY: _("The payment is in another currency than the invoice."),
    Kind.SEVERAL: _("The payment names several invoices, or a reference that several have."),
    Kind.UNKNOWN: _("The payment names no invoice that is known."),
    Kind.OUTGOING: _("Money left the account: it pays no invoice of ours."),
    Kind.REVERSAL: _("The bank took an earlier transaction back."),
    Kind.NOT_SPLIT: _("Several payments came as one sum, and the bank does not say what each of them was."),
}


def match(transaction: Transaction, invoices: Iterable[Invoice]) -> Matched | Proposed:
    """What `transaction` pays of `invoices`, which are all that are known: open, paid and credited."""
    return _match(transaction, _Register(invoices))


def match_each(transactions: Iterable[Transaction], invoices: Iterable[Invoice]) -> list[Matched | Proposed]:
    """Each by itself, as if the others were not there: what a person chooses among pays nothing yet."""
    register = _Register(invoices)
    return [_match(transaction, register) for transaction in transactions]


def match_all(transactions: Iterable[Transaction], invoices: Iterable[Invoice]) -> list[Matched | Proposed]:
    """Each in its turn: what one has paid is no longer open for the next, so that the second payment of a file is double."""
    register = _Register(invoices)
    answers = []
    for transaction in transactions:
        answer = _match(transaction, register)
        if isinstance(answer, Matched):
            register.pay(answer.invoice)
        answers.append(answer)
    return answers


class _Register:
    """The known invoices by all that a payment may say of them, so that ten thousand payments are matched in a second."""

    def __init__(self, invoices: Iterable[Invoice]) -> None:
        self._invoices: list[Invoice] = []
        self._places: defaultdict[tuple[Ground, object], list[int]] = defaultdict(list)
        for place, invoice in enumerate(invoices):
            self._invoices.append(invoice)
            for ground, said in _sayings(invoice):
                self._places[ground, said].append(place)

    def by(self, ground: Ground, said: object) -> list[Invoice]:
        """The invoices of which that is so. What very many have in common, such as a plan's fee, tells nothing."""
        places = self._places.get((ground, said), [])
        return [self._invoices[place] for place in places] if len(places) <= _COMMON else []

    def pay(self, invoice: Invoice) -> None:
        """It is paid from now on; only one that no other shares its reference with is ever matched."""
        [place] = self._places[Ground.REFERENCE, invoice.reference]
        self._invoices[place] = replace(invoice, open_amount=Decimal(0), standing=Standing.PAID)


def _sayings(invoice: Invoice) -> Iterator[tuple[Ground, object]]:
    yield Ground.REFERENCE, invoice.reference
    yield Ground.REFERENCE_IN_GROUPS, invoice.reference
    yield Ground.NUMBER, invoice.number.casefold()
    yield Ground.NAME, _plain(invoice.buyer_name)
    yield Ground.AMOUNT, (invoice.open_amount, invoice.currency)
    for account in invoice.buyer_accounts:
        yield Ground.ACCOUNT, compact(account)


def _match(transaction: Transaction, register: _Register) -> Matched | Proposed:
    if transaction.reversal:
        return Proposed(kind=Kind.REVERSAL, candidates=_likely(transaction, register))
    if not transaction.incoming or transaction.amount <= 0:
        return Proposed(kind=Kind.OUTGOING)
    if transaction.doubt:
        return Proposed(kind=Kind.NOT_SPLIT, candidates=_likely(transaction, register))
    fields = transaction.references
    meant = [invoice for reference in _named(transaction) for invoice in register.by(Ground.REFERENCE, reference)]
    if len(fields) > 1 or len(meant) > 1:
        return Proposed(kind=Kind.SEVERAL, candidates=_likely(transaction, register))
    if not meant:
        return Proposed(kind=Kind.UNKNOWN, candidates=_likely(transaction, register))
    return _measured(transaction, meant[0])


def _measured(transaction: Transaction, invoice: Invoice) -> Matched | Proposed:
    """A payment that names this invoice and no other."""
    named = (Candidate(invoice=invoice, grounds=(Ground.REFERENCE,)),)
    if invoice.standing is Standing.CREDITED:
        return Proposed(kind=Kind.CREDITED, candidates=named)
    if invoice.currency != transaction.currency:
        return Proposed(kind=Kind.WRONG_CURRENCY, candidates=named)
    if invoice.standing is Standing.PAID or invoice.open_amount <= 0:
        return Proposed(kind=Kind.DOUBLE, candidates=named, difference=transaction.amount)
    difference = transaction.amount - invoice.open_amount
    if difference:
        return Proposed(kind=Kind.OVER if difference > 0 else Kind.UNDER, candidates=named, difference=difference)
    return Matched(invoice=invoice, amount=transaction.amount)


def _named(transaction: Transaction) -> list[str]:
    """The references that the payment names: those in the bank's field, else those that stand in its texts."""
    if transaction.references:
        return _each(map(_of_field, transaction.references))
    return [said for said in _each(map(_unbroken, transaction.texts)) if len(said) >= _LEAST_IN_TEXT]


def _of_field(said: str) -> list[str]:
    """A reference field holds an OCR reference and nothing else, or one of ISO 11649 made of it (RF, two check digits, zeros)."""
    inside = iso11649.compact(said)[4:] if iso11649.is_valid(said) else said
    return _unbroken(inside) if inside.isascii() and inside.isdigit() else []


def _unbroken(text: str) -> list[str]:
    """With or without length digit: which agreement holds shows in the invoices."""
    return ocr.unbroken_in(text, length_digit=False)


def _likely(transaction: Transaction, register: _Register) -> tuple[Candidate, ...]:
    """What may be meant, the strongest ground first. Paid and credited invoices only if the payment names their reference."""
    grounds: dict[Invoice, list[Ground]] = {}
    for ground, said in _hints(transaction):
        for invoice in register.by(ground, said):
            told = grounds.setdefault(invoice, [])
            if ground not in told and (invoice.standing is Standing.OPEN or ground is Ground.REFERENCE):
                told.append(ground)
    found = [Candidate(invoice=invoice, grounds=tuple(told)) for invoice, told in grounds.items() if told]
    strength = list(Ground)
    found.sort(key=lambda one: (strength.index(one.grounds[0]), -len(one.grounds), one.invoice.number))
    return tuple(found[:MOST_CANDIDATES])


def _hints(transaction: Transaction) -> Iterator[tuple[Ground, object]]:
    """What the payment says, strongest first."""
    texts = transaction.texts
    fields = transaction.references
    yield from ((Ground.REFERENCE, said) for said in _each([*map(_of_field, fields), *map(_unbroken, texts)]))
    joined = _each(ocr.numbers_in(text, length_digit=False) for text in [*fields, *texts])
    yield from ((Ground.REFERENCE_IN_GROUPS, said) for said in joined)
    documents = (document for said in transaction.remittances for document in said.documents)
    words = _each(_WORD.findall(text.casefold()) for text in [*documents, *fields, *texts])
    yield from ((Ground.NUMBER, said) for said in words)
    if transaction.payer_account:
        yield Ground.ACCOUNT, compact(transaction.payer_account)
    if _plain(transaction.payer_name):
        yield Ground.NAME, _plain(transaction.payer_name)
    yield Ground.AMOUNT, (transaction.amount, transaction.currency)


def _each(found: Iterable[Iterable[str]]) -> list[str]:
    return list(dict.fromkeys(one for several in found for one in several))


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
