"""The client's page about one penalty: what it cost and why, and disputing it (rule C10)."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clients import access
from clients.portal import SignedIn, portal_page
from credits import spending
from sessions import penalties
from sessions.models import Session
from sessions.penalties import Penalty
from sessions.penalty_forms import ObjectionForm


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page
def penalty(request: SignedIn, entry_id: int) -> HttpResponse:
    """One penalty; who decides about the account disputes it here. Our own people have it at the desk."""
    found, at = _find(request, entry_id), timezone.now()
    organisation = found.session.organisation
    if not access.is_member(request.user, organisation):
        return redirect("desk-penalty", entry_id)
    form = ObjectionForm(request.POST if request.method == "POST" else None)
    if form.carried_out(lambda said: penalties.dispute(penalty=found.entry, by=request.user, at=at, **said)):
        messages.success(request, _("Your account manager has been told, and settles it."))
        return redirect("penalty", entry_id)
    context = {
        "penalty": found,
        "session": found.session,
        "form": form,
        "can_be_disputed": found.can_be_disputed(at),
        "is_approver": spending.may_decide(request.user, found.entry.account, at=at),
        "approvers": spending.deciders(found.entry.account, at=at),
    }
    return render(request, "sessions/portal/penalty.html", context, status=form.status)


def _find(request: SignedIn, entry_id: int) -> Penalty:
    """The penalty, if this person may read it; 404 otherwise, and where somebody of ours would act for the client."""
    entry = penalties.visible_to(request.user).select_related("account").filter(pk=entry_id).first()
    try:
        found = penalties.look(entry) if entry else None
    except Session.DoesNotExist:
        found = None
    if found is None or (request.method == "POST" and not access.is_member(request.user, found.session.organisation)):
        raise Http404
    return found
