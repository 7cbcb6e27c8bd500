"""The client's page about deputies: who stands in for whom and when; naming one, ending it (rules: People)."""

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clients.access import is_approver_by_role
from clients.agreements import local_date
from clients.deputies import visible_to
from clients.portal import SignedIn, portal_page
from core.errors import DomainError, NotAllowed
from core.formatting import day
from dashboard import deputies
from dashboard.deputy_forms import DeputyForm


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page
def deputy_list(request: SignedIn) -> HttpResponse:
    """Who stands in for me, and for whom I do. An approver names one here."""
    if not request.user.memberships.all():
        raise Http404
    today, names = local_date(timezone.now()), _names_deputies(request)
    if request.method == "POST" and not names:
        raise NotAllowed
    form = DeputyForm(request.POST if request.method == "POST" else None, person=request.user, today=today)
    if form.carried_out(lambda said: deputies.name(**said, by=request.user, at=timezone.now())):
        said = form.cleaned_data
        days = {"person": said["deputy"], "first": day(said["first_on"]), "last": day(said["last_on"])}
        messages.success(request, _("%(person)s stands in for you from %(first)s to %(last)s, and has been told.") % days)
        return redirect("deputies")
    return _page(request, form if names else None, today=today)


@require_POST
@portal_page
def deputy_end(request: SignedIn, deputyship_id: int) -> HttpResponse:
    """End a deputyship of mine before its last day."""
    deputyship = get_object_or_404(visible_to(request.user), pk=deputyship_id)
    try:
        deputies.end(deputyship=deputyship, by=request.user, at=timezone.now())
    except NotAllowed:
        raise
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("%(person)s no longer stands in for you, and has been told.") % {"person": deputyship.deputy})
    return redirect("deputies")


def _names_deputies(request: SignedIn) -> bool:
    return any(is_approver_by_role(request.user, membership.organisation) for membership in request.user.memberships.all())


def _page(request: SignedIn, form: DeputyForm | None, *, today: date) -> HttpResponse:
    concerned = list(visible_to(request.user))
    context = {
        "form": form,
        "named": [deputyship for deputyship in concerned if deputyship.approver == request.user],
        "lent": [deputyship for deputyship in concerned if deputyship.deputy == request.user],
        "today": today,
    }
    return render(request, "portal/deputies.html", context, status=form.status if form else 200)
