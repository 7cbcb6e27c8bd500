"""The money of one plan of an agreement at the desk: what was charged, what comes, what was agreed (rules I7, P3, S16)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clients import access, plan_money
from clients.agreements import local_date
from clients.desk import StaffRequest, for_staff
from clients.models import AgreementPlan, Organisation, StaffDuty
from core.errors import NotAllowed
from invoicing import indexing, plan_fees
from invoicing.models import PlanCharge, PlanHours
from invoicing.plan_forms import PlanMoneyForm
from invoicing.views.offering import READING

CARING = (StaffDuty.ACCOUNT_MANAGER, StaffDuty.FINANCE, StaffDuty.ADMINISTRATOR)
MOST_CHARGES = 24


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(*CARING)
def money(request: StaffRequest, row_id: int) -> HttpResponse:
    """Look at it, and write down what the agreement says."""
    theirs = Organisation.objects.visible_to(request.user)
    rows = AgreementPlan.objects.filter(agreement__organisation__in=theirs).select_related("agreement__organisation", "plan")
    found, acts = get_object_or_404(rows, pk=row_id), request.method == "POST"
    if acts and not plan_money.may_say(request.user, found.agreement.organisation):
        raise NotAllowed
    form = PlanMoneyForm(request.POST if acts else None, row=found)
    if form.carried_out(lambda said: plan_money.say(found, form.money(), reason=said["reason"], by=request.user, at=timezone.now())):
        messages.success(request, _("Written down. It holds for what is charged and missed from now on."))
        return redirect("desk-plan-money", found.pk)
    return _show(request, found, form)


def _show(request: StaffRequest, row: AgreementPlan, form: PlanMoneyForm) -> HttpResponse:
    today, now = local_date(timezone.now()), plan_fees.charging()
    charges = PlanCharge.objects.filter(agreement=row.agreement, plan=row.plan).select_related("invoice_line__invoice")
    hours = PlanHours.objects.filter(agreement=row.agreement, plan=row.plan).select_related("lot__account")
    context = {
        "row": row,
        "client": row.agreement.organisation,
        "month": plan_fees.of_a_month(row, on=today),
        "next": plan_fees.next_of(row, now, on=today) if now else None,
        "is_charged": now is not None,
        "coming": next(iter(indexing.coming([row], on=today)), None) if row.is_indexed else None,
        "charges": charges.order_by("-first", "-turn")[:MOST_CHARGES],
        "opens_invoices": access.has_duty(request.user, *READING),
        "hours": hours.order_by("-first")[:MOST_CHARGES],
        "form": form if plan_money.may_say(request.user, row.agreement.organisation) else None,
    }
    return render(request, "invoicing/desk/plan_money.html", context, status=form.status)
