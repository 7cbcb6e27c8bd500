"""One act on what is done, on a page of its own: what follows from it is said first, and only sending its form does it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from core.forms import ActForm
from delivery.completion_forms import counted
from delivery.models import DeliveryTask

CarryOut = Callable[[dict[str, Any]], object]


@dataclass(frozen=True, kw_only=True)
class Act:
    """What an act is called, what follows from it, and what is said when it is done. `text` is what it is about."""

    title: str
    sentence: str
    label: str
    done: str
    text: str = ""
    tone: str = "plain"
    more_rows: bool = False
    other_url: str = ""
    other_label: str = ""


def portal_page(request: HttpRequest, task: DeliveryTask, act: Act, form: ActForm, carry_out: CarryOut) -> HttpResponse:
    """The page of the act for clients; sent, it is carried out, and the page of the task follows."""
    return _page(request, "portal", task, act, form, carry_out)


def desk_page(request: HttpRequest, task: DeliveryTask, act: Act, form: ActForm, carry_out: CarryOut) -> HttpResponse:
    """The same for staff."""
    return _page(request, "desk", task, act, form, carry_out)


def gone(request: HttpRequest, task: DeliveryTask, *, name: str) -> HttpResponse:
    """The act is not possible now: say so on the page of the task."""
    messages.warning(request, _("That is not possible with this task now. Nothing has changed."))
    return redirect(name, task.pk)


def sent(request: HttpRequest) -> QueryDict | None:
    """What was sent with the form; nothing where its page is only looked at, or where only another row was asked for."""
    return request.POST if request.method == "POST" and "more" not in request.POST else None


def rows_of(request: HttpRequest, task: DeliveryTask) -> dict[str, Any]:
    """How many rows for faults the form has: another one where that was asked for, with what was typed."""
    if "more" not in request.POST:
        return {"currency": task.currency}
    return {
        "currency": task.currency,
        "count": counted(request.POST, 0) + 1,
        "initial": {name: typed for name, typed in request.POST.items() if name != "rows"},
    }


def _page(request: HttpRequest, side: str, task: DeliveryTask, act: Act, form: ActForm, carry_out: CarryOut) -> HttpResponse:
    back = "delivery-task" if side == "portal" else "desk-delivery-task"
    if form.carried_out(carry_out):
        messages.success(request, act.done)
        return redirect(back, task.pk)
    context = {"task": task, "act": act, "form": form, "back": back}
    return render(request, f"delivery/{side}/done_act.html", context, status=form.status)
