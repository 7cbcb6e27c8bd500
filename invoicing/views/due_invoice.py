"""One late invoice at the desk: what it costs, its reminders and charges, more time; and the reference rates (rules I5, I8)."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clients.access import has_duty
from clients.agreements import local_date
from clients.desk import StaffRequest
from clients.models import StaffDuty
from core.formatting import money
from core.forms import ReasonForm
from core.once import at_one_moment
from invoicing import charging, due_shown, life, rates, stopping
from invoicing.due_forms import ExtensionForm, KeyedForm, RateForm
from invoicing.models import Invoice, InvoiceKind, InvoiceState, LateCharge
from invoicing.views.desk_invoice import find
from invoicing.views.offering import for_finance


@require_safe
@for_finance
def late(request: StaffRequest, invoice_id: int) -> HttpResponse:
    """What the invoice costs late, and what was done about it."""
    return _show(request, _find(request, invoice_id))


@require_POST
@for_finance
def charge(request: StaffRequest, invoice_id: int) -> HttpResponse:
    """Charge what it has cost late so far."""
    found, form = _find(request, invoice_id), KeyedForm(request.POST)

    def make(said: dict[str, Any]) -> None:
        cause = f"late:{found.pk}:{request.user.pk}:{said['key']}"
        charging.charge(found, by=request.user, at=timezone.now(), cause=cause)

    if form.carried_out(make):
        messages.success(request, _("The late charge is made. It becomes a draft with what is billable next."))
        return redirect("desk-invoice-late", found.pk)
    return _show(request, found, status=form.status, charge_form=form)


@require_POST
@for_finance
def extend(request: StaffRequest, invoice_id: int) -> HttpResponse:
    """Give the client more time to pay."""
    found, form = _find(request, invoice_id), ExtensionForm(request.POST)

    def give(said: dict[str, Any]) -> None:
        cause = f"extension:{found.pk}:{request.user.pk}:{said['key']}"
        given = {"until_on": said["until_on"], "reason": said["reason"]}
        stopping.extend(found, **given, by=request.user, at=timezone.now(), cause=cause)

    if form.carried_out(give):
        messages.success(request, _("The client has more time to pay, and is told."))
        return redirect("desk-invoice-late", found.pk)
    return _show(request, found, status=form.status, extension_form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@for_finance
def waive(request: StaffRequest, charge_id: int) -> HttpResponse:
    """Let the client off a charge, with a reason."""
    life.check_finance(request.user)
    seen = LateCharge.objects.filter(invoice__in=Invoice.objects.visible_to(request.user)).select_related("invoice__organisation")
    found = get_object_or_404(seen, pk=charge_id)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.carried_out(lambda said: charging.waive(found, reason=said["reason"], by=request.user, at=timezone.now())):
        messages.success(request, _("The client is let off this charge."))
        return redirect("desk-invoice-late", found.invoice_id)
    act = {
        "title": _("Waive a late charge"),
        "sentence": _("%(sum)s is not invoiced, now or later. The reason stays to be read.") % {"sum": money(found.total_money)},
        "label": _("Waive it"),
    }
    return render(request, "invoicing/desk/act.html", {"invoice": found.invoice, "act": act, "form": form}, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@for_finance
def reference_rates(request: StaffRequest) -> HttpResponse:
    """The reference rates, and writing one down: by finance and administrators."""
    form = RateForm(request.POST if request.method == "POST" else None)
    if form.carried_out(lambda said: rates.write_down(**said, by=request.user, at=timezone.now())):
        messages.success(request, _("The reference rate is written down."))
        return redirect("desk-reference-rates")
    context = {"form": form, "rates": rates.known(), "missing": rates.missing(timezone.now())}
    return render(request, "invoicing/desk/reference_rates.html", context, status=form.status)


def _find(request: StaffRequest, invoice_id: int) -> Invoice:
    """An issued invoice: a draft or a credit note is never late."""
    found = find(request, invoice_id)
    if found.state != InvoiceState.ISSUED or found.kind != InvoiceKind.INVOICE:
        raise Http404
    return found


@at_one_moment()
def _show(request: StaffRequest, found: Invoice, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page; `more` are forms that were refused."""
    acts = has_duty(request.user, StaffDuty.FINANCE)
    shown = due_shown.of(found, today=local_date(timezone.now()))
    context: dict[str, Any] = {
        "invoice": found,
        "late": shown,
        "may_act": acts,
        "charge_form": KeyedForm() if acts and shown.may_charge else None,
        "extension_form": ExtensionForm() if acts and found.open.amount > 0 and shown.stop is None else None,
        "stop_form": KeyedForm() if acts and found.open.amount > 0 else None,
    }
    return render(request, "invoicing/desk/late.html", context | more, status=status)
