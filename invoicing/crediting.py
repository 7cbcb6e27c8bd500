"""Credit notes: an issued invoice is corrected by another document, whole, in part, or in its price (rule I1).

A credit note refers to its invoice, at the invoice's rates and exchange rate. Together the credit notes of an invoice never
come to more than it; of each line no more than the line.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

from django.db import transaction
from django.db.models import Q, Sum
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

from clients import vat
from core.errors import DomainError
from core.formatting import money
from core.reasons import reasoned
from core.sentences import Sentence, sentence
from credits import credited
from credits.vouchers import Voucher
from invoicing import freezing, issuing, life, messages, order_uses, referring, settlement, sources
from invoicing.facts import Unit
from invoicing.models import Invoice, InvoiceEventKind, InvoiceKind, InvoiceLine, InvoiceState
from people.models import Person

LONGEST_TEXT = 300
"""Characters of a line (InvoiceLine.text)."""


class MoreThanInvoiced(DomainError):
    """More would be credited of a line than it has left."""

    message = _("That is more than is left of the line to be credited. Nothing has changed.")


class NothingToCredit(DomainError):
    """Nothing was named, or all of it has been credited."""

    message = _("There is nothing to credit: name a sum, of what has not been credited yet. Nothing has changed.")


class CreditMismatch(DomainError):
    """The same form has issued another credit note."""

    message = _("This form has issued another credit note before. Open the page again. Nothing has changed.")


class WrittenOff(DomainError):
    """What was written off is not credited as well: its VAT would be taken back twice."""

    message = _("This invoice was written off. Take that back first, among its payments. Nothing has changed.")


class SumChanged(DomainError):
    """It would come to another sum than the one that was shown."""

    def __init__(self, now: Money) -> None:
        super().__init__(now)
        self.now = now

    @property
    def message(self) -> str:
        """Which sum it would be now."""
        return _("The credit note would come to %(sum)s now. Nothing has changed; look at it once more.") % {"sum": money(self.now)}


@dataclass(frozen=True)
class Asked:
    """What is to be credited and why; `shown` is the sum with VAT that stood on the page."""

    parts: Mapping[int, Decimal] | None
    reason: str
    shown: str


@dataclass(frozen=True)
class Effect:
    """What a credit note comes to with VAT; by how much less is owed of the invoice; how much of it was paid, and is the client’s."""

    total: Money
    owed_less: Money
    over: Money


@transaction.atomic
def credit(invoice: Invoice, parts: Mapping[int, Decimal] | None, *, reason: str, by: Person, at: datetime, cause: str) -> Invoice:
    """Issue a credit note for `parts` of an invoice, net sums by the number of the line; None: all that is left (rule I1).

    What is credited is no longer owed, and credit that came by the unpaid invoice goes again (rule C4). The same `cause`
    again returns the credit note. Raises NotAllowed for anybody but finance, NotIssued, ReasonMissing, ReasonTooLong, NothingToCredit,
    WrittenOff, MoreThanInvoiced, CreditMismatch, CreditInUse(unused, most).
    """
    life.check_finance(by)
    sources.lock_accounts(invoice)
    invoice = life.locked_issued(invoice)
    if invoice.kind != InvoiceKind.INVOICE:
        raise life.NotIssued
    reason = reasoned(reason)
    if found := Invoice.objects.filter(cause=cause).first():
        return _the_same(found, invoice, parts, reason)
    note = draft(invoice, _lines(invoice, parts), reason=reason, by=by, at=at, cause=cause)
    return _issued(note, invoice, by=by, at=at)


@transaction.atomic
def issue(note: Invoice, *, by: Person, at: datetime) -> Invoice:
    """Issue a drafted credit note, and owe as much less of its invoice (rule I1). Twice is harmless.

    Raises NotAllowed for anybody but finance, WrittenOff, and what `issuing.issue` raises.
    """
    life.check_finance(by)
    if note.preceding is None:
        raise NothingToCredit
    sources.lock_accounts(note.preceding)
    invoice, note = life.locked_issued(note.preceding), life.locked(note)
    return note if note.state == InvoiceState.ISSUED else _issued(note, invoice, by=by, at=at)


@transaction.atomic
def credit_shown(invoice: Invoice, asked: Asked, *, by: Person, at: datetime, cause: str) -> Invoice:
    """The same, if it comes to what was shown: another credit note may have been first. Raises SumChanged and what `credit` does."""
    life.check_finance(by)
    sources.lock_accounts(invoice)
    invoice = life.locked_issued(invoice)
    if not Invoice.objects.filter(cause=cause).exists():
        now = worth(invoice, asked.parts)
        if str(now.amount) != asked.shown:
            raise SumChanged(now)
    return credit(invoice, asked.parts, reason=asked.reason, by=by, at=at, cause=cause)


def worth(invoice: Invoice, parts: Mapping[int, Decimal] | None) -> Money:
    """What a credit note for `parts` would come to, with VAT. Raises NothingToCredit, MoreThanInvoiced."""
    rates = vat.by_rate((line.net, line.vat_percent) for line in _lines(invoice, parts))
    return Money(sum((net + tax for net, tax in rates.values()), Decimal(0)), invoice.currency)


def effect(invoice: Invoice, parts: Mapping[int, Decimal] | None) -> Effect:
    """What follows of a credit note for `parts`, if it is issued now. Raises NothingToCredit, MoreThanInvoiced."""
    total = worth(invoice, parts)
    is_whole = _is_credited_whole(invoice, {line.credits_id or 0: line.net for line in _lines(invoice, parts)})
    less = _owed_less(invoice, total.amount, is_whole=is_whole)
    still_open = max(invoice.open.amount, Decimal(0))
    return Effect(total, Money(min(less, still_open), invoice.currency), Money(max(less - still_open, Decimal(0)), invoice.currency))


def left_of(invoice: Invoice) -> dict[int, Decimal]:
    """What is left to be credited of each line, net, by its number. What a drafted credit note takes is gone already."""
    lines = invoice.lines.annotate(taken=Sum("credited_by__net", default=Decimal(0)))
    return {line.pk: line.net - line.taken for line in lines}


def _the_same(found: Invoice, invoice: Invoice, parts: Mapping[int, Decimal] | None, reason: str) -> Invoice:
    """The credit note that the same form issued before. Raises CreditMismatch where it said something else then."""
    wanted = None if parts is None else {pk: net for pk, net in parts.items() if net}
    taken = dict(found.lines.values_list("credits", "net"))
    if (found.preceding_id, found.reason) != (invoice.pk, reason) or wanted not in (None, taken):
        raise CreditMismatch
    return found


def _issued(note: Invoice, invoice: Invoice, *, by: Person, at: datetime) -> Invoice:
    """The note with its number, taken off the invoice, which is locked. Raises WrittenOff."""
    if invoice.written_off:
        raise WrittenOff
    note = issuing.issue(note, by=by, at=at)
    was_open = invoice.open.amount > 0
    is_whole = _is_credited_whole(invoice)
    invoice.credited += _owed_less(invoice, note.total, is_whole=is_whole)
    invoice.save(update_fields=["credited"])
    if is_whole:
        order_uses.give_back(invoice, at=at)
    facts = {"credit_note": note.pk, "total": str(note.total)}
    life.note(invoice, InvoiceEventKind.CREDITED, at=at, by=by, reason=note.reason, facts=facts)
    if was_open:
        _follow(invoice, note, by=by, at=at)
    _tell_of_credit(invoice, note, at=at)
    return note


def _tell_of_credit(invoice: Invoice, note: Invoice, *, at: datetime) -> None:
    """Where nothing is left of the invoice and its credit is there still, marked paid by hand or paid: its account manager is told."""
    if invoice.credited < invoice.payable or note.lines.exclude(refund=None).exists():
        return
    if minutes := sources.unused_of(invoice):
        messages.credit_stays(invoice, minutes=minutes, cause=f"invoice:{note.pk}:credit-stays", at=at)


def _follow(invoice: Invoice, note: Invoice, *, by: Person, at: datetime) -> None:
    """What follows for the top-ups on it (rule C4): the credit that came by it goes again; what was left is paid, the rest is credit.

    Where nothing is open any more, nothing stays frozen for it (rule I5).
    """
    left = left_of(invoice)
    for line in note.lines.select_related("credits__top_up").exclude(credits__top_up=None).order_by("position"):
        original = line.credits
        if original is not None and original.top_up is not None:
            cause = f"credit-note:{note.pk}:top-up:{original.top_up_id}"
            voucher = Voucher(cause=cause, at=at, by=by, reason=note.reason, text=note.number or "")
            credited.credit(top_up=original.top_up, credited=original.net - left[original.pk], voucher=voucher)
    standing = invoice.payments.filter(reverses=None, reversed_by=None).order_by("-paid_on", "-pk").first()
    if standing is not None and invoice.credited < invoice.payable:
        settlement.settle_if_paid(invoice, standing, by=by, at=at)
    elif invoice.open.amount <= 0:
        freezing.release(invoice, reason=_credited(invoice), by=by, at=at)


def _credited(invoice: Invoice) -> Sentence:
    """Why credit is released."""
    return sentence(lambda: gettext("Invoice %(number)s was credited.") % {"number": invoice.number})


def _lines(invoice: Invoice, parts: Mapping[int, Decimal] | None) -> list[InvoiceLine]:
    left = left_of(invoice)
    wanted = {pk: net for pk, net in left.items() if net > 0} if parts is None else {pk: net for pk, net in parts.items() if net}
    if not wanted:
        raise NothingToCredit
    if any(net < 0 or net > left.get(pk, Decimal(0)) for pk, net in wanted.items()):
        raise MoreThanInvoiced
    originals = invoice.lines.in_bulk(wanted)
    with override(invoice.language):
        return [_taken_back(originals[pk], net) for pk, net in wanted.items()]


def _taken_back(original: InvoiceLine, net: Decimal) -> InvoiceLine:
    """The whole line as it was, or a part of it as one sum, which says that it is one; in the language that is active."""
    line = InvoiceLine(text=original.text, net=net, vat_percent=original.vat_percent, credits=original)
    if net == original.net:
        line.quantity, line.unit, line.price, line.base = original.quantity, original.unit, original.price, original.base
    else:
        line.text = (gettext("Part of: %(line)s") % {"line": original.text})[:LONGEST_TEXT]
        line.quantity, line.unit, line.price, line.base = Decimal(1), Unit.PIECE, net, 1
    return line


def draft(invoice: Invoice, lines: list[InvoiceLine], *, reason: str, by: Person | None, at: datetime, cause: str, **facts: str) -> Invoice:
    """A draft of a credit note with these lines, which credit lines of the invoice; that is locked. `facts` stand in its event."""
    rates = vat.by_rate((line.net, line.vat_percent) for line in lines)
    note = Invoice(
        organisation=invoice.organisation,
        kind=InvoiceKind.CREDIT_NOTE,
        state=InvoiceState.DRAFT,
        cause=cause,
        currency=invoice.currency,
        drafted_at=at,
        drafted_by=by,
        preceding=invoice,
        reason=reason,
        buyer_reference=referring.of_credit_note(invoice),
        order_reference=invoice.order_reference,
        language=invoice.language,
        vat_treatment=invoice.vat_treatment,
        net=sum((net for net, _tax in rates.values()), Decimal(0)),
        vat=sum((tax for _net, tax in rates.values()), Decimal(0)),
    )
    note.total = note.payable = note.net + note.vat
    note.save(force_insert=True)
    for position, line in enumerate(lines, start=1):
        line.invoice, line.position = note, position
    InvoiceLine.objects.bulk_create(lines)
    life.note(note, InvoiceEventKind.DRAFTED, at=at, by=by, reason=reason, facts=facts)
    return note


def _is_credited_whole(invoice: Invoice, taking: Mapping[int, Decimal] = MappingProxyType({})) -> bool:
    """Whether issued credit notes have taken back all of its lines, or would with so much more of them."""
    issued = Q(credited_by__invoice__state=InvoiceState.ISSUED)
    lines = invoice.lines.annotate(taken=Sum("credited_by__net", filter=issued, default=Decimal(0)))
    return all(line.net == line.taken + taking.get(line.pk, Decimal(0)) for line in lines)


def _owed_less(invoice: Invoice, total: Decimal, *, is_whole: bool) -> Decimal:
    """By how much less is owed: what brought the invoice to whole units goes with the last of it."""
    left = invoice.payable - invoice.credited
    return left if is_whole else min(total, left)
