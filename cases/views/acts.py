"""One act on a case, on a page of its own: what follows from it is said first, and only sending its form does it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from cases.models import Case
from core.forms import ActForm


@dataclass(frozen=True, kw_only=True)
class Act:
    """What an act is called, what follows from it, and what is said when it is done. `rows`: deadlines, by priority."""

    title: str
    sentence: str
    label: str
    done: str
    text: str = ""
    rows: Sequence[Any] = ()
    tone: str = "plain"


def page(request: HttpRequest, case: Case, act: Act, form: ActForm, carry_out: Callable[[dict[str, Any]], object]) -> HttpResponse:
    """The page of the act for clients; sent, it is carried out, and the page of the case follows."""
    return _page(request, "portal", case, act, form, carry_out)


def desk_page(request: HttpRequest, case: Case, act: Act, form: ActForm, carry_out: Callable[[dict[str, Any]], object]) -> HttpResponse:
    """The same for staff."""
    return _page(request, "desk", case, act, form, carry_out)


def gone(request: HttpRequest, case: Case, *, name: str) -> HttpResponse:
    """The act is not possible now: say so on the page of the case."""
    messages.warning(request, _("That is not possible with this case now. Nothing has changed."))
    return redirect(name, case.pk)


def sent(request: HttpRequest) -> QueryDict | None:
    """What was sent with the form; nothing where its page is only looked at."""
    return request.POST if request.method == "POST" else None


def _page(
    request: HttpRequest, side: str, case: Case, act: Act, form: ActForm, carry_out: Callable[[dict[str, Any]], object]
) -> HttpResponse:
    back = "case" if side == "portal" else "desk-case"
    if form.carried_out(carry_out):
        messages.success(request, act.done)
        return redirect(back, case.pk)
    return render(request, f"cases/{side}/act.html", {"case": case, "act": act, "form": form}, status=form.status)
