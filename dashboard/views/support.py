"""The client's page about its support: plans, what they guarantee, agreed services, period (rule P3)."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clients.models import Organisation
from clients.portal import SignedIn, in_view, portal_page
from dashboard import plan_pages


@require_safe
@portal_page
def support(request: SignedIn) -> HttpResponse:
    """What each organisation of the reader has."""
    if not request.user.memberships.all():
        raise Http404
    shown = [organisation.pk for organisation in in_view(request)]
    mine = Organisation.objects.visible_to(request.user).of_member(request.user).filter(pk__in=shown).order_by("name")
    return render(request, "portal/support.html", {"all_support": [plan_pages.support_of(organisation) for organisation in mine]})
