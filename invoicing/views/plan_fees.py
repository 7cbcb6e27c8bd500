"""Plan fees at the desk of finance: what is to be taken back, and indexed fees (rules I7, S16)."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clients.access import has_duty
from clients.agreements import local_date
from clients.desk import StaffRequest
from clients.models import AgreementPlan, StaffDuty
from core.forms import ActForm, ReasonForm
from invoicing import compensation, indexing, life, plan_ends
from invoicing.models import Compensation, PlanCredit, PriceIndex
from invoicing.plan_forms import AnnounceForm, IndexForm, ShownForm
from invoicing.views.offering import for_finance

PAGE_LENGTH = 25
MOST_NUMBERS = 36


@require_safe
@for_finance
def to_take_back(request: StaffRequest) -> HttpResponse:
    """What is to be taken back of plan fees: days after an end, and shares that were granted for missed guarantees."""
    return _show(request)


@require_POST
@for_finance
def settle(request: StaffRequest, credit_id: int) -> HttpResponse:
    """Take the days back with a credit note."""
    found, form = get_object_or_404(PlanCredit, pk=credit_id), ShownForm(request.POST)
    if form.carried_out(lambda said: plan_ends.settle(found, shown=said["shown"], by=request.user, at=timezone.now())):
        messages.success(request, _("The credit note is issued, and the client is told."))
        return redirect("desk-plan-fees")
    return _show(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@for_finance
def keep(request: StaffRequest, credit_id: int) -> HttpResponse:
    """Take nothing back, for a reason."""
    life.check_finance(request.user)
    rows = PlanCredit.objects.select_related("charge__agreement__organisation", "charge__plan")
    found, form = get_object_or_404(rows, pk=credit_id), ReasonForm(request.POST if request.method == "POST" else None)
    if form.carried_out(lambda said: plan_ends.keep(found, reason=said["reason"], by=request.user, at=timezone.now())):
        messages.success(request, _("Nothing is taken back, and the reason is kept."))
        return redirect("desk-plan-fees")
    return render(request, "invoicing/desk/plan_credit_keep.html", {"credit": found, "form": form}, status=form.status)


@require_POST
@for_finance
def credit_share(request: StaffRequest, compensation_id: int) -> HttpResponse:
    """Put a share that was granted for a missed guarantee onto a credit note."""
    found, form = get_object_or_404(Compensation, pk=compensation_id), ActForm(request.POST)
    if form.carried_out(lambda _said: compensation.credit(found, by=request.user, at=timezone.now())):
        messages.success(request, _("The credit note is issued, and the client is told."))
        return redirect("desk-plan-fees")
    return _show(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@for_finance
def indexes(request: StaffRequest) -> HttpResponse:
    """Indexed fees with what comes next, and the numbers; write one down."""
    form = IndexForm(request.POST if request.method == "POST" else None)
    if form.carried_out(lambda said: indexing.write_down(**said, by=request.user, at=timezone.now())):
        messages.success(request, _("The index is written down."))
        return redirect("desk-price-indexes")
    return _show_indexes(request, form, index_form=form)


@require_POST
@for_finance
def announce(request: StaffRequest, row_id: int) -> HttpResponse:
    """Tell the client what the plan costs from a day on."""
    found, form = get_object_or_404(AgreementPlan, pk=row_id), AnnounceForm(request.POST)
    if form.carried_out(lambda said: indexing.announce(found, **said, by=request.user, at=timezone.now())):
        messages.success(request, _("The client’s approvers are told. From that day the new fee is charged."))
        return redirect("desk-price-indexes")
    return _show_indexes(request, form)


def _show(request: StaffRequest, form: ActForm | None = None) -> HttpResponse:
    page = Paginator(plan_ends.open_credits(), PAGE_LENGTH).get_page(request.GET.get("page"))
    shares = list(compensation.to_credit()[:PAGE_LENGTH])
    lines = compensation.lines_for(shares)
    context = {
        "page": page,
        "credits": page.object_list,
        "shares": [(share, lines[share.pk]) for share in shares],
        "refused": form,
        "may_act": has_duty(request.user, StaffDuty.FINANCE),
    }
    return render(request, "invoicing/desk/plan_fees.html", context, status=form.status if form else 200)


def _show_indexes(request: StaffRequest, form: ActForm, index_form: IndexForm | None = None) -> HttpResponse:
    today, acts = local_date(timezone.now()), has_duty(request.user, StaffDuty.FINANCE)
    rows = Paginator(indexing.current_clauses(on=today), PAGE_LENGTH).get_page(request.GET.get("page"))
    coming = [(one, acts and one.can_be_announced(today)) for one in indexing.coming(rows.object_list, on=today)]
    context: dict[str, Any] = {
        "page": rows,
        "coming": coming,
        "today": today,
        "numbers": PriceIndex.objects.order_by("-month", "name")[:MOST_NUMBERS],
        "index_form": (index_form or IndexForm()) if acts else None,
        "refused": None if index_form else form,
    }
    return render(request, "invoicing/desk/price_indexes.html", context, status=form.status)
