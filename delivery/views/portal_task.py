"""The client's pages of delivery tasks: the list, one task, and what they write in it."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clients.models import Organisation
from clients.portal import SignedIn, in_view, portal_page
from core.once import at_one_moment
from delivery import acceptance_facts, cost_facts, done_facts, life, thread, work_facts
from delivery.models import DeliveryTask, TaskQuerySet
from delivery.thread import Word
from delivery.work_forms import WordForm

SEEN_WITH = ("organisation__account_manager", "case", "assignee", "contact", "decision", "service")
PAGE_LENGTH = 20


@require_safe
@portal_page
def task_list(request: SignedIn) -> HttpResponse:
    """The tasks of one's organisations: the open ones, the newest first, then what is closed, the latest first."""
    found = (
        of_member(request).filter(organisation__in=in_view(request)).order_by(F("closed_at").desc(nulls_first=True), "-opened_at", "-pk")
    )
    page = Paginator(found, PAGE_LENGTH).get_page(request.GET.get("page"))
    context = {"page": page, "several": len(in_view(request)) > 1}
    return render(request, "delivery/portal/list.html", context)


@require_safe
@portal_page
def task(request: SignedIn, task_id: int) -> HttpResponse:
    """One task. Staff who are no members have the desk."""
    found = of_member(request).filter(pk=task_id).first()
    if found is None:
        seen = get_object_or_404(DeliveryTask.objects.visible_to(request.user), pk=task_id)
        return redirect("desk-delivery-task", seen.pk)
    return show(request, found)


@require_POST
@portal_page
def say(request: SignedIn, task_id: int) -> HttpResponse:
    """Write in the thread of a task, also of one that is closed (rule D4)."""
    found = find(request, task_id)
    form = WordForm(request.POST, auto_id="word_%s")

    def speak(said: dict[str, Any]) -> None:
        cause = f"task:{found.pk}:portal:{request.user.pk}:{said['key']}"
        thread.say(found, Word(said["text"]), by=request.user, at=timezone.now(), cause=cause)

    if form.carried_out(speak):
        messages.success(request, _("Your message is sent."))
        return redirect("delivery-task", found.pk)
    return show(request, found, status=form.status, work_form=form)


def of_member(request: SignedIn) -> TaskQuerySet:
    """The tasks of the organisations that one belongs to: staff have the desk instead."""
    mine = Organisation.objects.of_member(request.user)
    return DeliveryTask.objects.visible_to(request.user).filter(organisation__in=mine.values("pk")).select_related(*SEEN_WITH)


def find(request: SignedIn, task_id: int) -> DeliveryTask:
    """The task, if it is of one's own organisations; 404 otherwise."""
    return get_object_or_404(of_member(request), pk=task_id)


@at_one_moment()
def show(request: SignedIn, found: DeliveryTask, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page of the task; `more` are forms that were refused, by the name that the page knows them by."""
    now, person = timezone.now(), request.user
    context: dict[str, Any] = {"task": found, "now": now, "speaks": life.may_speak(person, found)}
    for facts in (cost_facts, acceptance_facts, done_facts, work_facts):
        context |= facts.portal(found, person, at=now)
    return render(request, "delivery/portal/task.html", context | more, status=status)
