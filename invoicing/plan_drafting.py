"""Drafts of plan fees: what is due together of a client goes onto one invoice, apart from top-ups and deliveries (rules I1, I7, C3)."""

from datetime import datetime
from decimal import Decimal
from itertools import groupby

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from clients import sales
from clients.models import Organisation
from core.formatting import span
from invoicing import composing, terms
from invoicing.facts import Unit
from invoicing.models import Invoice, InvoiceLine, PlanCharge
from people.models import Person


def pull_plan_fees(*, by: Person | None, at: datetime) -> list[Invoice]:
    """A draft for the plan fees of each client that are due together, one for each currency (rule I7)."""
    together = groupby(fees_to_invoice(), key=lambda charge: (charge.agreement.organisation, charge.currency))
    found = [draft_plan_fees(list(charges), by=by, at=at) for _key, charges in together]
    return [invoice for invoice in found if invoice is not None]


def fees_to_invoice() -> QuerySet[PlanCharge]:
    """The charges that cost something and have no line yet, by client and currency."""
    found = PlanCharge.objects.filter(invoice_line=None, net__gt=0).select_related("agreement__organisation", "plan")
    return found.order_by("agreement__organisation_id", "currency", "plan__position", "plan_id", "first", "pk")


@transaction.atomic
def draft_plan_fees(charges: list[PlanCharge], *, by: Person | None, at: datetime) -> Invoice | None:
    """One draft for these charges of one client (rule I7), with the VAT of today. None: somebody was first."""
    organisation, currency = charges[0].agreement.organisation, charges[0].currency
    percent = sales.percent(organisation, terms.current().plan_vat_percent)
    with override(organisation.language):
        lines = [_line(charge, percent) for charge in charges]
    cause = f"plan-fees:{organisation.pk}:{currency}:{max(charge.pk for charge in charges)}"
    return composing.written(composing.empty(organisation, cause=cause, currency=currency, by=by, at=at), lines, at=at, by=by)


def awaited_by(organisation: Organisation) -> QuerySet[PlanCharge]:
    """What the client was charged for and has not been invoiced."""
    return fees_to_invoice().filter(agreement__organisation=organisation)


def _line(charge: PlanCharge, percent: Decimal) -> InvoiceLine:
    said = {"plan": charge.plan.name, "code": charge.plan.code, "period": span(charge.first, charge.last)}
    return InvoiceLine(
        text=_("%(plan)s (%(code)s), %(period)s") % said,
        quantity=Decimal(1),
        unit=Unit.PIECE,
        price=charge.net,
        net=charge.net,
        vat_percent=percent,
        plan_charge=charge,
    )
