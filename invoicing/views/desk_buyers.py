"""What a client asks of our invoices, and whether it is reminded (rules I5, I8)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clients.access import has_duty
from clients.desk import StaffRequest
from clients.models import Organisation, StaffDuty
from core.forms import ActForm, ReasonForm
from invoicing import buyers, life, terms, vat_checks
from invoicing.desk_forms import BuyerForm
from invoicing.figures_forms import PressForm
from invoicing.models import Buyer
from invoicing.views.offering import for_finance

MOST_EDITS = 20


@require_http_methods(["GET", "HEAD", "POST"])
@for_finance
def buyer(request: StaffRequest, organisation_id: int) -> HttpResponse:
    """Look at what the client asks, and write it down."""
    client = get_object_or_404(Organisation, pk=organisation_id)
    if request.method != "POST":
        return _show(request, client)
    life.check_finance(request.user)
    form = BuyerForm(request.POST)
    if form.carried_out(lambda _said: buyers.change(client, form.asked, by=request.user, at=timezone.now())):
        messages.success(request, _("Written down. It holds for what is drafted and issued from now on."))
        return redirect("desk-buyer", client.pk)
    return _show(request, client, status=form.status, form=form)


@require_POST
@for_finance
def stop_reminders(request: StaffRequest, organisation_id: int) -> HttpResponse:
    """Remind nobody of the client, for a reason."""
    client, form = get_object_or_404(Organisation, pk=organisation_id), ReasonForm(request.POST)
    if form.carried_out(lambda said: buyers.stop_reminders(client, reason=said["reason"], by=request.user, at=timezone.now())):
        messages.success(request, _("The client gets no reminders until you let them go out again."))
        return redirect("desk-buyer", client.pk)
    return _show(request, client, status=form.status, stop_form=form)


@require_POST
@for_finance
def resume_reminders(request: StaffRequest, organisation_id: int) -> HttpResponse:
    """Let reminders go out again."""
    client, form = get_object_or_404(Organisation, pk=organisation_id), ActForm(request.POST)
    if form.carried_out(lambda _said: buyers.resume_reminders(client, by=request.user, at=timezone.now())):
        messages.success(request, _("Reminders go out again."))
        return redirect("desk-buyer", client.pk)
    return _show(request, client, status=form.status)


@require_POST
@for_finance
def check_number(request: StaffRequest, organisation_id: int) -> HttpResponse:
    """Ask VIES about the client's VAT number, and keep what it says (rule I2)."""
    client, form = get_object_or_404(Organisation, pk=organisation_id), PressForm(request.POST)
    at, by = timezone.now(), request.user

    def ask(said: dict[str, Any]) -> None:
        vat_checks.check(client, by=by, at=at, cause=f"hand:{client.pk}:{by.pk}:{said['key']}")

    if form.carried_out(ask):
        messages.success(request, _("VIES was asked. What it said stands with the VAT number."))
        return redirect("desk-buyer", client.pk)
    return _show(request, client, status=form.status, check_form=form)


def _show(request: StaffRequest, client: Organisation, *, status: int = 200, **more: Any) -> HttpResponse:
    asked, acts = terms.buyer_of(client), has_duty(request.user, StaffDuty.FINANCE)
    context: dict[str, Any] = {
        "client": client,
        "buyer": asked,
        "ours": terms.current(),
        "may_act": acts,
        "form": BuyerForm(initial={name: getattr(asked, name) for name in BuyerForm.NAMES}) if acts else None,
        "check_form": PressForm() if acts and client.vat_number else None,
        "vat_check": vat_checks.latest_of(client),
        "vat_checks": vat_checks.history_of(client),
        "stop_form": ReasonForm() if acts and asked.reminders_stopped_at is None else None,
        "edits": Buyer.history.filter(organisation=client)
        .select_related("history_user")
        .order_by("-history_date", "-history_id")[:MOST_EDITS],
    }
    return render(request, "invoicing/desk/buyer.html", context | more, status=status)


def _edits(client: Organisation) -> Any:
    """Who wrote something down when, the newest first."""
    found = Buyer.history.filter(organisation=client).select_related("history_user")
    return found.order_by("-history_date", "-history_id")[:MOST_EDITS]
