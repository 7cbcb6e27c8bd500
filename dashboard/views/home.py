"""The first page: a client's home; the provider's people go on to the desk."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from clients.access import is_provider_staff
from clients.portal import SignedIn, in_view, portal_page
from dashboard.home import home_of


@require_safe
@portal_page
def home(request: SignedIn) -> HttpResponse:
    """What do I have, what comes next, what waits for me."""
    if is_provider_staff(request.user):
        return redirect("desk")
    of = [organisation.pk for organisation in in_view(request)]
    return render(request, "portal/home.html", {"home": home_of(request.user, of=of, at=timezone.now())})
