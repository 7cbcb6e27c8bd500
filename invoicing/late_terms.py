"""What late payment costs by what was agreed: frozen on the invoice when it is issued (rules P3, I5).

Fees and compensation are sums in the currency of the books: an invoice in another one bears interest only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from invoicing import pressing
from invoicing.models import Invoice, InvoiceKind, LateTerms

NOTHING = Decimal("0.00")


@dataclass(frozen=True, kw_only=True)
class Agreed:
    """What an invoice was issued under: whether interest runs and by how many points, sums for lateness and by step."""

    interest: bool = False
    points: Decimal = Decimal(8)
    compensation: Decimal = NOTHING
    fees: Mapping[int, Decimal] = field(default_factory=dict)


def current() -> LateTerms:
    """The terms in force now; where the profile has none, nothing is charged."""
    return LateTerms.objects.filter(pk=1).first() or LateTerms()


def to_freeze(invoice: Invoice, *, books: str) -> dict[str, Any]:
    """What is kept on an invoice that is issued now; nothing where nothing can cost. Interest and fees never bear interest."""
    if invoice.kind != InvoiceKind.INVOICE or invoice.lines.filter(late_charge__isnull=False).exists():
        return {}
    now = current()
    in_books = invoice.currency == books
    fees = {str(step.number): str(step.fee) for step in pressing.steps() if step.fee} if in_books else {}
    compensation = now.compensation if in_books else NOTHING
    if not (now.charges_interest or fees or compensation):
        return {}
    return {"interest": now.charges_interest, "points": str(now.points), "compensation": str(compensation), "fees": fees}


def of(invoice: Invoice) -> Agreed:
    """What the invoice was issued under."""
    kept = invoice.late_terms
    if not kept:
        return Agreed()
    return Agreed(
        interest=bool(kept["interest"]),
        points=Decimal(kept["points"]),
        compensation=Decimal(kept["compensation"]),
        fees={int(number): Decimal(fee) for number, fee in kept["fees"].items()},
    )
