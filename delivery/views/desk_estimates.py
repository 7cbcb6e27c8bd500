"""The desk's pages of estimates: writing one, reading it, handing it in, taking it back, a new version (rules D1 to D3)."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clients.access import has_duty
from clients.desk import StaffRequest, for_staff
from clients.models import StaffDuty
from core.errors import NotAllowed
from core.forms import ActForm
from delivery import differences, estimate_facts, estimates, life, review, sheets, tasks, terms, writing
from delivery.estimate_forms import KeyForm, WhyForm
from delivery.models import LIVE, DeliveryTask, Estimate, EstimateState, TaskState
from delivery.views import desk_task

WRITES = ["GET", "HEAD", "POST"]
SEEN_WITH = ("task__organisation__account_manager", "task__case", "prepared_by", "submitted_by", "closed_by")


@require_http_methods(WRITES)
@for_staff()
def new(request: StaffRequest, task_id: int) -> HttpResponse:
    """Write the first estimate of a task, or a change of what is accepted."""
    task = desk_task.find(request, task_id)
    if not life.may_work(request.user, task):
        raise NotAllowed
    if terms.offered() is None:
        messages.warning(request, terms.DeliveryNotOffered.message)
        return redirect("desk-delivery-task", task.pk)
    if request.method != "POST" and (task.state not in estimates.ESTIMABLE or task.estimates.filter(state__in=LIVE).exists()):
        messages.warning(request, _("No estimate can be begun for this task now: one is on its way, or the task has moved on."))
        return redirect("desk-delivery-task", task.pk)
    return _written(request, task, None)


@require_http_methods(WRITES)
@for_staff()
def write(request: StaffRequest, estimate_id: int) -> HttpResponse:
    """Go on writing a draft."""
    estimate = find(request, estimate_id)
    if not life.may_work(request.user, estimate.task):
        raise NotAllowed
    if request.method != "POST" and estimate.state != EstimateState.DRAFT:
        messages.warning(request, _("This estimate is handed in: its lines and sums stand. Nothing has changed."))
        return redirect("desk-delivery-estimate", estimate.pk)
    return _written(request, estimate.task, estimate)


@require_safe
@for_staff()
def estimate(request: StaffRequest, estimate_id: int) -> HttpResponse:
    """One version: what the client reads, how it differs from the one before, and what can be done with it now."""
    return show(request, find(request, estimate_id))


@require_POST
@for_staff()
def submit(request: StaffRequest, estimate_id: int) -> HttpResponse:
    """Hand it in."""
    found = find(request, estimate_id)
    form = ActForm(request.POST)
    if not form.carried_out(lambda _said: estimates.submit(found, by=request.user, at=timezone.now())):
        return show(request, find(request, estimate_id), status=form.status, hand_in=form)
    found.refresh_from_db(fields=["state"])
    passed = found.state == EstimateState.OFFERED
    messages.success(request, _("It passed by itself, and the client has it.") if passed else _("Handed in. It is being reviewed."))
    return redirect("desk-delivery-estimate", estimate_id)


@require_POST
@for_staff()
def revise(request: StaffRequest, estimate_id: int) -> HttpResponse:
    """Begin a new version of it."""
    found, form, begun = find(request, estimate_id), KeyForm(request.POST), []

    def begin(said: dict[str, Any]) -> None:
        cause = f"estimate-revised:{request.user.pk}:{said['key']}"
        begun.append(estimates.revise(found, by=request.user, at=timezone.now(), cause=cause))

    if not form.carried_out(begin):
        return show(request, find(request, estimate_id), status=form.status, anew=form)
    messages.success(request, _("This is the new version, a draft. The client sees it once it is approved."))
    return redirect("desk-delivery-estimate-write", begun[0].pk)


@require_http_methods(WRITES)
@for_staff()
def withdraw(request: StaffRequest, estimate_id: int) -> HttpResponse:
    """Take it back, before it is accepted."""
    found = find(request, estimate_id)
    if not life.may_work(request.user, found.task):
        raise NotAllowed
    had_it = found.state == EstimateState.OFFERED
    form = WhyForm(
        request.POST if request.method == "POST" else None,
        label=_("Reason"),
        help_text=_("The client reads it.") if had_it else _("Colleagues read it."),
    )
    at = timezone.now()
    if form.carried_out(lambda said: estimates.withdraw(found, reason=said["reason"], by=request.user, at=at)):
        messages.success(request, pgettext("an estimate", "Taken back."))
        return redirect("desk-delivery-task", found.task_id)
    return render(request, "delivery/desk/withdraw.html", {"estimate": found, "form": form, "had_it": had_it}, status=form.status)


@require_http_methods(WRITES)
@for_staff()
def hand_over_free(request: StaffRequest, task_id: int) -> HttpResponse:
    """A task that costs nothing goes straight to delivery."""
    task = desk_task.find(request, task_id)
    if not life.may_manage(request.user, task):
        raise NotAllowed
    if request.method != "POST" and task.state != TaskState.ESTIMATING:
        messages.warning(request, _("Only a task whose cost is to be estimated can be handed over without one. Nothing has changed."))
        return redirect("desk-delivery-task", task.pk)
    typed = request.POST if request.method == "POST" else None
    form, at = WhyForm(typed, label=_("Why it costs nothing"), help_text=_("The client reads it.")), timezone.now()
    if form.carried_out(lambda said: tasks.hand_over_free(task, reason=said["reason"], by=request.user, at=at)):
        messages.success(request, _("Handed over to delivery, without a cost."))
        return redirect("desk-delivery-task", task.pk)
    return render(request, "delivery/desk/free.html", {"task": task, "form": form}, status=form.status)


def find(request: StaffRequest, estimate_id: int) -> Estimate:
    """The estimate, if it is visible to who asks, or theirs to review; 404 otherwise."""
    seen = Estimate.objects.visible_to(request.user).select_related(*SEEN_WITH).filter(pk=estimate_id).first()
    if seen is not None:
        return seen
    if not has_duty(request.user, StaffDuty.ACCOUNT_MANAGER):
        raise Http404
    asked = get_object_or_404(Estimate.objects.select_related(*SEEN_WITH), pk=estimate_id, state=EstimateState.REVIEWING)
    if not review.may_approve(asked, request.user):
        raise Http404
    return asked


def show(request: StaffRequest, found: Estimate, *, status: int = 200, **more: object) -> HttpResponse:
    """The page of the estimate; `more` are forms that were refused, by the name that the page knows them by."""
    context: dict[str, Any] = {
        "estimate": found,
        "task": found.task,
        "sheet": sheets.of(found),
        "since": differences.since(found),
        "anew": KeyForm(initial={"key": str(uuid4())}),
    }
    context |= estimate_facts.acts(found, request.user, at=timezone.now())
    return render(request, "delivery/desk/estimate.html", context | more, status=status)


def _written(request: StaffRequest, task: DeliveryTask, draft: Estimate | None) -> HttpResponse:
    """The form; saved, the page of the estimate follows."""
    if request.method != "POST":
        return _form(request, task, draft, writing.of(draft) if draft else writing.begun(task))
    if "add" in request.POST or "drop" in request.POST:
        return _form(request, task, draft, writing.reshaped(task, request.POST))
    typed, saved = writing.sent(task, request.POST), []

    def save(said: dict[str, Any]) -> None:
        if draft:
            saved.append(estimates.write(draft, typed.content, by=request.user, at=timezone.now()))
            return
        cause = f"estimate:{request.user.pk}:{said['key']}"
        saved.append(estimates.draft(task, typed.content, by=request.user, at=timezone.now(), cause=cause))

    if typed.is_valid() and typed.head.carried_out(save):
        return redirect("desk-delivery-estimate", saved[0].pk)
    return _form(request, task, draft, typed)


def _form(request: StaffRequest, task: DeliveryTask, draft: Estimate | None, typed: writing.Writing) -> HttpResponse:
    context = {"task": task, "estimate": draft, "writing": typed, "is_change": task.state != TaskState.ESTIMATING}
    return render(request, "delivery/desk/estimate_write.html", context, status=typed.status)
