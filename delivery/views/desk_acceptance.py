"""The desk's pages of the client's answer: recording one that came by phone or mail, and its evidence (rule D1)."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from cases.views.files import HARMLESS
from clients.desk import StaffRequest, for_staff
from core.errors import NotAllowed
from delivery import acceptance, estimate_page, life
from delivery import messages as word
from delivery.acceptance_forms import RecordForm
from delivery.models import Estimate, SpokenAnswer

SEEN_WITH = ("task__organisation__account_manager", "closed_by", "acceptance__person", "acceptance__account")


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff()
def record(request: StaffRequest, estimate_id: int) -> HttpResponse:
    """Record an answer that an approver gave by phone or mail, with its evidence."""
    found, now = _find(request, estimate_id), timezone.now()
    if not life.may_manage(request.user, found.task):
        raise NotAllowed
    local = timezone.localtime(now)
    initial = {"said_on": local.date(), "said_clock": local.time()}
    sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = RecordForm(*sent, initial=initial, approvers=word.approvers(found.task, at=now), request=request)
    if form.carried_out(lambda _said: _carry_out(request, found, form)):
        messages.success(request, _("Recorded, with its evidence. They have been told that it was recorded in their name."))
        return redirect("desk-delivery-task", found.task_id)
    context: dict[str, Any] = {"estimate": found, "task": found.task, "form": form, "effect": estimate_page.effect(found)}
    context["turn"] = estimate_page.turn(found, request.user, at=now)
    return render(request, "delivery/desk/acceptance.html", context, status=form.status)


@require_safe
@cache_control(private=True, no_store=True)
@for_staff()
def evidence(request: StaffRequest, answer_id: int) -> HttpResponse:
    """The file that proves an answer, under its name, as bytes of no type: to be saved, never to be shown."""
    seen = SpokenAnswer.objects.filter(estimate__in=Estimate.objects.visible_to(request.user).values("pk"))
    found = get_object_or_404(seen, pk=answer_id)
    if found.file is None:
        raise Http404
    disposition = content_disposition_header(as_attachment=True, filename=found.file_name) or "attachment"
    return HttpResponse(bytes(found.file), headers=HARMLESS | {"Content-Disposition": disposition})


def _carry_out(request: StaffRequest, found: Estimate, form: RecordForm) -> object:
    if form.declines:
        return acceptance.record_decline(found, form.evidence, form.cleaned_data["reason"], by=request.user, at=timezone.now())
    return acceptance.record(found, form.evidence, by=request.user, at=timezone.now())


def _find(request: StaffRequest, estimate_id: int) -> Estimate:
    seen = Estimate.objects.visible_to(request.user).exclude(offered_at=None)
    return get_object_or_404(seen.select_related(*SEEN_WITH), pk=estimate_id)
