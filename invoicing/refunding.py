"""Unused credit that was refunded becomes a credit note of the invoice that sold it (rules C13, I1).

A refund was sized in the ledger, at its lot's own price (`credits.ledger.refund`). Here it becomes one line of one credit
note, against the line of the top-up that the lot came from, wherever it was moved since; at that invoice's VAT and exchange
rate. Together with other credit notes it is never more than the line.

Net is that of the refund, to the öre. VAT is rounded once per rate of the document, as EN 16931 asks, where the ledger cuts
shares of the lot's VAT off: it can be an öre more or less than the refund said. The document counts; the difference stands
in its event.

Credit that no invoice of ours sold, such as an opening balance, has no line to credit: the client's money grows by it
(`invoicing.payouts`), and the refund is its own receipt.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from djmoney.money import Money

from core.errors import DomainError
from core.formatting import hours, money
from credits.ledger import Lot, Refund
from credits.prices import to_cents
from invoicing import crediting, life, sources
from invoicing.composing import MINUTES_OF_AN_HOUR
from invoicing.facts import Unit
from invoicing.models import Invoice, InvoiceKind, InvoiceLine, InvoiceState
from people.models import Person


class NothingSold(DomainError):
    """No issued invoice of ours sold the credit: there is no line to credit."""

    message = gettext_lazy("No issued invoice sold this credit, so that no credit note is possible. Nothing has changed.")


class LessLeft(DomainError):
    """Other credit notes have taken so much of the line that the refund is more than what is left."""

    def __init__(self, left: Money) -> None:
        super().__init__(left)
        self.left = left

    @property
    def message(self) -> str:
        """How much is left."""
        said = _("Other credit notes have taken part of the line: only %(left)s without VAT is left of it. Nothing has changed.")
        return said % {"left": money(self.left)}


class Turn(StrEnum):
    """What comes next for a refund that has no credit note yet."""

    READY = "ready"
    LESS_LEFT = "less_left"
    COVERED = "covered"
    DRAFTED = "drafted"
    NOT_ISSUED = "not_issued"
    NO_INVOICE = "no_invoice"


DONE = frozenset({Turn.COVERED})
"""Nothing comes next: other credit notes have taken the line whole."""


@dataclass(frozen=True)
class Waiting:
    """A refund, the line that sold it, what is left of that without VAT, the drafted credit note, and what comes next."""

    refund: Refund
    line: InvoiceLine | None
    left: Decimal
    note: Invoice | None
    turn: Turn

    @property
    def left_money(self) -> Money:
        """What is left of the line."""
        return Money(self.left, self.refund.net.currency)


def pull_refunds(*, by: Person | None, at: datetime) -> list[Invoice]:
    """A drafted credit note for each refund whose line has enough left (rule C13)."""
    found = (draft(waiting.refund, by=by, at=at) for waiting in waiting_now() if waiting.turn == Turn.READY)
    return [note for note in found if note is not None]


@transaction.atomic
def draft(refund: Refund, *, by: Person | None, at: datetime) -> Invoice | None:
    """Draft the credit note of a refund. None: somebody was first, or other credit notes were. Raises NothingSold."""
    line, left = _locked_line(refund)
    if InvoiceLine.objects.filter(refund=refund).exists() or refund.net.amount > left:
        return None
    return _drafted(refund, line, refund.net.amount, by=by, at=at)


@transaction.atomic
def credit(refund: Refund, *, by: Person, at: datetime) -> Invoice:
    """Draft the credit note of a refund and issue it, in one step (rule C13). Twice returns it.

    Raises NotAllowed for anybody but finance, NothingSold, LessLeft(left), and what issuing raises.
    """
    life.check_finance(by)
    line, left = _locked_line(refund)
    note = _note_of(refund)
    if note is None and refund.net.amount > left:
        raise LessLeft(Money(left, line.invoice.currency))
    note = note or _drafted(refund, line, refund.net.amount, by=by, at=at)
    return crediting.issue(note, by=by, at=at)


@transaction.atomic
def credit_rest(refund: Refund, *, by: Person, at: datetime) -> Invoice:
    """The same where other credit notes have been first: what is left of the line is credited, and the refund is done.

    Raises NotAllowed for anybody but finance, NothingSold, NothingToCredit, and what issuing raises.
    """
    life.check_finance(by)
    line, left = _locked_line(refund)
    note = _note_of(refund)
    if note is None and (left <= 0 or not refund.net.amount):
        raise crediting.NothingToCredit
    note = note or _drafted(refund, line, min(left, refund.net.amount), by=by, at=at)
    return crediting.issue(note, by=by, at=at)


def not_credited() -> QuerySet[Refund]:
    """The refunds of money that have neither an issued credit note nor gone to the client's money with us, the oldest first.

    Credit that a credit note took back while its invoice was unpaid has that note already (`credits.credited`).
    """
    without = Q(invoice_line=None) | ~Q(invoice_line__invoice__state=InvoiceState.ISSUED)
    refunds = Refund.objects.filter(without, net__gt=0, kept=None).exclude(entry__cause__startswith="credit-note:")
    return refunds.select_related("entry__account__organisation", "entry__by", "lot").order_by("pk")


def waiting_now(refunds: Iterable[Refund] | None = None) -> list[Waiting]:
    """What comes next for each of the refunds; of all that wait where none are named. A fixed number of queries and one for each move."""
    listed = list(not_credited() if refunds is None else refunds)
    roots = roots_of({refund.lot_id for refund in listed})
    lines = _lines_of(set(roots.values()))
    drafted = {line.refund_id: line.invoice for line in _drafted_lines(listed)}
    return [_waiting(refund, lines.get(roots[refund.lot_id]), drafted.get(refund.pk)) for refund in listed]


def roots_of(lots: set[int]) -> dict[int, int]:
    """Of each lot the first one that its credit was moved from, by number; itself where it never moved."""
    origin: dict[int, int | None] = {}
    wanted = set(lots)
    while wanted:
        origin |= dict(Lot.objects.filter(pk__in=wanted).values_list("pk", "origin_id"))
        wanted = {first for first in origin.values() if first is not None} - set(origin)
    return {lot: _root(lot, origin) for lot in lots}


def _root(lot: int, origin: dict[int, int | None]) -> int:
    while (before := origin[lot]) is not None:
        lot = before
    return lot


def _lines_of(lots: set[int]) -> dict[int, InvoiceLine]:
    """The line that sold each lot, with what was credited of it."""
    lines = InvoiceLine.objects.filter(top_up__lot__in=lots).select_related("top_up", "invoice__organisation")
    counted = lines.annotate(taken=Sum("credited_by__net", default=Decimal(0)))
    return {line.top_up.lot_id: line for line in counted if line.top_up and line.top_up.lot_id}


def _drafted_lines(refunds: list[Refund]) -> QuerySet[InvoiceLine]:
    return InvoiceLine.objects.filter(refund__in=refunds).select_related("invoice")


def _waiting(refund: Refund, line: InvoiceLine | None, note: Invoice | None) -> Waiting:
    left = line.net - line.taken if line is not None else Decimal(0)  # type: ignore[attr-defined]
    return Waiting(refund, line, left, note, _turn(refund, line, left, note))


def _turn(refund: Refund, line: InvoiceLine | None, left: Decimal, note: Invoice | None) -> Turn:
    if note is not None:
        return Turn.DRAFTED
    if line is None:
        return Turn.NO_INVOICE
    if line.invoice.state != InvoiceState.ISSUED:
        return Turn.NOT_ISSUED
    if left <= 0:
        return Turn.COVERED
    return Turn.READY if refund.net.amount <= left else Turn.LESS_LEFT


def _locked_line(refund: Refund) -> tuple[InvoiceLine, Decimal]:
    """The line that sold what was refunded, its invoice locked after the accounts on it, and what is left of it to be credited."""
    root = roots_of({refund.lot_id})[refund.lot_id]
    line = _lines_of({root}).get(root)
    if line is None or line.invoice.state != InvoiceState.ISSUED or line.invoice.kind != InvoiceKind.INVOICE:
        raise NothingSold
    sources.lock_accounts(line.invoice)
    line.invoice = life.locked_issued(line.invoice)
    return line, crediting.left_of(line.invoice)[line.pk]


def _note_of(refund: Refund) -> Invoice | None:
    line = InvoiceLine.objects.filter(refund=refund).select_related("invoice__preceding").first()
    return line.invoice if line is not None else None


def _drafted(refund: Refund, line: InvoiceLine, net: Decimal, *, by: Person | None, at: datetime) -> Invoice:
    tax = to_cents(net * line.vat_percent / 100)
    facts = {"net_differs": str(net - refund.net.amount), "vat_differs": str(tax - refund.vat.amount)}
    lines, cause = [_line(refund, line, net)], f"refund:{refund.pk}"
    return crediting.draft(line.invoice, lines, reason=refund.entry.reason, by=by, at=at, cause=cause, refund=str(refund.pk), **facts)


def _line(refund: Refund, line: InvoiceLine, net: Decimal) -> InvoiceLine:
    """By the minute where that comes to the same, else as one sum: bonus minutes and shares of a price have no price of an hour."""
    with override(line.invoice.language):
        text = _("Unused credit, %(size)s: %(what)s") % {"size": hours(refund.minutes), "what": line.text}
    credited = InvoiceLine(text=text[:300], net=net, vat_percent=line.vat_percent, credits=line, refund=refund)
    by_minute = to_cents(line.price * refund.minutes / MINUTES_OF_AN_HOUR)
    if line.unit == Unit.MINUTE and by_minute == net:
        credited.quantity, credited.unit = Decimal(refund.minutes), Unit.MINUTE
        credited.price, credited.base = line.price, MINUTES_OF_AN_HOUR
    else:
        credited.quantity, credited.unit, credited.price, credited.base = Decimal(1), Unit.PIECE, net, 1
    return credited
