"""What lots and debts are worth in the books, and where that stands now (rules I2, I6).

A lot that an invoice of ours sold is worth what that invoice, less what was credited of it before, said in the currency of
the books. Any other, such as an opening balance, is worth its price at the rate of the day it was granted. A prepayment is no
debt in money: a rate that changes later changes nothing of it.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from clients import provider, sales, vat
from clients.agreements import local_date
from core.errors import DomainError
from credits.flows import Debt, Hold, Lot, to_cents
from invoicing import terms
from invoicing.books.shares import Left, Owed, Reduction, in_books
from invoicing.models import BookLot, BookMove, InvoiceLine, InvoiceState, Share

MINUTES_OF_AN_HOUR = 60


class LotUnknown(DomainError):
    """What granted the lot has not been posted."""

    def __init__(self, lot: Lot) -> None:
        super().__init__(lot.pk)
        self.lot = lot

    @property
    def message(self) -> str:
        """Which lot."""
        return _("What granted lot %(lot)s has not been posted yet. It was not posted.") % {"lot": self.lot.pk}


def line_of(lot: Lot) -> InvoiceLine | None:
    """The line of an issued invoice that sold the lot."""
    lines = InvoiceLine.objects.select_related("invoice", "top_up__lot")
    return lines.filter(top_up__lot=lot, invoice__state=InvoiceState.ISSUED).first()


def sold_for(line: InvoiceLine) -> Decimal:
    """What the line sold credit for, in the books: at its invoice's rate, or if the credit was there first, as it was worth then."""
    lot = line.top_up.lot if line.top_up else None
    invoice = line.invoice
    if lot is not None and invoice.issued_at is not None and lot.granted_at < invoice.issued_at:
        return at_rate_of(lot.total_price.amount, str(lot.total_price.currency), local_date(lot.granted_at))
    return in_books(line.net, invoice.rate or Decimal(1))


def was_credit(line: InvoiceLine) -> bool:
    """Whether what the line of a credit note takes back was credit in the ledger by then: only the ledger can take that back."""
    lot = line.credits.top_up.lot if line.credits and line.credits.top_up else None
    return lot is not None and line.invoice.issued_at is not None and lot.granted_at <= line.invoice.issued_at


def begun(lot: Lot) -> BookLot:
    """The lot, granted now, in the books. Raises RateMissing."""
    line = line_of(lot)
    if line is not None:
        total, treatment = sold_for(line) - _credited_before(line), line.invoice.vat_treatment
    else:
        total = at_rate_of(lot.total_price.amount, str(lot.total_price.currency), local_date(lot.granted_at))
        treatment = treatment_of(lot.vat_percent, lot)
    return BookLot.objects.create(lot=lot, line=line, total=total, vat_treatment=treatment, granted_minutes=lot.granted_minutes)


def of(lot: Lot) -> BookLot:
    """The lot in the books. Raises LotUnknown."""
    found = BookLot.objects.filter(lot=lot).first()
    if found is None:
        raise LotUnknown(lot)
    return found


def left(kept: BookLot, reductions: Mapping[int, tuple[Reduction, ...]] | None = None) -> Left:
    """What is left of it. One query where an invoice sold it, unless the `reductions` of all lots are at hand."""
    if reductions is None:
        reductions = reductions_of(kept.lot_id) if kept.line_id else {}
    return Left(kept.total, kept.granted_minutes, kept.used_minutes, kept.gone_minutes, reductions.get(kept.lot_id, ()))


def reductions_of(*lots: int) -> dict[int, tuple[Reduction, ...]]:
    """How prices were reduced, in order, by lot: of these, or of all. One query."""
    moves = BookMove.objects.filter(share=Share.REDUCED, **({"lot__in": lots} if lots else {}))
    found: dict[int, tuple[Reduction, ...]] = {}
    for lot, amount, over in moves.order_by("pk").values_list("lot", "amount", "over_minutes"):
        found[lot] = (*found.get(lot, ()), Reduction(-amount, over or 0))
    return found


def owed(debt: Debt) -> Owed:
    """The debt in the books: what was open of it after what has been posted. Raises RateMissing."""
    price = debt.price_per_hour
    total = to_cents(price.amount * debt.minutes / MINUTES_OF_AN_HOUR)
    opened = BookMove.objects.filter(debt=debt).aggregate(minutes=Sum("minutes"))["minutes"] or 0
    return Owed(at_rate_of(total, str(price.currency), debt.entry.occurred_on), debt.minutes, opened)


def treatment_of(percent: Decimal, thing: Lot | Debt | Hold) -> str:
    """With VAT it is domestic; without, as a sale to the client is treated."""
    return vat.Treatment.DOMESTIC if percent else sales.treatment(thing.account.organisation)


def at_rate_of(amount: Decimal, currency: str, day: date) -> Decimal:
    """An amount in the books at the rate of a day. Raises RateMissing."""
    rate, _since = terms.rate_to_books(currency, books=provider.current().currency, on=day)
    return in_books(amount, rate)


def _credited_before(line: InvoiceLine) -> Decimal:
    """What credit notes took back of the line before its order became credit."""
    notes = InvoiceLine.objects.filter(credits=line, invoice__state=InvoiceState.ISSUED).select_related("invoice", "credits__top_up__lot")
    return sum((in_books(taken.net, taken.invoice.rate or Decimal(1)) for taken in notes if not was_credit(taken)), Decimal(0))
