"""Clients at the desk, for who looks after them: the list, and everything about one."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from clients import domains, members
from clients.access import manages
from clients.agreements import local_date
from clients.desk import StaffRequest, for_staff
from clients.models import Organisation, StaffDuty
from dashboard import client_archive, client_invoicing, clients
from dashboard.waiting import too_long

PAGE_LENGTH = 40
MOST_WAITING = 20
CARING = (StaffDuty.ACCOUNT_MANAGER, StaffDuty.FINANCE, StaffDuty.ADMINISTRATOR)


@require_safe
@for_staff(*CARING)
def client_list(request: StaffRequest) -> HttpResponse:
    """The clients with their credit, those that need care first; and what has waited too long with them."""
    page = Paginator(clients.in_order_of_care(request.user), PAGE_LENGTH).get_page(request.GET.get("page"))
    waiting = too_long(request.user, at=timezone.now())
    return render(request, "desk/clients.html", {"page": page, "waiting": waiting[:MOST_WAITING], "more": len(waiting[MOST_WAITING:])})


@require_safe
@for_staff(*CARING)
def client(request: StaffRequest, organisation_id: int) -> HttpResponse:
    """One client: accounts and lots, people, what is coming, what was posted last."""
    visible = Organisation.objects.visible_to(request.user).select_related("account_manager", "deputy_manager")
    organisation, today = get_object_or_404(visible, pk=organisation_id), local_date(timezone.now())
    context = {
        "organisation": organisation,
        "accounts": clients.accounts_of(organisation),
        "may_book": manages(request.user, organisation),
        "domains": organisation.domains.select_related("verified_by").order_by("domain"),
        "may_look_after": members.may_look_after(request.user, organisation),
        "may_fetch": client_archive.may_fetch(request.user, organisation),
        "may_verify": domains.may_verify(organisation, request.user),
        "ended": clients.ended_of(organisation, on=today),
        "invoicing": client_invoicing.of(organisation, person=request.user, today=today),
        **clients.affairs_of(organisation),
    }
    return render(request, "desk/client.html", context)
