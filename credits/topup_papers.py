"""What an app above has to say of orders of credit: that it invoices them, which of them, and where (rules C4, I1).

Credit knows nothing of invoices. Whoever makes them registers here when it is ready.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from clients import agreements
from clients.models import CreditOn, Organisation
from credits.models import TopUp


@dataclass(frozen=True)
class Page:
    """A document of an app above that stands for an order, as lists show it. `binds`: the order cannot be withdrawn any more."""

    label: str
    url: str
    binds: bool


_bound_by: list[tuple[Callable[[TopUp], bool], Callable[[Sequence[TopUp]], Mapping[int, Page]]]] = []
_granted_by: list[Callable[[], bool]] = []


def bind_by(binds: Callable[[TopUp], bool], *, shown: Callable[[Sequence[TopUp]], Mapping[int, Page]]) -> None:
    """Let an app above say of which orders its documents stand, so that they cannot be withdrawn any more (rule I1).

    `shown` says the same of many at once, for lists: the documents by the number of the order.
    """
    if (binds, shown) not in _bound_by:
        _bound_by.append((binds, shown))


def pages_of(top_ups: Sequence[TopUp]) -> dict[int, Page]:
    """The documents that stand for these orders, by the number of the order; as many queries as for one."""
    return {number: page for _binds, shown in _bound_by for number, page in shown(top_ups).items()}


def binds(top_up: TopUp) -> bool:
    """Whether a document stands for the order, so that it is not withdrawn any more (rule I1)."""
    return any(found(top_up) for found, _shown in _bound_by)


def granted_by_invoice(offered: Callable[[], bool]) -> None:
    """Let an app above say whether it makes invoices: then the credit of a trusted client comes when one is issued (rule C4)."""
    if offered not in _granted_by:
        _granted_by.append(offered)


def are_offered() -> bool:
    """Whether invoices are made here."""
    return any(offered() for offered in _granted_by)


def comes_with(client: Organisation, *, on: date) -> str:
    """With what an order of the client's of this day becomes credit: its `payment`, its `invoice`, or the `order` itself (rule C4)."""
    agreement = agreements.in_force(client, on=on)
    if agreement is None or agreement.credit_on == CreditOn.PAYMENT:
        return "payment"
    return "invoice" if are_offered() else "order"


def becomes_credit_by_invoice(top_up: TopUp) -> bool:
    """Whether an order of a trusted client is still to become credit when its invoice is issued (rule C4).

    What is free is never invoiced.
    """
    waits = top_up.credit_on == CreditOn.ISSUE and top_up.lot_id is None and top_up.net.amount > 0
    return waits and are_offered()
