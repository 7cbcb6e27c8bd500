"""The mail domains of a client: named and forgotten by who looks after it (rule S8)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clients import domains
from clients.desk import StaffRequest, for_staff
from clients.models import Organisation, StaffDuty, VerifiedDomain
from core.errors import DomainError

DECIDING = (StaffDuty.ACCOUNT_MANAGER, StaffDuty.ADMINISTRATOR)


@require_POST
@for_staff(*DECIDING)
def verify(request: StaffRequest, organisation_id: int) -> HttpResponse:
    """Let mail from a domain count as this client's."""
    organisation = get_object_or_404(Organisation.objects.visible_to(request.user), pk=organisation_id)
    try:
        domains.verify(organisation, request.POST.get("domain", "")[:200], by=request.user, at=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Mail from that domain counts as this client’s."))
    return redirect("desk-client", organisation_id)


@require_POST
@for_staff(*DECIDING)
def forget(request: StaffRequest, domain_id: int) -> HttpResponse:
    """Let it count no longer."""
    seen = Organisation.objects.visible_to(request.user)
    domain = get_object_or_404(VerifiedDomain.objects.filter(organisation__in=seen).select_related("organisation"), pk=domain_id)
    domains.forget(domain, by=request.user)
    messages.success(request, _("Mail from that domain no longer counts as this client’s."))
    return redirect("desk-client", domain.organisation_id)
