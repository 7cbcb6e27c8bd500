"""One case at the desk: its page, and what is said in it (rules S4, S6)."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cases import filing, words
from cases.models import Case
from cases.views.desk_page import canned, find, say_form, show
from cases.views.desk_queue import DUTIES
from clients.desk import StaffRequest, for_staff
from core.forms import ActForm, ReasonForm

WAYS = {"answer": words.answer, "ask": words.ask, "note": words.add_note}


@require_safe
@for_staff(*DUTIES)
def case(request: StaffRequest, case_id: int) -> HttpResponse:
    """One case, with its notes."""
    return show(request, case_id)


@require_POST
@for_staff(*DUTIES)
def say(request: StaffRequest, case_id: int) -> HttpResponse:
    """An answer, a question to the client, or a note: the button that was pressed says which. Or insert a canned answer."""
    found = find(request, case_id)
    way = request.POST.get("way", "note")
    if way not in WAYS:
        return _insert(request, found)
    form = say_form(request, request.POST, request.FILES)
    at, cause = timezone.now(), f"case:{found.pk}:{request.user.pk}:{request.POST.get('key', '')[:60]}"
    if not form.carried_out(lambda said: filing.we_say(WAYS[way], found, said["text"], form.uploads, by=request.user, at=at, cause=cause)):
        return show(request, case_id, refused={"say": form})
    done = {"answer": _("The answer is sent."), "ask": _("The question is sent; the case waits for the client.")}
    messages.success(request, done.get(way, _("The note is kept, for us only.")))
    return redirect(f"{reverse('desk-case', args=[case_id])}#last")


@require_POST
@for_staff(*DUTIES)
def begin(request: StaffRequest, case_id: int) -> HttpResponse:
    """Troubleshooting begins, and the client is told."""
    found = find(request, case_id)
    form = ActForm(request.POST)
    told = _("Troubleshooting has begun; the client is told.")
    return carried(
        request, found, "begin", form, told, lambda _said: words.begin_troubleshooting(found, by=request.user, at=timezone.now())
    )


@require_POST
@for_staff(*DUTIES)
def no_answer(request: StaffRequest, case_id: int) -> HttpResponse:
    """The client's last word needs no answer."""
    found = find(request, case_id)
    form = ReasonForm(request.POST, auto_id="none_%s")
    told = _("It is noted that no answer is needed.")
    return carried(
        request,
        found,
        "no_answer",
        form,
        told,
        lambda said: words.no_answer_needed(found, by=request.user, at=timezone.now(), reason=said["reason"]),
    )


def carried(request: StaffRequest, found: Case, name: str, form: ActForm, told: str, act: Callable[[dict], object]) -> HttpResponse:  # type: ignore[type-arg]
    """Back to the page of the case when the act was carried out; else the page with what was typed and why not."""
    if not form.carried_out(act):
        return show(request, found.pk, refused={name: form})
    messages.success(request, told)
    return redirect("desk-case", found.pk)


def _insert(request: StaffRequest, found: Case) -> HttpResponse:
    """The page with the canned answer in what was typed; nothing is sent."""
    asked = say_form(request, request.POST)
    asked.is_valid()
    typed = request.POST.get("text", "")
    chosen = asked.cleaned_data.get("canned")
    text = canned(typed, found, chosen) if chosen else typed
    kept = {"text": text, "key": request.POST.get("key", "")[:60]}
    return show(request, found.pk, refused={"say": say_form(request, initial=kept)})
