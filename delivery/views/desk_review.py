"""The desk's pages of the review of estimates: what waits for me, approving, giving back (rule D1)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clients.desk import StaffRequest, for_staff
from clients.models import StaffDuty
from delivery import review
from delivery.estimate_forms import ApproveForm, WhyForm
from delivery.models import Estimate, EstimateState
from delivery.views import desk_estimates


@require_safe
@for_staff(StaffDuty.ACCOUNT_MANAGER)
def waiting(request: StaffRequest) -> HttpResponse:
    """The estimates that wait for my approval, the first handed in first."""
    return render(request, "delivery/desk/reviews.html", {"estimates": review.waiting_for(request.user)})


@require_POST
@for_staff()
def approve(request: StaffRequest, estimate_id: int) -> HttpResponse:
    """Approve what was read."""
    found, form = desk_estimates.find(request, estimate_id), ApproveForm(request.POST)

    def carry_out(said: dict[str, Any]) -> None:
        review.approve(found, by=request.user, at=timezone.now(), submission=said["submission"])

    if not form.carried_out(carry_out):
        return desk_estimates.show(request, found, status=form.status, approval=form)
    return _onward(request, found)


@require_POST
@for_staff()
def give_back(request: StaffRequest, estimate_id: int) -> HttpResponse:
    """Give it back, with the reason."""
    found = desk_estimates.find(request, estimate_id)
    form = WhyForm(request.POST, label=_("What is to be mended"))
    if not form.carried_out(lambda said: review.give_back(found, reason=said["reason"], by=request.user, at=timezone.now())):
        return desk_estimates.show(request, found, status=form.status, back=form)
    return _onward(request, found)


def _onward(request: StaffRequest, found: Estimate) -> HttpResponse:
    """To the estimate, or for somebody who was only asked to review it, to what else waits for them."""
    found.refresh_from_db(fields=["state"])
    news = {
        EstimateState.OFFERED: _("Approved. The client’s approvers have been asked for their answer."),
        EstimateState.REVIEWING: _("Approved. The sum takes a second account manager, who has been asked."),
        EstimateState.DRAFT: _("Given back. Whoever wrote it has been told why."),
    }
    if found.state in news:
        messages.success(request, news[EstimateState(found.state)])
    if Estimate.objects.visible_to(request.user).filter(pk=found.pk).exists():
        return redirect("desk-delivery-estimate", found.pk)
    return redirect("desk-delivery-reviews")
