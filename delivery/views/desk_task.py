"""The desk's pages of delivery tasks: the board, what is closed, and one task with all that can be done in it."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from clients.access import has_duty
from clients.desk import StaffRequest, for_staff
from core.forms import ActForm
from core.once import at_one_moment
from delivery import acceptance_facts, board, cost_facts, done_facts, work_facts
from delivery.models import DeliveryTask
from delivery.views.desk_new import WORKERS
from delivery.work_forms import FilterForm

SEEN_WITH = ("organisation__account_manager", "case", "assignee", "contact", "decision", "service")
PAGE_LENGTH = 50


@require_safe
@for_staff()
def board_page(request: StaffRequest) -> HttpResponse:
    """The open tasks, by state."""
    form = FilterForm(request.GET, person=request.user, auto_id="filter_%s")
    columns = board.columns(form.wanted, at=timezone.now())
    context = {
        "form": form,
        "columns": columns,
        "is_empty": not any(column.count for column in columns),
        "may_open": has_duty(request.user, *WORKERS),
    }
    return render(request, "delivery/desk/board.html", context)


@require_safe
@for_staff()
def closed(request: StaffRequest) -> HttpResponse:
    """What is accepted, declined or withdrawn, the latest first."""
    form = FilterForm(request.GET, person=request.user, auto_id="filter_%s")
    page = Paginator(board.closed(form.wanted), PAGE_LENGTH).get_page(request.GET.get("page"))
    return render(request, "delivery/desk/closed.html", {"form": form, "page": page})


@require_safe
@for_staff()
def task(request: StaffRequest, task_id: int) -> HttpResponse:
    """One task."""
    return show(request, find(request, task_id))


def find(request: StaffRequest, task_id: int) -> DeliveryTask:
    """The task, if it is visible to who asks; 404 otherwise."""
    return get_object_or_404(DeliveryTask.objects.visible_to(request.user).select_related(*SEEN_WITH), pk=task_id)


@at_one_moment()
def show(request: StaffRequest, found: DeliveryTask, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page of the task; `more` are forms that were refused, by the name that the page knows them by."""
    now, person = timezone.now(), request.user
    context: dict[str, Any] = {"task": found, "now": now}
    for facts in (cost_facts, acceptance_facts, done_facts, work_facts):
        context |= facts.desk(found, person, at=now)
    return render(request, "delivery/desk/task.html", context | more, status=status)


def show_refused(request: StaffRequest, found: DeliveryTask, name: str, form: ActForm) -> HttpResponse:
    """The page of the task, with one of its own forms as it was typed, and what was wrong with it."""
    return show(request, found, status=form.status, work_forms=work_facts.forms_of(found) | {name: form})
