"""Cases as staff see them: the queue, and one of them."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from cases.models import Case
from clients.access import is_provider_staff
from clients.portal import SignedIn
from core.errors import NotAllowed


@login_required
def queue(request: SignedIn) -> HttpResponse:
    """What is due next (rule S2). Raises NotAllowed for clients."""
    if not is_provider_staff(request.user):
        raise NotAllowed
    found = Case.objects.visible_to(request.user).open().select_related("organisation", "owner").in_order()
    return render(request, "cases/desk/queue.html", {"cases": found[:25]})


@login_required
def case(request: SignedIn, case_id: int) -> HttpResponse:
    """One case, with its notes. Raises NotAllowed for clients."""
    if not is_provider_staff(request.user):
        raise NotAllowed
    found = get_object_or_404(Case.objects.visible_to(request.user).select_related("organisation", "reporter", "owner"), pk=case_id)
    return render(request, "cases/desk/case.html", {"case": found, "messages_said": found.messages.order_by("at", "pk")})
