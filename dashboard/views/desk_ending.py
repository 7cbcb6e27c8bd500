"""Winding up an agreement that has ended, in one step, and ending the access of the client's people after it (rule P5)."""

from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clients import agreements, parting
from clients.access import has_duty, manages
from clients.desk import StaffRequest, for_staff
from clients.models import Agreement, Organisation, StaffDuty
from core.forms import ActForm, ReasonForm
from credits import winding_up
from dashboard.views.desk_clients import CARING
from invoicing import final
from sessions import ending

ACTS = ["GET", "HEAD", "POST"]


@require_http_methods(ACTS)
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
        **_access(request, agreement, at),
    }
    return render(request, "dashboard/desk/winding_up.html", context, status=form.status)


@require_http_methods(ACTS)
@for_staff(*CARING)
def end_access(request: StaffRequest, organisation_id: int) -> HttpResponse:
    """Who of a client that has parted loses their access, and the button that ends it."""
    organisation = get_object_or_404(Organisation.objects.visible_to(request.user), pk=organisation_id)
    if not parting.may_part(request.user, organisation):
        raise Http404
    at, form = timezone.now(), ActForm(request.POST if request.method == "POST" else None)
    if form.carried_out(lambda _said: parting.part(organisation, by=request.user, at=at)):
        messages.success(request, _("Nobody of this client has access any more."))
        return redirect("desk-client", organisation_id)
    context = {
        "organisation": organisation,
        "form": form,
        "parted": parting.has_parted(organisation, at=at),
        "members": organisation.memberships.select_related("person").order_by("person__name", "pk"),
        "invited": organisation.invitations.filter(closed_at=None).order_by("pk"),
        "domains": organisation.domains.order_by("domain"),
        "settlement": final.last_of(organisation),
        "may_settle": has_duty(request.user, StaffDuty.FINANCE),
    }
    return render(request, "dashboard/desk/end_access.html", context, status=form.status)


def _access(request: StaffRequest, agreement: Agreement, at: datetime) -> dict[str, bool]:
    """Whether the client's people have access still, and the reader may end it."""
    organisation = agreement.organisation
    may_end = parting.may_part(request.user, organisation) and parting.has_parted(organisation, at=at)
    return {"may_end_access": may_end and organisation.memberships.exists()}
