"""How an invoice stands, in one word (rules I1, I3, I5): the same at the desk, in the portal and in files.

Pure: no models, no clock, no I/O.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True)
class Standing:
    """A state for people: its code, its word, and the colour of its tag."""

    code: str
    word: str | Promise
    tone: str


DRAFT = Standing("draft", pgettext_lazy("an invoice", "Draft"), "quiet")
DROPPED = Standing("dropped", pgettext_lazy("an invoice", "Dropped"), "quiet")
OPEN = Standing("open", pgettext_lazy("an invoice", "Open"), "held")
PART_PAID = Standing("part_paid", pgettext_lazy("an invoice", "Part paid"), "held")
OVERDUE = Standing("overdue", pgettext_lazy("an invoice", "Overdue"), "owed")
PAID = Standing("paid", pgettext_lazy("an invoice", "Paid"), "credit")
WRITTEN_OFF = Standing("written_off", pgettext_lazy("an invoice", "Written off"), "quiet")
CREDITED = Standing("credited", pgettext_lazy("an invoice", "Credited"), "quiet")
CREDIT_NOTE = Standing("credit_note", _("Credit note"), "quiet")


@dataclass(frozen=True, kw_only=True)
class Sums:
    """What is to be paid, what has come in or counts as if it had, what was taken back, and what of `paid` was written off."""

    payable: Decimal
    paid: Decimal
    credited: Decimal
    written_off: Decimal = Decimal(0)

    @property
    def open(self) -> Decimal:
        """What is still to be paid; less than nothing where too much came in."""
        return self.payable - self.credited - self.paid


def of(*, kind: str, state: str, sums: Sums, due_on: date | None, today: date) -> Standing:
    """How it stands on the day `today`. The last day to pay is in time; what is overdue is so whatever part of it was paid."""
    if state != "issued":
        return DRAFT if state == "draft" else DROPPED
    if kind == "credit_note":
        return CREDIT_NOTE
    if sums.payable > 0 and sums.credited >= sums.payable:
        return CREDITED
    if sums.open <= 0:
        return WRITTEN_OFF if sums.written_off > 0 else PAID
    if days_overdue(due_on, today) > 0:
        return OVERDUE
    return PART_PAID if sums.paid > 0 else OPEN


def days_overdue(due_on: date | None, today: date) -> int:
    """How many days have passed since the last day to pay; nothing while there is time."""
    return max((today - due_on).days, 0) if due_on is not None else 0
