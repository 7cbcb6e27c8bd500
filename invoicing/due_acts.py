"""What finance does about many overdue invoices at once, each in a step of its own (rules I5, I8)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.errors import DomainError
from invoicing import reminding, stopping
from invoicing.models import Invoice
from people.models import Person


class Act(StrEnum):
    """What is done about them."""

    REMIND = "remind"
    STOP = "stop"
    RESUME = "resume"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One act about many; `key` is the form's: what it did before it does not do again."""

    act: Act
    reason: str
    key: str


def carry_out(asked: Asked, invoices: Iterable[Invoice], *, by: Person, at: datetime) -> tuple[list[Invoice], dict[int, str]]:
    """Those about which it was done, and for each of the others, by key, why not. Raises NotAllowed."""
    done, refused = [], {}
    for invoice in invoices:
        try:
            _act(asked, invoice, by=by, at=at)
        except DomainError as refusal:
            refused[invoice.pk] = str(refusal)
        else:
            done.append(invoice)
    return done, refused


def _act(asked: Asked, invoice: Invoice, *, by: Person, at: datetime) -> None:
    cause = f"overdue:{asked.act}:{invoice.pk}:{by.pk}:{asked.key}"
    if asked.act == Act.REMIND:
        reminding.remind(invoice, by=by, at=at, cause=cause)
    elif asked.act == Act.STOP:
        stopping.stop(invoice, reason=asked.reason, by=by, at=at, cause=cause)
    else:
        stopping.resume(invoice, by=by, at=at)
