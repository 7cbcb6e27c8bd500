"""Disputes at the desk: what waits, and how one of hours is settled by the account manager (rules C8, C10)."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clients.access import has_duty, manages
from clients.desk import StaffRequest, for_staff
from clients.models import Organisation, StaffDuty
from core.forms import ReasonForm
from people.models import Person
from sessions import disputes, penalties
from sessions.desk_forms import CorrectForm
from sessions.models import Dispute, PenaltyDispute, Session
from sessions.receipts import receipt


@require_safe
@for_staff(StaffDuty.ACCOUNT_MANAGER, StaffDuty.ADMINISTRATOR)
def waiting(request: StaffRequest) -> HttpResponse:
    """The disputes that wait for the account manager, the one due first on top; an administrator sees everybody's."""
    found = open_disputes(request.user).select_related("session__organisation", "raised_by").order_by("due_at", "pk")
    context = {"disputes": found, "penalties": open_penalties(request.user), "now": timezone.now()}
    return render(request, "sessions/desk/disputes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff()
def dispute(request: StaffRequest, dispute_id: int) -> HttpResponse:
    """One dispute: each line as logged and as the client says, what either would charge, and the ruling."""
    found, at = _find(request, dispute_id), timezone.now()
    lines = list(found.lines.select_related("entry__person").order_by("entry__started_at", "pk"))
    act = request.POST.get("act", "") if request.method == "POST" else ""
    uphold = ReasonForm(request.POST if act == "uphold" else None, auto_id="uphold_%s")
    correct = CorrectForm(request.POST if act in ("correct", "preview") else None, lines=lines, auto_id="correct_%s")
    if uphold.carried_out(lambda said: disputes.uphold(dispute=found, by=request.user, at=at, **said)):
        messages.success(request, _("The hours stand. They are deducted, and the client has been told why."))
        return redirect("desk-dispute", dispute_id)
    if not correct.only_shown and correct.carried_out(lambda said: _correct(correct, found, request.user, at, said["reason"])):
        messages.success(request, _("The hours are corrected and deducted. The client has been told why."))
        return redirect("desk-dispute", dispute_id)
    for form in (uphold, correct):
        if form.refusal:
            messages.error(request, str(form.refusal))
    context = {"dispute": found, "lines": lines, "uphold": uphold, "correct": correct, "now": at}
    context |= _outcomes(found, correct) | _who_settles(request.user, found, at)
    return render(request, "sessions/desk/dispute.html", context, status=max(uphold.status, correct.status))


def open_disputes(person: Person) -> QuerySet[Dispute]:
    """The disputes that nobody has settled, of the clients that `person` manages; an administrator's are all."""
    return Dispute.objects.filter(outcome="", session__organisation__in=_clients_of(person))


def open_penalties(person: Person) -> QuerySet[PenaltyDispute]:
    """The same for disputes of penalties."""
    return penalties.open_disputes(_clients_of(person))


def _clients_of(person: Person) -> QuerySet[Organisation]:
    """The clients whose disputes stand in the list of `person`."""
    if has_duty(person, StaffDuty.ADMINISTRATOR):
        return Organisation.objects.all()
    return Organisation.objects.managed_by(person)


def _find(request: StaffRequest, dispute_id: int) -> Dispute:
    visible = Dispute.objects.filter(session__in=Session.objects.visible_to(request.user))
    return get_object_or_404(visible.select_related("session__organisation", "raised_by", "settled_by"), pk=dispute_id)


def _correct(form: CorrectForm, found: Dispute, by: Person, at: datetime, reason: str) -> Dispute:
    return disputes.correct(dispute=found, minutes=form.figures, by=by, at=at, reason=reason)


def _outcomes(found: Dispute, correct: CorrectForm) -> dict[str, Any]:
    """The receipts of what could be decided: the hours stand, the client is right, or the figures that were typed."""
    session = found.session
    typed = correct.figures if correct.only_shown and correct.is_valid() else None
    return {
        "as_logged": receipt(session, figures={}),
        "as_claimed": receipt(session, figures=disputes.claims_of(found)),
        "as_typed": receipt(session, figures=typed) if typed else None,
    }


def _who_settles(person: Person, found: Dispute, at: datetime) -> dict[str, bool]:
    """Whether this person can settle it, and if not, why."""
    mine = manages(person, found.session.organisation)
    may_settle = disputes.may_settle(person, found.session)
    in_time = at <= found.due_at
    return {"settles": may_settle and in_time and not found.outcome, "worked": mine and not may_settle, "mine": mine, "in_time": in_time}
