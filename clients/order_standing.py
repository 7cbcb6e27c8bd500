"""How a purchase order stands on a day, in one word (rule I8). Pure: no clock, no queries."""

from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from clients.models import PurchaseOrder


@dataclass(frozen=True)
class Standing:
    """A state for people: its word, the colour of its tag, and whether something can be ordered on it."""

    word: str | Promise
    tone: str
    usable: bool = False


CLOSED = Standing(pgettext_lazy("a purchase order", "Closed"), "quiet")
ENDED = Standing(pgettext_lazy("a purchase order", "Ended"), "quiet")
NOT_BEGUN = Standing(pgettext_lazy("a purchase order", "Not begun"), "note")
EXHAUSTED = Standing(pgettext_lazy("a purchase order", "Used up"), "owed")
MOSTLY_USED = Standing(pgettext_lazy("a purchase order", "Mostly used"), "held", usable=True)
OPEN = Standing(pgettext_lazy("a purchase order", "Open"), "credit", usable=True)


def of(order: PurchaseOrder, *, today: date) -> Standing:
    """How it stands on the provider's local date `today`. Both its days are included."""
    if order.closed_at is not None:
        return CLOSED
    if today > order.ends_on:
        return ENDED
    if order.used_net >= order.net.amount:
        return EXHAUSTED
    if today < order.starts_on:
        return NOT_BEGUN
    return MOSTLY_USED if order.warned_at is not None else OPEN
