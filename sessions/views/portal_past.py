"""The client's page of sessions from before Tillgodo (rule R7)."""

from django.core.paginator import Paginator
from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clients.portal import SignedIn, portal_page
from sessions import past_work

PAGE_LENGTH = 50


@require_safe
@portal_page
def past_sessions(request: SignedIn) -> HttpResponse:
    """What was worked before, latest first; of all organisations whose affairs the reader may read."""
    found = past_work.readable_by(request.user).order_by("-worked_on", "-pk")
    context = {
        "page": Paginator(found, PAGE_LENGTH).get_page(request.GET.get("page")),
        "charged": found.aggregate(minutes=Sum("charged_minutes"))["minutes"],
    }
    return render(request, "sessions/portal/past.html", context)
