"""For which of their organisations somebody works now (rules: People)."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from clients.portal import SignedIn, choose, portal_page


@require_POST
@portal_page
def choose_organisation(request: SignedIn) -> HttpResponse:
    """Work for one of one's organisations, or for all together. It is remembered as long as one is signed in."""
    mine = {str(membership.organisation_id): membership.organisation for membership in request.user.memberships.all()}
    named = request.POST.get("organisation", "")
    if named not in {*mine, "0"}:
        raise Http404
    choose(request, mine.get(named))
    return redirect("home")
