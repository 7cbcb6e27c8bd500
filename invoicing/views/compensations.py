"""Missed guarantees at the desk: the account manager decides what is granted (rule S16)."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clients.access import manages
from clients.desk import StaffRequest, for_staff
from clients.models import StaffDuty
from core.forms import ActForm, ReasonForm
from invoicing import compensation
from invoicing.models import Compensation, CompensationState

CARING = (StaffDuty.ACCOUNT_MANAGER, StaffDuty.FINANCE, StaffDuty.ADMINISTRATOR)
PAGE_LENGTH = 25
MOST_DECIDED = 25


@require_safe
@for_staff(*CARING)
def compensation_list(request: StaffRequest) -> HttpResponse:
    """What waits for a decision, the oldest first, and what was decided last."""
    page = Paginator(compensation.to_decide(request.user), PAGE_LENGTH).get_page(request.GET.get("page"))
    decided = compensation.decided(request.user)[:MOST_DECIDED]
    return render(request, "invoicing/desk/compensations.html", {"page": page, "waiting": page.object_list, "decided": decided})


@require_safe
@for_staff(*CARING)
def proposal(request: StaffRequest, compensation_id: int) -> HttpResponse:
    """One missed target, what it grants, and the decision."""
    return _show(request, _found(request, compensation_id))


@require_POST
@for_staff(*CARING)
def grant(request: StaffRequest, compensation_id: int) -> HttpResponse:
    """Grant what is proposed."""
    found, form = _found(request, compensation_id), ActForm(request.POST)
    if form.carried_out(lambda _said: compensation.grant(found, by=request.user, at=timezone.now())):
        messages.success(request, _("Granted, and the client is told."))
        return redirect("desk-compensation", found.pk)
    return _show(request, found, grant_form=form)


@require_POST
@for_staff(*CARING)
def decline(request: StaffRequest, compensation_id: int) -> HttpResponse:
    """Grant nothing, with a reason that the client reads."""
    found, form = _found(request, compensation_id), ReasonForm(request.POST)
    if form.carried_out(lambda said: compensation.decline(found, reason=said["reason"], by=request.user, at=timezone.now())):
        messages.success(request, _("Declined, and the client is told why."))
        return redirect("desk-compensation", found.pk)
    return _show(request, found, decline_form=form)


def _found(request: StaffRequest, compensation_id: int) -> Compensation:
    rows = Compensation.objects.visible_to(request.user).select_related(
        "case", "agreement__organisation", "plan", "decided_by", "lot", "credit_note"
    )
    return get_object_or_404(rows, pk=compensation_id)


def _show(
    request: StaffRequest, found: Compensation, *, grant_form: ActForm | None = None, decline_form: ReasonForm | None = None
) -> HttpResponse:
    sent = grant_form or decline_form
    may_decide = found.state == CompensationState.PROPOSED and manages(request.user, found.agreement.organisation)
    context = {
        "row": found,
        "may_decide": may_decide,
        "grant_form": grant_form or ActForm(),
        "decline_form": decline_form or ReasonForm(),
    }
    return render(request, "invoicing/desk/compensation.html", context, status=sent.status if sent else 200)
