"""Contested invoices: the client contests and withdraws, the account manager or finance answers (rule I8)."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clients.access import has_duty
from clients.desk import StaffRequest
from clients.models import StaffDuty
from clients.portal import SignedIn
from core.forms import ActForm
from invoicing import contesting, contests_shown
from invoicing.due_forms import AnswerForm, ContestForm
from invoicing.models import ContestOutcome, InvoiceContest, InvoiceKind
from invoicing.views.offering import for_answering, for_clients
from invoicing.views.portal import of_member

ACTS = ["GET", "HEAD", "POST"]


@require_http_methods(ACTS)
@for_clients
def contest(request: SignedIn, invoice_id: int) -> HttpResponse:
    """Say what is wrong with an invoice. By the client's approvers; others of the client read on the invoice's page."""
    found = get_object_or_404(of_member(request), pk=invoice_id, kind=InvoiceKind.INVOICE)
    if not contests_shown.may_contest(request.user, found, at=timezone.now()):
        raise Http404
    form = ContestForm(request.POST if request.method == "POST" else None, lines=list(found.lines.order_by("position")))

    def say(said: dict[str, Any]) -> None:
        cause = f"contest:{found.pk}:{request.user.pk}:{said['key']}"
        contesting.contest(found, form.objection, by=request.user, at=timezone.now(), cause=cause)

    if form.carried_out(say):
        messages.success(request, _("We have got it, and answer here. Until then you get no reminders, and no interest runs."))
        return redirect("invoice", found.pk)
    return render(request, "invoicing/portal/contest.html", {"invoice": found, "form": form}, status=form.status)


@require_POST
@for_clients
def withdraw(request: SignedIn, invoice_id: int) -> HttpResponse:
    """Take it back. Who may not is refused by the verb."""
    found = get_object_or_404(of_member(request), pk=invoice_id)
    last = found.contests.order_by("-pk").first()
    if last is None:
        raise Http404
    form = ActForm(request.POST)
    if form.carried_out(lambda _said: contesting.withdraw(last, by=request.user, at=timezone.now())):
        messages.success(request, _("You no longer contest this invoice."))
    elif form.refusal:
        messages.error(request, str(form.refusal))
    return redirect("invoice", found.pk)


@require_http_methods(ACTS)
@for_answering
def answer(request: StaffRequest, contest_id: int) -> HttpResponse:
    """What the client says, and the answer to it."""
    found = get_object_or_404(contests_shown.answerable_by(request.user), pk=contest_id)
    form = AnswerForm(request.POST if request.method == "POST" else None)

    def say(said: dict[str, Any]) -> None:
        verb = contesting.uphold if said["outcome"] == ContestOutcome.UPHELD else contesting.reject
        verb(found, answer=said["answer"], by=request.user, at=timezone.now())

    if form.carried_out(say):
        return _answered(request, found, form.cleaned_data["outcome"])
    context = contests_shown.at_the_desk(found, request.user) | {"form": form}
    return render(request, "invoicing/desk/contest.html", context, status=form.status)


def _answered(request: StaffRequest, found: InvoiceContest, outcome: str) -> HttpResponse:
    """On to the credit note, which is filled in, where the client was right and who answered can issue it."""
    if outcome == ContestOutcome.REJECTED:
        messages.success(request, _("The client is told that the invoice stands."))
        return redirect("desk-contest", found.pk)
    if has_duty(request.user, StaffDuty.FINANCE):
        messages.success(request, _("The client is told. Here is the credit note, filled in by what was contested."))
        return redirect("desk-invoice-credit", found.invoice_id)
    messages.success(request, _("The client is told, and finance is asked for the credit note."))
    return redirect("desk-contest", found.pk)
