"""Invoices of late charges: what waits of a client goes onto one draft, a line for each late invoice, without VAT (rules I2, I5)."""

from datetime import datetime
from decimal import Decimal
from itertools import groupby

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override
from djmoney.money import Money

from core.formatting import money
from invoicing import composing, treatments
from invoicing.facts import Unit
from invoicing.models import Invoice, InvoiceLine, LateCharge
from people.models import Person


def pull_late_charges(*, by: Person | None, at: datetime) -> list[Invoice]:
    """A draft for each client and currency of which a late charge waits (rule I5)."""
    together = groupby(charges_to_invoice(), key=lambda charge: (charge.invoice.organisation_id, charge.invoice.currency))
    found = (draft_late_charges([charge.pk for charge in charges], by=by, at=at) for _client, charges in together)
    return [invoice for invoice in found if invoice is not None]


def charges_to_invoice() -> QuerySet[LateCharge]:
    """What was not waived and has no line yet, by client and currency."""
    waiting = LateCharge.objects.filter(waived_at=None, invoice_line=None).select_related("invoice__organisation")
    return waiting.order_by("invoice__organisation_id", "invoice__currency", "pk")


@transaction.atomic
def draft_late_charges(keys: list[int], *, by: Person | None, at: datetime) -> Invoice | None:
    """One draft of these charges, of those that nobody has waived since. None: somebody was first."""
    locked = set(LateCharge.objects.select_for_update().filter(pk__in=keys, waived_at=None).order_by("pk").values_list("pk", flat=True))
    charges = list(charges_to_invoice().filter(pk__in=locked))
    if not charges:
        return None
    late = charges[0].invoice
    draft = composing.empty(late.organisation, cause=f"late-charges:{charges[-1].pk}", currency=late.currency, by=by, at=at)
    draft.vat_treatment = treatments.NOT_A_SALE
    draft.order_reference = next((charge.invoice.order_reference for charge in charges if charge.invoice.order_reference), "")
    with override(draft.language):
        lines = [_line(charge) for charge in charges]
    return composing.written(draft, lines, at=at, by=by)


def _line(charge: LateCharge) -> InvoiceLine:
    return InvoiceLine(
        text=_text(charge),
        quantity=Decimal(1),
        unit=Unit.PIECE,
        price=charge.total,
        net=charge.total,
        vat_percent=Decimal(0),
        late_charge=charge,
    )


def _text(charge: LateCharge) -> str:
    """Which invoice was late, and what of it is interest, fees and compensation."""
    words = {_("interest"): charge.interest, _("reminders"): charge.fees, _("compensation for late payment"): charge.compensation}
    parts = ", ".join(f"{word} {money(Money(amount, charge.invoice.currency))}" for word, amount in words.items() if amount)
    return _("Late payment of invoice %(number)s: %(parts)s") % {"number": charge.invoice.number, "parts": parts}
