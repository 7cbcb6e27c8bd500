"""The number that stands on what a client orders, and the purchase order that it names (rules C16, I8).

It is asked for at the order, not at the invoice. Where it names a purchase order of the client's own, the order is used with
the net sum in the same transaction; otherwise it is only text. When most of an order is used, its people are told, once for
each crossing: the floor of purchase orders knows no mail.
"""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from djmoney.money import Money

from clients import access, purchase_orders
from clients.models import Organisation, PurchaseOrder, PurchaseOrderUse
from clients.purchase_orders import OrderNumberMissing
from notices import outbox
from people.models import Person

__all__ = ["OrderNumberMissing", "change", "give_back", "orders_of", "require", "settled", "take"]


def settled(organisation: Organisation, number: str, *, at: datetime) -> str:
    """What stands on an order: the number that was given, else the client's usual purchase order.

    Raises OrderNumberMissing where there is neither, and the client needs one (rule I8).
    """
    found = purchase_orders.number_for(organisation, at=at, besides=purchase_orders.said(number))
    if organisation.needs_order and not found:
        raise OrderNumberMissing
    return found


def require(organisation: Organisation, number: str, *, net: Money, at: datetime) -> None:
    """Refuse what cannot be ordered on the purchase order that `number` names, if it names one. Raises what `use` does."""
    order = purchase_orders.named(organisation, number)
    if order is not None and net.amount > 0:
        purchase_orders.require(order, net=net, at=at)


@transaction.atomic
def take(organisation: Organisation, number: str, *, net: Money, cause: str, text: str, at: datetime) -> PurchaseOrderUse | None:
    """Use the client's purchase order that `number` names with `net`, for `cause` (rule I8). None: it names none, or nothing is due.

    Raises what `clients.purchase_orders.use` refuses.
    """
    order = purchase_orders.named(organisation, number)
    if order is None or net.amount <= 0:
        return None
    used = purchase_orders.use(order, net=net, cause=cause, at=at, text=text)
    _warn(used.order, at=at)
    return used


@transaction.atomic
def give_back(cause: str, *, at: datetime) -> PurchaseOrderUse | None:
    """What `cause` used of a purchase order is free again; None where it used none."""
    return purchase_orders.release(cause=cause, at=at)


@transaction.atomic
def change(order: PurchaseOrder, *, net: Money, ends_on: date, reason: str, by: Person, at: datetime) -> PurchaseOrder:
    """What `clients.purchase_orders.change` does, and word where most of the new sum is used."""
    changed = purchase_orders.change(order, net=net, ends_on=ends_on, reason=reason, by=by, at=at)
    _warn(changed, at=at)
    return changed


def orders_of(causes: Mapping[str, int]) -> dict[int, int]:
    """The purchase orders that these causes have used, by what each cause stands for. One query."""
    uses = PurchaseOrderUse.objects.filter(cause__in=causes).values_list("cause", "order")
    return {causes[cause]: order for cause, order in uses}


def _warn(order: PurchaseOrder, *, at: datetime) -> None:
    """Tell the client's approvers and account manager that most of it is used, if that came at this very instant."""
    if order.warned_at != at:
        return
    people = [*access.approvers(order.organisation, at=at), *access.managers(order.organisation)]
    cause = f"purchase-order:{order.pk}:warned:{order.warnings}"
    outbox.compose(cause=cause, people=dict.fromkeys(people), template="credits/mail/order_mostly_used", context={"order": order}, at=at)
