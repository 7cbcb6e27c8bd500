"""A client's cases: the list, and one of them."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from cases.models import Case
from people.models import Person


class SignedIn(HttpRequest):
    """A request of somebody who is signed in."""

    user: Person


@login_required
def cases(request: SignedIn) -> HttpResponse:
    """The cases of one's organisations, the newest first."""
    found = Case.objects.visible_to(request.user).select_related("organisation").order_by("-opened_at", "-pk")
    return render(request, "cases/portal/cases.html", {"cases": found[:50]})


@login_required
def case(request: SignedIn, case_id: int) -> HttpResponse:
    """One case, as the client reads it."""
    found = get_object_or_404(Case.objects.visible_to(request.user).select_related("organisation", "reporter", "owner"), pk=case_id)
    return render(
        request, "cases/portal/case.html", {"case": found, "messages_said": found.messages.exclude(voice="note").order_by("at", "pk")}
    )
