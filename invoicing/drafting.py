"""Drafts: what is billable becomes a draft invoice, each source once (rules I1, I2, C3).

Invoicing pulls: it looks for top-ups that are ordered and deliveries that are to be invoiced, and takes each into one line,
one-to-one. A top-up has an invoice of its own (rule C3); of a delivery task all that is to be invoiced goes together. A
draft has no number, and can be changed or dropped; then its sources can be drafted again.
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from itertools import groupby

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from core.formatting import hours
from core.reasons import reasoned
from core.sentences import sentence
from credits.topups import TopUp, TopUpState
from delivery.models import Billable
from invoicing import composing, debts, life, plan_drafting, refunding, terms
from invoicing.facts import Unit
from invoicing.late_drafting import pull_late_charges
from invoicing.models import Invoice, InvoiceEventKind, InvoiceLine, InvoiceState
from people.models import Person


def pull(*, at: datetime, by: Person | None = None) -> list[Invoice]:
    """Draft whatever is billable and has no line yet; drafts of withdrawn orders are dropped (rule I1).

    Late, twice or by two at once is harmless.
    """
    if terms.offered() is None:
        return []
    drop_withdrawn(at=at)
    return [invoice for puller in PULLERS for invoice in puller(by=by, at=at)]


def drop_withdrawn(*, at: datetime) -> int:
    """Drop the drafts of orders that were withdrawn since; how many (rule C4). Credit knows nothing of invoices: it is asked here."""
    withdrawn = Invoice.objects.filter(state=InvoiceState.DRAFT, lines__top_up__state=TopUpState.CANCELLED, lines__top_up__debt=None)
    return sum(_drop_withdrawn(draft, at=at) for draft in withdrawn.order_by("pk").distinct())


def pull_due(at: datetime) -> int:
    """The same as a job: how many drafts were made."""
    return len(pull(at=at))


def pull_top_ups(*, by: Person | None, at: datetime) -> list[Invoice]:
    """A draft for each top-up that waits for payment (rule C3)."""
    found = (draft_top_up(top_up, by=by, at=at) for top_up in top_ups_to_invoice())
    return [invoice for invoice in found if invoice is not None]


def pull_deliveries(*, by: Person | None, at: datetime) -> list[Invoice]:
    """A draft for each delivery task that something is to be invoiced of (rule D5)."""
    tasks = groupby(deliveries_to_invoice(), key=lambda billable: billable.task_id)
    found = (draft_delivery(list(billables), by=by, at=at) for _task, billables in tasks)
    return [invoice for invoice in found if invoice is not None]


def top_ups_to_invoice() -> QuerySet[TopUp]:
    """The orders that wait for payment and have no line yet, the oldest first. Free and withdrawn ones are none; debts have their month."""
    waiting = TopUp.objects.filter(state=TopUpState.ORDERED, invoice_line=None, net__gt=0, debt=None)
    return waiting.select_related("account__organisation").order_by("pk")


def deliveries_to_invoice() -> QuerySet[Billable]:
    """What deliveries have to be invoiced for and has no line yet, by task (rule D5)."""
    return Billable.objects.filter(invoice_line=None).select_related("task__organisation").order_by("task_id", "pk")


@transaction.atomic
def draft_top_up(top_up: TopUp, *, by: Person | None, at: datetime) -> Invoice | None:
    """A draft of its own for a top-up (rule C3), by the minute with the price of an hour (rule I2). None: somebody was first."""
    organisation = top_up.account.organisation
    with override(organisation.language):
        text = _("Prepaid server support, %(size)s, %(account)s") % {"size": hours(top_up.minutes), "account": top_up.account.name}
    line = InvoiceLine(
        text=text,
        quantity=Decimal(top_up.minutes),
        unit=Unit.MINUTE,
        price=top_up.price_per_hour.amount,
        base=composing.MINUTES_OF_AN_HOUR,
        net=top_up.net.amount,
        vat_percent=top_up.vat_percent,
        top_up=top_up,
    )
    draft = composing.empty(organisation, cause=f"top-up:{top_up.pk}", currency=str(top_up.net.currency), by=by, at=at)
    draft.order_reference = top_up.reference
    return composing.written(draft, [line], at=at, by=by)


@transaction.atomic
def draft_delivery(billables: list[Billable], *, by: Person | None, at: datetime) -> Invoice | None:
    """One draft for what a delivery task is to be invoiced for (rules C3, D5). None: somebody was first."""
    task = billables[0].task
    lines = [
        InvoiceLine(
            text=billable.text,
            quantity=Decimal(1),
            unit=Unit.PIECE,
            price=billable.net,
            net=billable.net,
            vat_percent=billable.vat_percent,
            billable=billable,
        )
        for billable in billables
    ]
    cause = f"delivery:{task.pk}:{billables[-1].pk}"
    draft = composing.empty(task.organisation, cause=cause, currency=billables[0].currency, by=by, at=at)
    draft.order_reference = next((billable.order_reference for billable in billables if billable.order_reference), "")
    return composing.written(draft, lines, at=at, by=by)


@transaction.atomic
def change(invoice: Invoice, *, buyer_reference: str, order_reference: str, by: Person, at: datetime) -> Invoice:
    """Write the client's references on a draft (rule I8). Raises NotAllowed, InvoiceIssued."""
    life.check_finance(by)
    invoice = life.locked_draft(invoice)
    said = buyer_reference.strip()[:80], order_reference.strip()[:80]
    if said == (invoice.buyer_reference, invoice.order_reference):
        return invoice
    invoice.buyer_reference, invoice.order_reference = said
    invoice.save(update_fields=["buyer_reference", "order_reference"])
    life.note(invoice, InvoiceEventKind.CHANGED, at=at, by=by, facts={"buyer": buyer_reference, "order": order_reference})
    return invoice


@transaction.atomic
def drop(invoice: Invoice, *, reason: str, by: Person, at: datetime) -> Invoice:
    """Drop a draft: its sources can be drafted again. Raises NotAllowed, InvoiceIssued, ReasonMissing, ReasonTooLong."""
    life.check_finance(by)
    invoice = life.locked_draft(invoice)
    return composing.dropped(invoice, reason=reasoned(reason), by=by, at=at)


@transaction.atomic
def _drop_withdrawn(draft: Invoice, *, at: datetime) -> bool:
    draft = life.locked(draft)
    if draft.state != InvoiceState.DRAFT:
        return False
    composing.dropped(draft, reason=sentence(lambda: _("The order was withdrawn.")), by=None, at=at)
    return True


PULLERS: tuple[Callable[..., list[Invoice]], ...] = (
    pull_top_ups,
    pull_deliveries,
    debts.pull_debts,
    pull_late_charges,
    plan_drafting.pull_plan_fees,
    refunding.pull_refunds,
)
"""What is looked through for something billable, in this order."""
