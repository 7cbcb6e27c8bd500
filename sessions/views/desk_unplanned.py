"""Unplanned work at the desk: proposed to the client, or begun at once where it cannot wait (rule R8)."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases.models import Case
from clients.desk import StaffRequest, for_staff
from clients.models import StaffDuty
from sessions import unplanned
from sessions.forms import for_case
from sessions.models import Session
from sessions.views import desk_page
from sessions.work_forms import ProposalForm


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(StaffDuty.TECHNICIAN, StaffDuty.DISPATCHER, StaffDuty.ACCOUNT_MANAGER)
def propose(request: StaffRequest) -> HttpResponse:
    """Ask a client to agree to unplanned work, or begin it where it cannot wait."""
    at, made = timezone.now(), []
    form = ProposalForm(desk_page.sent(request), person=request.user, initial=_about(request) | {"key": str(uuid4())})
    if form.carried_out(lambda _said: made.append(_send(form, request, at))):
        asked = _("The client’s approvers have been asked.")
        begun = _("The work has begun. The client’s approvers have been told and asked.")
        messages.success(request, begun if form.begins_at_once else asked)
        return redirect("desk-session", made[0].pk)
    return render(request, "sessions/desk/propose.html", {"form": form, "of_case": form.of_case}, status=form.status)


def _about(request: StaffRequest) -> dict[str, Any]:
    """What the case that the address names says of the work, with its client where they have one account."""
    said = for_case(request.GET.get("case", ""), Case.objects.visible_to(request.user))
    if not said:
        return {}
    accounts = list(unplanned.accounts_for(request.user).filter(organisation__cases=said["case"])[:2])
    return said | {"reason": said["description"][:500], "account": accounts[0] if len(accounts) == 1 else None}


def _send(form: ProposalForm, request: StaffRequest, at: datetime) -> Session:
    said, cause = form.cleaned_data, f"proposal:{request.user.pk}:{form.cleaned_data['key']}"
    if form.begins_at_once:
        return unplanned.begin_urgently(
            account=said["account"], proposal=form.proposal, urgency=said["urgency"], cause=cause, by=request.user, at=at
        )
    return unplanned.propose(account=said["account"], proposal=form.proposal, cause=cause, by=request.user, at=at)
