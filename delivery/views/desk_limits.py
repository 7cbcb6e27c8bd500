"""The account manager's own limits (rule D1): what passes by itself, and above which sum a second one approves."""

from decimal import Decimal

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from djmoney.money import Money

from clients.desk import StaffRequest, for_staff
from clients.models import Organisation, StaffDuty
from core.formatting import money
from delivery import limits, terms
from delivery.limit_forms import LimitsForm
from delivery.models import ManagerLimit

MOST_EDITS = 20


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(StaffDuty.ACCOUNT_MANAGER)
def limits_page(request: StaffRequest) -> HttpResponse:
    """Look at one's limits and choose others."""
    offered = terms.offered()
    if offered is None:
        return render(request, "delivery/desk/limits.html", {"clients": []})
    currency = str(offered.hourly_rate.currency)
    mine = ManagerLimit.objects.filter(person=request.user).first() or ManagerLimit(person=request.user)
    form = LimitsForm(
        request.POST if request.method == "POST" else None,
        initial={"passes_below": mine.passes_below, "second_above": mine.second_above},
        currency=currency,
        usually=_written(offered.second_above, currency),
    )
    if form.carried_out(lambda said: limits.choose(by=request.user, at=timezone.now(), **said)):
        messages.success(request, _("Your limits hold for what is handed in from now on."))
        return redirect("desk-delivery-limits")
    context = {
        "form": form,
        "clients": Organisation.objects.filter(account_manager=request.user).order_by("name"),
        "edits": _edits(request, currency),
    }
    return render(request, "delivery/desk/limits.html", context, status=form.status)


def _edits(request: StaffRequest, currency: str) -> list[tuple[ManagerLimit, str, str]]:
    """Who chose which sums when, the newest first."""
    found = ManagerLimit.history.filter(person=request.user).select_related("history_user").order_by("-history_date", "-history_id")
    return [(row, _written(row.passes_below, currency), _written(row.second_above, currency)) for row in found[:MOST_EDITS]]


def _written(amount: Decimal | None, currency: str) -> str:
    return "" if amount is None else money(Money(amount, currency))
