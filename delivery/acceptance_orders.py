"""The purchase order of a cost: asked for where it is accepted, used with its sum, free again with a withdrawn task (rule I8).

Only where an invoice pays: credit was ordered on an order of its own.
"""

from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _
from djmoney.money import Money

from credits import order_numbers
from delivery.models import Acceptance, DeliveryTask, Estimate, EstimateKind, PaysWith


def settled(estimate: Estimate, number: str, *, at: datetime) -> str:
    """The number that a yes to the estimate bears: what was given, else the client's usual purchase order.

    Raises OrderNumberMissing, and where the number names a purchase order what `clients.purchase_orders.use` refuses.
    """
    organisation, net = estimate.task.organisation, Money(estimate.net, estimate.currency)
    found = order_numbers.settled(organisation, number, at=at) if estimate.net > 0 else number
    order_numbers.require(organisation, found, net=net, at=at)
    return found


def take(estimate: Estimate, acceptance: Acceptance, *, at: datetime) -> None:
    """Use the purchase order that the complete acceptance names. Raises what `clients.purchase_orders.use` refuses."""
    if acceptance.pays_with != PaysWith.INVOICE:
        return
    task, net = estimate.task, Money(estimate.net, estimate.currency)
    with translation.override(task.organisation.language):
        words = _("D%(number)s %(title)s") if estimate.kind == EstimateKind.FIRST else _("D%(number)s %(title)s, change")
        text = words % {"number": task.pk, "title": task.title}
    order_numbers.take(task.organisation, acceptance.order_reference, net=net, cause=_cause(estimate.pk), text=text, at=at)


def give_back(task: DeliveryTask, *, at: datetime) -> None:
    """Of a task that is withdrawn before work nothing is invoiced: its purchase orders are free of it."""
    for number in task.estimates.order_by("pk").values_list("pk", flat=True):
        order_numbers.give_back(_cause(number), at=at)


def _cause(estimate: int) -> str:
    return f"delivery:estimate:{estimate}"
