"""Plans at the desk: which are offered, which wait for people on call, and what they will cost (rules P2, P3, S18)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clients import fees, plans
from clients.access import has_duty
from clients.agreements import local_date
from clients.desk import StaffRequest, for_staff
from clients.models import Plan, StaffDuty
from core.errors import DomainError, NotAllowed
from core.formatting import day
from dashboard import plan_pages
from dashboard.agreement_forms import FeeForm


@require_safe
@for_staff(StaffDuty.ACCOUNT_MANAGER, StaffDuty.FINANCE, StaffDuty.ADMINISTRATOR)
def plan_list(request: StaffRequest) -> HttpResponse:
    """All plans, with their fees, and whom they wait for."""
    on = local_date(timezone.now())
    found = Plan.objects.order_by("position", "code")
    rows = [(plan, plan_pages.price_of(plan, on=on), [] if plan.published_at else plans.waits_for(plan)) for plan in found]
    context = {
        "rows": rows,
        "may_publish": has_duty(request.user, StaffDuty.ADMINISTRATOR),
        "may_price": has_duty(request.user, StaffDuty.ADMINISTRATOR, StaffDuty.FINANCE),
    }
    return render(request, "desk/plans.html", context)


@require_POST
@for_staff(StaffDuty.ADMINISTRATOR)
def publish(request: StaffRequest, plan_id: int) -> HttpResponse:
    """Offer a plan."""
    plan = get_object_or_404(Plan, pk=plan_id)
    try:
        plans.publish(plan=plan, by=request.user, at=timezone.now())
    except NotAllowed:
        raise
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("%(plan)s is published.") % {"plan": plan.name})
    return redirect("desk-plans")


@require_POST
@for_staff(StaffDuty.ADMINISTRATOR)
def withdraw(request: StaffRequest, plan_id: int) -> HttpResponse:
    """Offer a plan no more."""
    plan = get_object_or_404(Plan, pk=plan_id)
    try:
        plans.withdraw(plan=plan, by=request.user, at=timezone.now())
    except NotAllowed:
        raise
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("%(plan)s is offered no more. Whoever has it keeps it.") % {"plan": plan.name})
    return redirect("desk-plans")


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(StaffDuty.ADMINISTRATOR, StaffDuty.FINANCE)
def fee(request: StaffRequest, plan_id: int) -> HttpResponse:
    """Announce another fee, with notice (rule P3)."""
    plan = get_object_or_404(Plan, pk=plan_id)
    now = timezone.now()
    earliest = fees.earliest(plan, on=local_date(now))
    form = FeeForm(request.POST if request.method == "POST" else None, plan=plan, earliest=earliest)
    if form.carried_out(lambda said: fees.announce(plan=plan, other=fees.OtherFee(**said), by=request.user, at=now)):
        words = {"plan": plan.name, "day": day(form.cleaned_data["starts_on"])}
        messages.success(request, _("%(plan)s has another fee from %(day)s.") % words)
        return redirect("desk-plans")
    return render(request, "desk/plan_fee.html", {"plan": plan, "form": form, "earliest": earliest}, status=form.status)
