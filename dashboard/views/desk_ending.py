"""Winding up an agreement that has ended: what remains to be done, and doing it in one step (rule P5)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clients import agreements
from clients.access import manages
from clients.desk import StaffRequest, for_staff
from clients.models import Agreement, Organisation
from core.forms import ReasonForm
from credits import winding_up
from dashboard.views.desk_clients import CARING
from sessions import ending


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(*CARING)
def wind_up(request: StaffRequest, agreement_id: int) -> HttpResponse:
    """What is open at the client, what would become of its credit, and the button that settles it."""
    visible = Agreement.objects.filter(organisation__in=Organisation.objects.visible_to(request.user))
    agreement, at = get_object_or_404(visible.select_related("organisation"), pk=agreement_id), timezone.now()
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.carried_out(lambda said: ending.wind_up(agreement=agreement, by=request.user, at=at, **said)):
        messages.success(request, _("The agreement is wound up. The client and finance have been told."))
        return redirect("desk-winding-up", agreement_id)
    due = agreements.to_wind_up(on=agreements.local_date(at)).filter(pk=agreement.pk).exists()
    context = {
        "agreement": agreement,
        "form": form,
        "due": due,
        "mine": manages(request.user, agreement.organisation),
        "unfinished": ending.unfinished(agreement.organisation, at=at),
        "hindrances": winding_up.hindrances(agreement.organisation),
        "leftovers": winding_up.leftovers(agreement) if due else (),
        "refunds_unused": winding_up.refunds_unused(agreement),
    }
    return render(request, "dashboard/desk/winding_up.html", context, status=form.status)
