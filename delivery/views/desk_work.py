"""What is done in a task from the desk: begun, assigned, planned, told of, spent, taken back. Each a POST of one verb."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clients.desk import StaffRequest, for_staff
from core.errors import DomainError, NotAllowed
from core.forms import ActForm, ReasonForm
from delivery import life, tasks, thread, withdrawing, worklog
from delivery.models import DeliveryCost, DeliveryTask, DeliveryTime
from delivery.thread import Word
from delivery.views.desk_task import find, show_refused
from delivery.work_forms import AssignForm, PlanForm, SpendForm, WordForm, WorkspaceForm


@dataclass(frozen=True, kw_only=True)
class Asking:
    """An act that asks for a reason on a page of its own: what it is called, what follows from it, and what is said after."""

    title: str
    sentence: str
    label: str
    done: str
    tone: str = "plain"


@require_POST
@for_staff()
def begin(request: StaffRequest, task_id: int) -> HttpResponse:
    """Work begins; the client is told (rule D2). From the board one goes back to it."""
    found, is_from_board = find(request, task_id), request.POST.get("from") == "board"
    try:
        tasks.begin(found, by=request.user, at=timezone.now())
    except NotAllowed:
        raise
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Work has begun on D%(number)s, and the client is told.") % {"number": found.pk})
    if is_from_board:
        return redirect(f"{reverse('desk-delivery')}?{QueryDict(request.POST.get('query', '')[:500]).urlencode()}")
    return redirect(_page(found))


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff()
def put_back(request: StaffRequest, task_id: int) -> HttpResponse:
    """Work that was begun too early is ready again, where nothing was logged."""
    found = find(request, task_id)
    asking = Asking(
        title=_("Put back to be begun later"),
        sentence=_("The task is ready again, and not in work. That is possible as long as nothing is logged on it."),
        label=_("Put it back"),
        done=_("The task is ready again."),
    )
    return _ask(request, found, asking, lambda said: tasks.put_back(found, by=request.user, at=timezone.now(), **said))


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff()
def withdraw(request: StaffRequest, task_id: int) -> HttpResponse:
    """Withdraw a task on which no work has begun."""
    found = find(request, task_id)
    if not life.may_manage(request.user, found):
        raise NotAllowed
    asking = Asking(
        title=_("Withdraw the task"),
        sentence=_("Nothing is done, and nothing is invoiced. An estimate that waits is taken back, and credit held for it is free again."),
        label=_("Withdraw the task"),
        tone="cost",
        done=_("The task is withdrawn, and everybody told."),
    )
    return _ask(request, found, asking, lambda said: withdrawing.withdraw(found, by=request.user, at=timezone.now(), **said))


@require_POST
@for_staff()
def assign(request: StaffRequest, task_id: int) -> HttpResponse:
    """Somebody has the task from now on, or nobody."""
    found = find(request, task_id)
    form = AssignForm(request.POST, task=found, auto_id="assign_%s")
    return _carry_out(
        request, found, "assign", form, lambda said: tasks.assign(found, to=said["person"], by=request.user, at=timezone.now())
    )


@require_POST
@for_staff()
def plan(request: StaffRequest, task_id: int) -> HttpResponse:
    """Plan the work; the client sees the days."""
    found = find(request, task_id)
    form = PlanForm(request.POST, auto_id="plan_%s")
    return _carry_out(request, found, "plan", form, lambda said: tasks.plan(found, by=request.user, at=timezone.now(), **said))


@require_POST
@for_staff()
def workspace(request: StaffRequest, task_id: int) -> HttpResponse:
    """Name the client's own team space (rule D4)."""
    found = find(request, task_id)
    form = WorkspaceForm(request.POST, auto_id="space_%s")
    return _carry_out(
        request, found, "workspace", form, lambda said: thread.set_workspace(found, said["address"], by=request.user, at=timezone.now())
    )


@require_POST
@for_staff()
def say(request: StaffRequest, task_id: int) -> HttpResponse:
    """Write to the client, or a note for us only: the button says which (rule D4)."""
    found = find(request, task_id)
    form = WordForm(request.POST, auto_id="say_%s")
    notes = request.POST.get("way") == "note"
    verb = thread.add_note if notes else thread.say

    def speak(said: dict[str, Any]) -> None:
        cause = f"task:{found.pk}:desk:{request.user.pk}:{said['key']}"
        verb(found, Word(said["text"]), by=request.user, at=timezone.now(), cause=cause)

    done = _("The note is kept.") if notes else _("The client is told.")
    return _carry_out(request, found, "say", form, speak, done)


@require_POST
@for_staff()
def spend(request: StaffRequest, task_id: int) -> HttpResponse:
    """Log mileage or an expense (rule S12)."""
    found = find(request, task_id)
    form = SpendForm(request.POST, task=found, auto_id="spend_%s")

    def log(said: dict[str, Any]) -> None:
        cause = f"task:{found.pk}:spent:{request.user.pk}:{said['key']}"
        worklog.spend(found, form.cost, by=request.user, at=timezone.now(), cause=cause)

    return _carry_out(request, found, "spend", form, log, _("The expense is logged."))


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff()
def take_back_time(request: StaffRequest, task_id: int, entry_id: int) -> HttpResponse:
    """Take back time that was logged wrongly, one's own or on behalf of somebody."""
    found = find(request, task_id)
    entry = get_object_or_404(DeliveryTime.objects.select_related("person", "task__organisation"), pk=entry_id, task=found)
    return _ask(
        request, found, _taking_back(), lambda said: worklog.take_back(entry, by=request.user, at=timezone.now(), **said), entry=entry
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff()
def take_back_cost(request: StaffRequest, task_id: int, cost_id: int) -> HttpResponse:
    """Take back an expense."""
    found = find(request, task_id)
    cost = get_object_or_404(DeliveryCost.objects.select_related("logged_by", "task__organisation"), pk=cost_id, task=found)
    return _ask(
        request, found, _taking_back(), lambda said: worklog.take_back_cost(cost, by=request.user, at=timezone.now(), **said), cost=cost
    )


def _taking_back() -> Asking:
    return Asking(
        title=_("Take it back"),
        sentence=_("It stays readable, counts no more, and leaves its room in the accepted sum."),
        label=_("Take it back"),
        done=_("It is taken back. It can still be read, and counts no more."),
    )


def _carry_out(
    request: StaffRequest, found: DeliveryTask, name: str, form: ActForm, act: Callable[[dict[str, Any]], object], done: str = ""
) -> HttpResponse:
    if not form.carried_out(act):
        return show_refused(request, found, name, form)
    messages.success(request, done or _("It is kept."))
    return redirect(_page(found))


def _ask(request: StaffRequest, found: DeliveryTask, asking: Asking, act: Callable[[dict[str, Any]], object], **shown: Any) -> HttpResponse:
    """The page of an act that asks for a reason; sent, it is carried out, and the page of the task follows."""
    if not life.may_work(request.user, found):
        raise NotAllowed
    sent: QueryDict | None = request.POST if request.method == "POST" else None
    form = ReasonForm(sent)
    if form.carried_out(act):
        messages.success(request, asking.done)
        return redirect(_page(found))
    return render(request, "delivery/desk/act.html", {"task": found, "asking": asking, "form": form, **shown}, status=form.status)


def _page(found: DeliveryTask) -> str:
    return reverse("desk-delivery-task", args=[found.pk])
