"""Purchase orders, for tests."""

from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from djmoney.money import Money

from clients import purchase_orders
from clients.models import PurchaseOrder
from clients.purchase_orders import Wanted
from tests.cast import NOON, Client

_numbers = count(1)
FIRST, LAST = date(2026, 11, 1), date(2026, 12, 31)


def kronor(amount: Decimal | int | str) -> Money:
    """So much in SEK."""
    return Money(Decimal(amount), "SEK")


def an_order(
    client: Client, net: Decimal | int | str = 10_000, number: str = "PO 7", *, at: datetime = NOON, **fields: Any
) -> PurchaseOrder:
    """Opened by the approver, for November and December 2026."""
    given: dict[str, Any] = {"number": number, "net": kronor(net), "starts_on": FIRST, "ends_on": LAST}
    wanted = Wanted(**(given | fields))
    cause = f"test:purchase-order:{next(_numbers)}"
    return purchase_orders.open_order(organisation=client.organisation, wanted=wanted, cause=cause, by=client.approver, at=at)


def use(order: PurchaseOrder, net: Decimal | int | str, cause: str = "", *, at: datetime = NOON) -> PurchaseOrder:
    """So much of it is ordered; the order as it is then."""
    purchase_orders.use(order, net=kronor(net), cause=cause or f"test:use:{next(_numbers)}", at=at)
    order.refresh_from_db()
    return order
