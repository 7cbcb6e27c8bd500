"""What was not ordered by anybody uses a purchase order when it is invoiced: fees of a plan, and debt (rules C11, I7, I8).

Top-ups and accepted costs use theirs when they are ordered. Where the invoice bears the number of a purchase order of the
client's, its sum and its days hold for the rest of it, too: the buyer would send the invoice back. What is credited whole
is free again.
"""

from datetime import datetime
from decimal import Decimal

from django.db.models import Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import override
from djmoney.money import Money

from credits import order_numbers
from invoicing.models import Invoice, InvoiceKind

NOT_ORDERED = Q(plan_charge__isnull=False) | Q(top_up__debt__isnull=False)
"""Lines of what came by itself."""


def take(invoice: Invoice, *, at: datetime) -> None:
    """Use the purchase order that the numbered, locked invoice names with what nobody ordered on it (rule I8).

    Raises what `clients.purchase_orders.use` refuses: the draft then stays one.
    """
    if invoice.kind != InvoiceKind.INVOICE:
        return
    net = invoice.lines.filter(NOT_ORDERED).aggregate(net=Sum("net", default=Decimal(0)))["net"]
    client = invoice.organisation
    with override(client.language):
        text = _("Invoice %(number)s") % {"number": invoice.number}
    order_numbers.take(client, invoice.order_reference, net=Money(net, invoice.currency), cause=_cause(invoice), text=text, at=at)


def give_back(invoice: Invoice, *, at: datetime) -> None:
    """What a wholly credited invoice used is free again; nothing where it used none."""
    order_numbers.give_back(_cause(invoice), at=at)


def _cause(invoice: Invoice) -> str:
    return f"invoice:{invoice.pk}"
