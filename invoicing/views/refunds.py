"""Refunded credit at the desk and in the portal: its credit notes, its receipt, and credit that no money stands behind (rule C13)."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clients.access import has_duty
from clients.desk import StaffRequest
from clients.models import Organisation, StaffDuty
from clients.portal import SignedIn
from credits.ledger import Refund
from invoicing import final, life, refunding, unbacked
from invoicing.models import Invoice
from invoicing.payout_forms import FREEZE, REST, TAKE_BACK, UNFREEZE, RefundsForm, UnbackedForm
from invoicing.views.offering import for_clients, for_finance

PAGE_LENGTH = 25
VERBS = {FREEZE: unbacked.freeze, UNFREEZE: unbacked.unfreeze, TAKE_BACK: unbacked.take_back}


@require_http_methods(["GET", "HEAD", "POST"])
@for_finance
def refunds(request: StaffRequest) -> HttpResponse:
    """The refunds that have no credit note yet; a credit note is one click."""
    form = RefundsForm(request.POST if request.method == "POST" else None)
    if form.is_bound:
        life.check_finance(request.user)
    if form.carried_out(lambda said: _credit(request, said["refund"], said["act"])):
        return redirect("desk-refunds")
    page = Paginator(refunding.not_credited(), PAGE_LENGTH).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "waiting": refunding.waiting_now(page.object_list),
        "form": form,
        "may_act": has_duty(request.user, StaffDuty.FINANCE),
    }
    return render(request, "invoicing/desk/refunds.html", context, status=form.status)


@require_safe
@for_finance
def refund(request: StaffRequest, refund_id: int) -> HttpResponse:
    """The receipt of a refund, as the client has it."""
    found = get_object_or_404(_read(), pk=refund_id)
    return render(request, "invoicing/desk/refund.html", _receipt(found))


@require_safe
@for_clients
def own_refund(request: SignedIn, refund_id: int) -> HttpResponse:
    """The receipt of a refund, for the client's own people."""
    mine = Organisation.objects.of_member(request.user)
    found = get_object_or_404(_read().filter(entry__account__organisation__in=mine.values("pk")), pk=refund_id)
    return render(request, "invoicing/portal/refund.html", _receipt(found))


@require_http_methods(["GET", "HEAD", "POST"])
@for_finance
def credit_behind(request: StaffRequest, invoice_id: int) -> HttpResponse:
    """What becomes of credit of an invoice that nobody pays for (rules C4, I5)."""
    life.check_finance(request.user)
    invoice = get_object_or_404(Invoice.objects.visible_to(request.user).select_related("organisation"), pk=invoice_id)
    form = UnbackedForm(request.POST if request.method == "POST" else None)

    def act(said: dict[str, str]) -> None:
        VERBS[said["act"]](invoice, by=request.user, at=timezone.now(), reason=said["reason"])

    if form.carried_out(act):
        messages.success(request, _("Done, and the client is told."))
        return redirect("desk-invoice", invoice.pk)
    loose, frozen = unbacked.of(invoice), unbacked.frozen_of(invoice)
    context = {"invoice": invoice, "loose": loose, "frozen": frozen, "why": unbacked.why(invoice), "form": form}
    context["forms"] = _forms(form, loose, frozen, is_owed=invoice.open.amount > 0)
    return render(request, "invoicing/desk/unbacked.html", context, status=form.status)


@require_safe
@for_finance
def settlements(request: StaffRequest) -> HttpResponse:
    """The agreements that were wound up."""
    page = Paginator(final.ended(), PAGE_LENGTH).get_page(request.GET.get("page"))
    return render(request, "invoicing/desk/settlements.html", {"page": page})


@require_safe
@for_finance
def settlement(request: StaffRequest, agreement_id: int) -> HttpResponse:
    """The final settlement of one agreement."""
    agreement = get_object_or_404(final.ended(), pk=agreement_id)
    return render(request, "invoicing/desk/settlement.html", {"settlement": final.settlement(agreement)})


def _credit(request: StaffRequest, found: Refund, act: str) -> None:
    verb = refunding.credit_rest if act == REST else refunding.credit
    note = verb(found, by=request.user, at=timezone.now())
    messages.success(request, _("Credit note %(number)s is issued, and the client is told.") % {"number": note.number})


def _forms(
    sent: UnbackedForm, loose: list[unbacked.Unbacked], frozen: list[unbacked.Unbacked], *, is_owed: bool
) -> dict[str, UnbackedForm]:
    """A form for each thing that can be done now; the one that was refused as it was sent. Only what is owed is worth waiting for."""
    acts = {FREEZE: is_owed and any(not one.is_frozen for one in loose), TAKE_BACK: bool(loose), UNFREEZE: bool(frozen)}
    chosen = sent.data.get("act") if sent.is_bound else None
    return {act: sent if act == chosen else UnbackedForm(act=act, auto_id=f"{act}_%s") for act, can in acts.items() if can or act == chosen}


def _receipt(found: Refund) -> dict[str, Any]:
    return {"refund": found, "note": final.note_of(found), "kept": getattr(found, "kept", None)}


def _read() -> QuerySet[Refund]:
    related = ("entry__account__organisation", "entry__by", "lot", "invoice_line__invoice", "kept")
    return Refund.objects.select_related(*related)
