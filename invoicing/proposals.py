"""What could be done about money that waits, each with what would follow from it, for a person to choose (rule I3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from djmoney.money import Money

from clients.models import Organisation
from core.formatting import money
from invoicing import known, matching
from invoicing.models import BankTransaction, Difficulty, Invoice, TransactionState
from invoicing.models.payments import MOST_ROUNDING

NAMED = (matching.Ground.REFERENCE, matching.Ground.REFERENCE_IN_GROUPS, matching.Ground.NUMBER)
OF_ITS_INVOICE = (Difficulty.UNDER, Difficulty.OVER, Difficulty.DOUBLE, Difficulty.CREDITED, Difficulty.CURRENCY, Difficulty.BAD_DEBT)
"""What waits for one of these names one invoice, and no other."""


@dataclass(frozen=True)
class Choice:
    """Paying one invoice: what speaks for it, and what would follow, in words; `rounded`: what would if the difference is rounding."""

    invoice: Invoice
    grounds: str
    effect: str
    rounded: str = ""


@dataclass(frozen=True)
class Waiting:
    """A movement that waits: why, what is left of it, and the invoices that may be meant.

    `client`: whose money it is, if everything that speaks for somebody speaks for one. `others`: invoices that may be meant, but
    are in another currency, and so cannot be paid by it.
    """

    row: BankTransaction
    left: Money
    choices: Sequence[Choice]
    client: Organisation | None = None
    others: Sequence[Invoice] = ()

    @property
    def pays(self) -> bool:
        """Whether it is money that came in and stays."""
        return self.row.amount > 0 and self.row.difficulty != Difficulty.REVERSAL


def open_rows() -> QuerySet[BankTransaction]:
    """What waits for a person, the oldest first, with `gone`: how much of it has gone somewhere."""
    found = BankTransaction.objects.filter(state=TransactionState.OPEN).exclude(difficulty="")
    return (
        found.annotate(gone=Coalesce(Sum("payments__amount"), Decimal(0)))
        .select_related("file", "proposed__organisation")
        .order_by("booked_on", "pk")
    )


def of(rows: Sequence[BankTransaction]) -> list[Waiting]:
    """Each of these rows (of `open_rows`) with its choices as things stand now."""
    answers = known.answers(rows)
    numbers = {one.invoice.number for answer in answers for one in _candidates(answer)}
    invoices = {row.number: row for row in Invoice.objects.filter(number__in=numbers).select_related("organisation")}
    return [_waiting(row, answer, invoices) for row, answer in zip(rows, answers, strict=True)]


def _candidates(answer: matching.Matched | matching.Proposed) -> tuple[matching.Candidate, ...]:
    if isinstance(answer, matching.Matched):
        return (matching.Candidate(invoice=answer.invoice, grounds=(matching.Ground.REFERENCE,)),)
    return answer.candidates


def _waiting(row: BankTransaction, answer: matching.Matched | matching.Proposed, invoices: dict[str | None, Invoice]) -> Waiting:
    left = Money(row.amount - getattr(row, "gone", Decimal(0)), row.currency)
    found = [(invoices[one.invoice.number], one) for one in _candidates(answer)]
    payable = [(invoice, one) for invoice, one in found if invoice.currency == row.currency and invoice.claim.amount > 0]
    choices = [_choice(left, invoice, one) for invoice, one in payable]
    others = [invoice for invoice, one in found if invoice.currency != row.currency and one.grounds[0] in NAMED]
    return Waiting(row, left, choices, _client(row, found), others)


def _choice(left: Money, invoice: Invoice, one: matching.Candidate) -> Choice:
    grounds = ", ".join(ground.said for ground in one.grounds)
    return Choice(invoice, grounds, _effect(left, invoice), _rounded(left, invoice))


def _client(row: BankTransaction, found: Sequence[tuple[Invoice, matching.Candidate]]) -> Organisation | None:
    """Whose invoice is named; else whose account or name it is: that a sum is the same tells nothing of whose it is."""
    if row.proposed is not None and row.difficulty in OF_ITS_INVOICE:
        return row.proposed.organisation
    clients = {invoice.organisation for invoice, one in found if set(one.grounds) != {matching.Ground.AMOUNT}}
    return clients.pop() if len(clients) == 1 else None


def _effect(left: Money, invoice: Invoice) -> str:
    """What paying this invoice would do."""
    paid = _paid(left, invoice)
    first = _("What was written off of it is taken back first.")
    return f"{paid} {first}" if invoice.written_off else paid


def _paid(left: Money, invoice: Invoice) -> str:
    is_open, client = invoice.claim, invoice.organisation
    if left > is_open:
        said = _("Invoice %(number)s is paid in full, and %(rest)s is kept as money of %(client)s.")
        return said % {"number": invoice.number, "rest": money(left - is_open), "client": client}
    if left == is_open:
        return _("Invoice %(number)s of %(client)s is paid in full.") % {"number": invoice.number, "client": client}
    said = _("%(sum)s is paid of invoice %(number)s of %(client)s; %(rest)s of it stays open.")
    return said % {"sum": money(left), "number": invoice.number, "client": client, "rest": money(is_open - left)}


def _rounded(left: Money, invoice: Invoice) -> str:
    """What taking the difference as rounding would do; nothing where it is too large."""
    difference = invoice.claim - left
    if not 0 < abs(difference.amount) <= MOST_ROUNDING:
        return ""
    said = _("Invoice %(number)s of %(client)s is paid in full, and the difference of %(sum)s is rounding.")
    return said % {"number": invoice.number, "client": invoice.organisation, "sum": money(abs(difference))}
