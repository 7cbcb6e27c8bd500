"""Money that goes back, at the desk: what we owe, proposing, approving and paying payouts, files for the bank (rules C13, I3)."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from moneyed import CURRENCIES

from clients.access import has_duty
from clients.agreements import local_date
from clients.desk import StaffRequest
from clients.models import Organisation, StaffDuty
from core.forms import ActForm, ReasonForm
from invoicing import life, owed, payout_files, payouts, refunding
from invoicing.models import Payout, PayoutFile, PayoutState
from invoicing.payout_forms import PaidForm, PayoutForm, SetOffForm
from invoicing.views.offering import for_finance

PAGE_LENGTH, MOST_FILES, MOST_INVOICES = 25, 10, 50
ACTS = ["GET", "HEAD", "POST"]


@require_safe
@for_finance
def payout_list(request: StaffRequest) -> HttpResponse:
    """What we owe, the payouts in the chosen state, and the files that were made last."""
    return _show_list(request)


@require_http_methods(ACTS)
@for_finance
def propose(request: StaffRequest, organisation_id: int, currency: str) -> HttpResponse:
    """Propose a payout of what we owe a client, or see which of its invoices that could pay."""
    life.check_finance(request.user)
    if currency not in CURRENCIES:
        raise Http404
    client = get_object_or_404(Organisation, pk=organisation_id)
    one = owed.of_one(client, currency)
    initial = {"amount": one.free.amount, "reference": _reference()}
    form = PayoutForm(request.POST if request.method == "POST" else None, initial=initial)

    def ask(said: dict[str, Any]) -> None:
        cause = f"payout:{client.pk}:{request.user.pk}:{said['key']}"
        payouts.propose(client, form.wanted(currency), by=request.user, at=timezone.now(), cause=cause)

    if form.carried_out(ask):
        messages.success(request, _("The payout is proposed. It is paid when a second person in finance has approved it."))
        return redirect("desk-payouts")
    invoices = owed.open_invoices(client, currency)[:MOST_INVOICES] if one.free.amount > 0 else []
    context = {"client": client, "owed": one, "form": form, "invoices": invoices, "key": uuid4()}
    return render(request, "invoicing/desk/payout_new.html", context, status=form.status)


@require_POST
@for_finance
def set_off(request: StaffRequest) -> HttpResponse:
    """Pay an open invoice with what we owe its client."""
    life.check_finance(request.user)
    form = SetOffForm(request.POST)
    if form.carried_out(lambda said: payouts.set_off(said["invoice"], by=request.user, at=timezone.now(), key=said["key"])):
        messages.success(request, _("The invoice is paid with what we owed the client."))
        return redirect("desk-invoice", form.cleaned_data["invoice"].pk)
    return _show_list(request, status=form.status, refused=form)


@require_safe
@for_finance
def payout(request: StaffRequest, payout_id: int) -> HttpResponse:
    """One payout with what can be done about it."""
    return _show(request, _find(payout_id))


@require_POST
@for_finance
def approve(request: StaffRequest, payout_id: int) -> HttpResponse:
    """Agree that it is paid."""
    found, form = _find(payout_id), ActForm(request.POST)
    if form.carried_out(lambda _said: payouts.approve(found, by=request.user, at=timezone.now())):
        messages.success(request, _("The payout is approved, and goes into the next file for the bank."))
        return redirect("desk-payout", found.pk)
    return _show(request, found, status=form.status, refused=form)


@require_POST
@for_finance
def mark_paid(request: StaffRequest, payout_id: int) -> HttpResponse:
    """The money has left."""
    found, form = _find(payout_id), PaidForm(request.POST)
    if form.carried_out(lambda said: payouts.mark_paid(found, paid_on=said["paid_on"], by=request.user, at=timezone.now())):
        messages.success(request, _("The payout is paid. The client sees it on its page of invoices."))
        return redirect("desk-payout", found.pk)
    return _show(request, found, status=form.status, paid_form=form)


@require_POST
@for_finance
def cancel(request: StaffRequest, payout_id: int) -> HttpResponse:
    """It is not paid: the money stays the client's."""
    found, form = _find(payout_id), ReasonForm(request.POST)
    if form.carried_out(lambda said: payouts.cancel(found, reason=said["reason"], by=request.user, at=timezone.now())):
        messages.success(request, _("The payout is cancelled. The money is the client’s still."))
        return redirect("desk-payout", found.pk)
    return _show(request, found, status=form.status, cancel_form=form)


@require_POST
@for_finance
def make_file(request: StaffRequest) -> HttpResponse:
    """A file for the bank, of all that is approved and in none yet."""
    form = ActForm(request.POST)
    if form.carried_out(lambda _said: messages.success(request, _told(payout_files.make(by=request.user, at=timezone.now())))):
        return redirect("desk-payouts")
    return _show_list(request, status=form.status, refused=form)


@require_safe
@cache_control(private=True, no_store=True)
@for_finance
def file(request: StaffRequest, file_id: int) -> HttpResponse:
    """A file as it was made. For finance alone."""
    life.check_finance(request.user)
    found = get_object_or_404(PayoutFile, pk=file_id)
    headers = {
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=f"{found.message_id}.xml"),
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(bytes(found.content), content_type="application/xml", headers=headers)


def _find(payout_id: int) -> Payout:
    found = Payout.objects.select_related("organisation", "proposed_by", "approved_by", "closed_by", "file")
    return get_object_or_404(found, pk=payout_id)


def _show(request: StaffRequest, found: Payout, *, status: int = 200, **more: Any) -> HttpResponse:
    acts = has_duty(request.user, StaffDuty.FINANCE)
    is_open, is_own = acts and found.closed_at is None, found.proposed_by == request.user
    is_proposed = acts and found.state == PayoutState.PROPOSED
    needs_another = is_proposed and payouts.needs_another(found, request.user)
    context = {
        "payout": found,
        "is_own": is_own,
        "needs_another": needs_another,
        "approve_form": ActForm() if is_proposed and not needs_another else None,
        "paid_form": PaidForm(initial={"paid_on": local_date(timezone.now())}) if acts and found.state == PayoutState.APPROVED else None,
        "cancel_form": ReasonForm() if is_open else None,
    }
    return render(request, "invoicing/desk/payout.html", context | more, status=status)


def _show_list(request: StaffRequest, *, status: int = 200, refused: ActForm | None = None) -> HttpResponse:
    state = request.GET.get("state", "")
    listed = Payout.objects.select_related("organisation", "proposed_by", "approved_by", "file").order_by("-pk")
    counts = dict(Payout.objects.order_by().values_list("state").annotate(Count("pk")))
    page = Paginator(listed.filter(state=state) if state in PayoutState.values else listed, PAGE_LENGTH).get_page(request.GET.get("page"))
    context = {
        "owed": owed.owed(),
        "refunds": sum(waiting.turn not in refunding.DONE for waiting in refunding.waiting_now()),
        "states": [(code, label, counts.get(code, 0)) for code, label in PayoutState.choices],
        "state": state,
        "page": page,
        "files": PayoutFile.objects.select_related("made_by").order_by("-pk")[:MOST_FILES],
        "to_file": Payout.objects.filter(state=PayoutState.APPROVED, file=None).count(),
        "may_act": has_duty(request.user, StaffDuty.FINANCE),
        "refused": refused,
    }
    return render(request, "invoicing/desk/payouts.html", context, status=status)


def _reference() -> str:
    return _("Money back from us")


def _told(made: PayoutFile) -> str:
    said = ngettext("A file with %(number)s payment is made.", "A file with %(number)s payments is made.", made.payments)
    return said % {"number": made.payments}
