"""What staff do about what is done: tell the client, record an answer, mend, reach a milestone, make it a service (rules D5, D7)."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clients import access
from clients.desk import StaffRequest, for_staff
from clients.models import Deployment
from core.errors import NotAllowed
from core.formatting import moment
from core.forms import ActForm
from delivery import billing, completion, done_words, handover, life, milestones
from delivery.completion_forms import DoneForm, MendForm, RecordForm, ServiceForm
from delivery.models import DeliveryTask, EstimateState, Fault, Milestone, TaskState
from delivery.views import done_acts
from delivery.views.desk_task import find
from delivery.views.done_acts import Act, sent

ACTS = ["GET", "HEAD", "POST"]


@require_http_methods(ACTS)
@for_staff()
def done(request: StaffRequest, task_id: int) -> HttpResponse:
    """Tell the client that it is done."""
    task, at = _managed(request, find(request, task_id)), timezone.now()
    if task.state != TaskState.WORKING:
        return done_acts.gone(request, task, name="desk-delivery-task")
    account = billing.account_of(task)
    asked = _("The client is asked to accept it, or to list faults, by %(when)s.") % {"when": moment(completion.due(at))}
    act = Act(
        title=_("Tell the client that it is done"),
        sentence=f"{asked} {done_words.when_accepted(account)}",
        label=_("Tell the client"),
        done=_("The client is told, and asked to accept it or to list faults."),
    )
    form = DoneForm(sent(request))
    return done_acts.desk_page(request, task, act, form, lambda said: completion.tell_done(task, by=request.user, at=at, **said))


@require_http_methods(ACTS)
@for_staff()
def record(request: StaffRequest, task_id: int) -> HttpResponse:
    """Record an answer that came by phone or mail."""
    task, at = _managed(request, find(request, task_id)), timezone.now()
    if (told := completion.waiting(task)) is None:
        return done_acts.gone(request, task, name="desk-delivery-task")
    act = Act(
        title=_("Record the client’s answer"),
        sentence=_("It counts as if it had been given on the page. %(effect)s") % {"effect": _effect(task)},
        text=told.words,
        label=_("Record it"),
        done=_("Recorded, and everybody told."),
        more_rows=True,
    )
    form = RecordForm(sent(request), people=access.approvers(task.organisation, at=at), **done_acts.rows_of(request, task))
    return done_acts.desk_page(request, task, act, form, lambda said: completion.record(told, form.given(said), by=request.user, at=at))


@require_http_methods(ACTS)
@for_staff()
def fault(request: StaffRequest, fault_id: int) -> HttpResponse:
    """Say how a fault was mended."""
    seen = DeliveryTask.objects.visible_to(request.user)
    wrong = get_object_or_404(Fault.objects.filter(task__in=seen.values("pk")), pk=fault_id)
    task, at = find(request, wrong.task_id), timezone.now()
    if not life.may_work(request.user, task):
        raise NotAllowed
    if wrong.mended_at is not None or task.state != TaskState.WORKING:
        return done_acts.gone(request, task, name="desk-delivery-task")
    act = Act(
        title=_("Fault %(number)s is mended") % {"number": wrong.number},
        sentence=_("The client is told how. Mending costs nothing: time on it is never invoiced."),
        text=wrong.text,
        label=_("It is mended"),
        done=_("Mended, and the client told."),
    )
    form = MendForm(sent(request))
    return done_acts.desk_page(request, task, act, form, lambda said: completion.mend(wrong, how=said["reason"], by=request.user, at=at))


@require_http_methods(ACTS)
@for_staff()
def milestone(request: StaffRequest, milestone_id: int) -> HttpResponse:
    """Say that a milestone is reached."""
    seen = DeliveryTask.objects.visible_to(request.user)
    found = Milestone.objects.filter(estimate__task__in=seen.values("pk"), estimate__state=EstimateState.ACCEPTED)
    step = get_object_or_404(found.select_related("estimate"), pk=milestone_id)
    task = _managed(request, find(request, step.estimate.task_id))
    if step.reached_at is not None or task.state not in (TaskState.READY, TaskState.WORKING):
        return done_acts.gone(request, task, name="desk-delivery-task")
    act = Act(
        title=_("Milestone “%(title)s” is reached") % {"title": step.title},
        sentence=done_words.when_reached(step, task),
        label=_("It is reached"),
        done=_("Reached, and the client told."),
    )
    form = ActForm(sent(request))
    at = timezone.now()
    return done_acts.desk_page(request, task, act, form, lambda _said: milestones.reach_milestone(step, by=request.user, at=at))


@require_http_methods(ACTS)
@for_staff()
def service(request: StaffRequest, task_id: int) -> HttpResponse:
    """Let what was delivered be an agreed service."""
    task, at = _managed(request, find(request, task_id)), timezone.now()
    if task.state != TaskState.ACCEPTED or task.service_id is not None:
        return done_acts.gone(request, task, name="desk-delivery-task")
    act = Act(
        title=_("Make it an agreed service"),
        sentence=_("The agreement in force names it from now on: help with it is support. The client is told."),
        label=_("Make it an agreed service"),
        done=_("It is an agreed service now, and the client told."),
    )
    initial = {"name": task.title[: handover.LONGEST_NAME], "deployment": Deployment.RECOMMENDED}
    form = ServiceForm(sent(request), initial=initial)

    def agree(said: dict[str, Any]) -> DeliveryTask:
        deployment = Deployment(said.pop("deployment"))
        return handover.agree_service(task, deployment=deployment, by=request.user, at=at, **said)

    return done_acts.desk_page(request, task, act, form, agree)


def _managed(request: StaffRequest, task: DeliveryTask) -> DeliveryTask:
    """The task, where who asks looks after its client. Raises NotAllowed."""
    if not life.may_manage(request.user, task):
        raise NotAllowed
    return task


def _effect(task: DeliveryTask) -> str:
    return done_words.when_accepted(billing.account_of(task))
