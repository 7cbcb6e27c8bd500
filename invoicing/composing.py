"""How a draft is put together: the empty one of a client, and its lines with the sums of them (rules I1, I2)."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from clients import purchase_orders, sales, vat
from clients.models import Organisation
from core.sentences import Sentence
from invoicing import life, terms
from invoicing.models import Invoice, InvoiceEventKind, InvoiceLine, InvoiceState
from people.models import Person

MINUTES_OF_AN_HOUR = 60
"""Time is priced by the minute: the price of an hour is for so many of them (rule I2)."""


def empty(organisation: Organisation, *, cause: str, currency: str, by: Person | None, at: datetime) -> Invoice:
    """A draft for the client without lines, in its language, with its VAT and the number of its usual purchase order. Not saved.

    `cause` names what it is about, once.
    """
    buyer = terms.buyer_of(organisation)
    return Invoice(
        organisation=organisation,
        cause=cause,
        currency=currency,
        drafted_at=at,
        drafted_by=by,
        buyer_reference=buyer.reference,
        order_reference=purchase_orders.number_for(organisation, at=at),
        language=organisation.language,
        vat_treatment=sales.treatment(organisation),
    )


def written(draft: Invoice, lines: Iterable[InvoiceLine], *, at: datetime, by: Person | None) -> Invoice | None:
    """The draft with its lines and sums; None where one of its sources has a line already."""
    lines = list(lines)
    rates = vat.by_rate((line.net, line.vat_percent) for line in lines)
    draft.net = sum((net for net, _tax in rates.values()), Decimal(0))
    draft.vat = sum((tax for _net, tax in rates.values()), Decimal(0))
    draft.total = draft.payable = draft.net + draft.vat
    try:
        with transaction.atomic():
            draft.save(force_insert=True)
            for position, line in enumerate(lines, start=1):
                line.invoice, line.position = draft, position
            InvoiceLine.objects.bulk_create(lines)
    except IntegrityError:
        return None
    life.note(draft, InvoiceEventKind.DRAFTED, at=at, by=by)
    return draft


def dropped(draft: Invoice, *, reason: str | Sentence, by: Person | None, at: datetime) -> Invoice:
    """The locked draft, without its lines: their sources are free again."""
    draft.lines.all().delete()
    draft.state, draft.cause = InvoiceState.DROPPED, f"{draft.cause}:dropped:{draft.pk}"
    draft.save(update_fields=["state", "cause"])
    life.note(draft, InvoiceEventKind.DROPPED, at=at, by=by, reason=reason)
    return draft
