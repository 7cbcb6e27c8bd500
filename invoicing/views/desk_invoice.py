"""One invoice at the desk, and what finance does with it: references, issuing, payments (rules I1, I3, I8)."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from clients.access import has_duty
from clients.agreements import local_date
from clients.desk import StaffRequest
from clients.models import StaffDuty
from core.forms import ActForm
from core.once import at_one_moment
from invoicing import (
    documents,
    drafting,
    exchange_rates,
    listing,
    paper,
    referring,
    release,
    resolving,
    settlement,
    terms,
    unbacked,
    vat_checks,
    writing_off,
)
from invoicing.desk_forms import PaymentForm, ReferencesForm
from invoicing.models import Invoice, InvoiceEventKind, InvoiceKind, InvoiceState
from invoicing.sending_forms import SendForm
from invoicing.transmission import queueing
from invoicing.views.offering import for_finance

MOST_EVENTS = 100


@require_safe
@for_finance
def invoice(request: StaffRequest, invoice_id: int) -> HttpResponse:
    """One document with all that can be done with it."""
    return show(request, find(request, invoice_id))


@require_POST
@for_finance
def references(request: StaffRequest, invoice_id: int) -> HttpResponse:
    """Write the client's references on a draft (rule I8)."""
    found = find(request, invoice_id)
    form = ReferencesForm(request.POST, needs_order=found.organisation.needs_order)
    if form.carried_out(lambda said: drafting.change(found, by=request.user, at=timezone.now(), **said)):
        messages.success(request, _("The references stand on the draft."))
        return redirect("desk-invoice", found.pk)
    return show(request, found, status=form.status, references_form=form)


@require_POST
@for_finance
def issue(request: StaffRequest, invoice_id: int) -> HttpResponse:
    """Issue a draft, for ever (rule I1)."""
    found, form = find(request, invoice_id), ActForm(request.POST)
    if form.carried_out(lambda _said: release.issue(found, by=request.user, at=timezone.now())):
        of_note, of_invoice = _("The credit note is issued, and the client is told."), _("The invoice is issued, and the client is told.")
        messages.success(request, of_note if found.kind == InvoiceKind.CREDIT_NOTE else of_invoice)
        return redirect("desk-invoice", found.pk)
    return show(request, found, status=form.status, issue_form=form)


@require_POST
@for_finance
def pay(request: StaffRequest, invoice_id: int) -> HttpResponse:
    """Record a payment by hand; paid in full, a top-up becomes credit, and what waited for it moves on (rules C4, C6, I3)."""
    found, form, at = find(request, invoice_id), PaymentForm(request.POST), timezone.now()

    def record(said: dict[str, Any]) -> None:
        cause = f"hand:{found.pk}:{request.user.pk}:{said['key']}"
        record_it = resolving.receive if said["keep_rest"] else settlement.pay
        record_it(found, form.received(found.currency), by=request.user, at=at, cause=cause)

    if form.carried_out(record):
        messages.success(request, _told(_moved_on(found, at)))
        return redirect("desk-invoice", found.pk)
    form.ask_about_rest()
    return show(request, found, status=form.status, payment_form=form)


def find(request: StaffRequest, invoice_id: int) -> Invoice:
    """The document, if it is visible to who asks; 404 otherwise."""
    seen = Invoice.objects.visible_to(request.user).select_related("organisation", "preceding", "drafted_by", "issued_by")
    return get_object_or_404(seen, pk=invoice_id)


@at_one_moment()
def show(request: StaffRequest, found: Invoice, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page of the document; `more` are forms that were refused, by the name that the page knows them by."""
    today, acts = local_date(timezone.now()), has_duty(request.user, StaffDuty.FINANCE)
    is_draft = found.state == InvoiceState.DRAFT
    is_invoice = found.state == InvoiceState.ISSUED and found.kind == InvoiceKind.INVOICE
    said = {"buyer_reference": found.buyer_reference, "order_reference": found.order_reference}
    buyer = terms.buyer_of(found.organisation)
    context: dict[str, Any] = {
        "invoice": found,
        "standing": listing.standing_of(found, today=today),
        "paper": paper.of(found),
        "buyer": buyer,
        "obstacle": referring.LACKING if referring.lacks(found, buyer) else "",
        "rate_missing": exchange_rates.obstacles([found], today=today).get(found.pk, ""),
        "has_e_invoice": documents.has_e_invoice(found),
        "vat_check": vat_checks.latest_of(found.organisation),
        "events": found.events.select_related("by").order_by("-at", "-pk")[:MOST_EVENTS],
        "may_act": acts,
        "references_form": ReferencesForm(initial=said, needs_order=found.organisation.needs_order) if acts and is_draft else None,
        "issue_form": ActForm() if acts and is_draft else None,
        "payment_form": _payment_form(found, today) if acts and is_invoice and found.open.amount > 0 else None,
        "transmissions": list(found.transmissions.select_related("queued_by").order_by("-pk")),
        "send_form": _send_form(found) if acts and found.state == InvoiceState.ISSUED else None,
        "loose": unbacked.why(found) if acts else None,
        "is_over": acts and is_invoice and found.open.amount < 0,
        "may_credit": acts and is_invoice and found.credited < found.payable and not found.written_off,
        "may_write_off": acts and is_invoice and writing_off.may(found, at=timezone.now()),
    }
    return render(request, "invoicing/desk/invoice.html", context | more, status=status)


def _payment_form(found: Invoice, today: Any) -> PaymentForm:
    return PaymentForm(initial={"paid_on": today, "amount": found.open.amount})


def _send_form(found: Invoice) -> SendForm:
    return SendForm(by_peppol=not queueing.why_not_peppol(found))


def _moved_on(found: Invoice, at: datetime) -> int:
    """How many bookings followed the credit that this payment became (rule C6)."""
    settled = found.events.filter(kind=InvoiceEventKind.SETTLED, at=at).order_by("pk").last()
    return settled.facts.get("moved_on", 0) if settled is not None else 0


def _told(moved_on: int) -> str:
    """What the payment brought about."""
    recorded = _("The payment is recorded.")
    if not moved_on:
        return recorded
    followed = ngettext("%(number)s waiting booking moved on.", "%(number)s waiting bookings moved on.", moved_on)
    return f"{recorded} {followed % {'number': moved_on}}"
