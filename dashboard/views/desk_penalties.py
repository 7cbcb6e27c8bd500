"""A penalty at the desk: what it was for, what the client says, and settling or waiving it (rules C10, C13)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clients.access import manages
from clients.desk import StaffRequest, for_staff
from core.forms import ReasonForm
from dashboard.views.desk_clients import CARING
from people.models import Person
from sessions import penalties
from sessions.models import Session
from sessions.penalties import Penalty


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(*CARING)
def penalty(request: StaffRequest, entry_id: int) -> HttpResponse:
    """One penalty: taken back or left standing where it is disputed, waived where it is not."""
    found, at = _find(request, entry_id), timezone.now()
    act = request.POST.get("act", "") if request.method == "POST" else ""
    verbs = _verbs(found, request.user, at)
    forms = {name: ReasonForm(request.POST if act == name else None, auto_id=f"{name}_%s") for name in verbs}
    for name, form in forms.items():
        if form.carried_out(verbs[name]):
            messages.success(request, _("That is done, and the client has been told why."))
            return redirect("desk-penalty", entry_id)
    context = {
        "penalty": found,
        "session": found.session,
        "now": at,
        "forms": forms,
        "refusal": next((form.refusal for form in forms.values() if form.refusal), None),
        "mine": manages(request.user, found.session.organisation),
        "may_settle": penalties.may_settle(request.user, found),
    }
    return render(request, "dashboard/desk/penalty.html", context, status=max(form.status for form in forms.values()))


def _find(request: StaffRequest, entry_id: int) -> Penalty:
    entry = penalties.visible_to(request.user).select_related("account__organisation", "by").filter(pk=entry_id).first()
    if entry is None:
        raise Http404
    try:
        return penalties.look(entry)
    except Session.DoesNotExist:
        raise Http404 from None


def _verbs(found: Penalty, by: Person, at: datetime) -> dict[str, Callable[[dict[str, Any]], object]]:
    """What can be done about the penalty, by the name of its button; a dispute can only be settled where there is one."""
    verbs: dict[str, Callable[[dict[str, Any]], object]] = {
        "waive": lambda said: penalties.waive(penalty=found.entry, by=by, at=at, **said)
    }
    if (dispute := found.dispute) is not None:
        verbs["reverse"] = lambda said: penalties.reverse(dispute=dispute, by=by, at=at, **said)
        verbs["stand"] = lambda said: penalties.let_stand(dispute=dispute, by=by, at=at, **said)
    return verbs
