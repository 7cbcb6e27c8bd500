"""How invoices got out, at the desk: what was not delivered, and sending again (rule I4)."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clients.access import has_duty
from clients.desk import StaffRequest
from clients.models import StaffDuty
from core.forms import ActForm
from invoicing import life
from invoicing.models import Transmission, TransmissionChannel
from invoicing.sending_forms import SendForm
from invoicing.transmission import queueing
from invoicing.views import desk_invoice
from invoicing.views.offering import for_finance

PAGE_LENGTH = 50


@require_safe
@for_finance
def undelivered(request: StaffRequest) -> HttpResponse:
    """What did not arrive, the latest first."""
    rows = Transmission.objects.visible_to(request.user).undelivered().select_related("invoice__organisation").order_by("-pk")
    context = {
        "page": Paginator(rows, PAGE_LENGTH).get_page(request.GET.get("page")),
        "may_act": has_duty(request.user, StaffDuty.FINANCE),
    }
    return render(request, "invoicing/desk/undelivered.html", context)


@require_POST
@for_finance
def again(request: StaffRequest, transmission_id: int) -> HttpResponse:
    """Send once more what did not arrive."""
    life.check_finance(request.user)
    seen = Transmission.objects.visible_to(request.user).select_related("invoice")
    row, form = get_object_or_404(seen, pk=transmission_id), ActForm(request.POST)
    if form.carried_out(lambda _said: queueing.again(row, by=request.user, at=timezone.now())):
        messages.success(request, _("It is on its way again."))
        return redirect("desk-invoice", row.invoice_id)
    return desk_invoice.show(request, desk_invoice.find(request, row.invoice_id), status=form.status, again_form=form)


@require_POST
@for_finance
def send(request: StaffRequest, invoice_id: int) -> HttpResponse:
    """Send an issued invoice by hand."""
    found = desk_invoice.find(request, invoice_id)
    form = SendForm(request.POST, by_peppol=not queueing.why_not_peppol(found))

    def act(said: dict[str, Any]) -> None:
        cause, channel = f"hand:{found.pk}:{request.user.pk}:{said['key']}", TransmissionChannel(said["channel"])
        queueing.send(found, channel, address=said["address"], by=request.user, at=timezone.now(), cause=cause)

    if form.carried_out(act):
        messages.success(request, _("It is on its way."))
        return redirect("desk-invoice", found.pk)
    return desk_invoice.show(request, found, status=form.status, send_form=form)
