"""What people ask about their own data, at the desk: listed with its last day, proposed, agreed to, refused (GDPR article 12)."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clients.desk import StaffRequest, for_staff
from clients.models import Erasure, ErasureState, StaffDuty
from clients.privacy import erasures, exports
from core.errors import DomainError, NotAllowed
from core.forms import ReasonForm
from dashboard import privacy
from dashboard.privacy_forms import COPY, AskForm, ProposalForm
from people import duties
from people.personal import Erasing


@require_safe
@for_staff(StaffDuty.ADMINISTRATOR)
def requests(request: StaffRequest) -> HttpResponse:
    """All requests, those first that wait."""
    return render(request, "privacy/desk/requests.html", {"requests": privacy.requests(request.user, today=privacy.today())})


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(StaffDuty.ADMINISTRATOR)
def ask(request: StaffRequest) -> HttpResponse:
    """Enter a request that came by mail, by phone or on paper."""
    form, now = AskForm(request.POST if request.method == "POST" else None), timezone.now()
    verbs: dict[bool, Callable[..., object]] = {True: exports.ask, False: privacy.ask_for_erasure}
    if form.carried_out(lambda said: verbs[said["what"] == COPY](person=said["email"], by=request.user, at=now)):
        messages.success(request, _("The request is entered, and its month begins today."))
        return redirect("desk-privacy")
    return render(request, "privacy/desk/ask.html", {"form": form}, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(StaffDuty.ADMINISTRATOR)
def erasure(request: StaffRequest, erasure_id: int) -> HttpResponse:
    """What it would do, and what is kept; proposing it."""
    found = get_object_or_404(Erasure.objects.visible_to(request.user).select_related("person"), pk=erasure_id)
    form = ProposalForm(request.POST if request.method == "POST" else None)
    if form.carried_out(lambda said: privacy.propose(found, also=said["also"], by=request.user, at=timezone.now())):
        messages.success(request, _("It is proposed. Another administrator has to agree."))
        return redirect("desk-erasure", erasure_id=found.pk)
    return _page(request, found, form)


@require_POST
@for_staff(StaffDuty.ADMINISTRATOR)
def approve(request: StaffRequest, erasure_id: int) -> HttpResponse:
    """The second yes."""
    found = get_object_or_404(Erasure.objects.visible_to(request.user), pk=erasure_id)
    done = _("Agreed. The person cannot sign in any more; the rest is done step by step.")
    return _acted(request, found, lambda: erasures.approve(found, by=request.user, at=timezone.now()), done)


@require_POST
@for_staff(StaffDuty.ADMINISTRATOR)
def refuse(request: StaffRequest, erasure_id: int) -> HttpResponse:
    """No, with the reason."""
    found = get_object_or_404(Erasure.objects.visible_to(request.user), pk=erasure_id)
    reason = request.POST.get("reason", "")[:500]
    done = _("Refused. The person is told why, and where they can complain.")
    return _acted(request, found, lambda: privacy.refuse(found, reason=reason, by=request.user, at=timezone.now()), done)


def _acted(request: StaffRequest, found: Erasure, act: Callable[[], object], done: str) -> HttpResponse:
    try:
        act()
    except NotAllowed:
        raise
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("desk-erasure", erasure_id=found.pk)


def _page(request: StaffRequest, found: Erasure, form: ProposalForm) -> HttpResponse:
    is_open = found.state in (ErasureState.ASKED, ErasureState.PROPOSED)
    rows = erasures.foreseen(found.person) if is_open else []
    done, tables = erasures.progress(found)
    context = {
        "erasure": found,
        "due_on": erasures.due_on(timezone.localtime(found.asked_at)),
        "standing": duties.standing(found.person, at=timezone.now()) if is_open else [],
        "groups": [(kind, [row for row in rows if row.erasing == kind]) for kind in (Erasing.REMOVE, Erasing.REPLACE, Erasing.KEEP)],
        "name_searched": erasures.is_name_searched(found.person),
        "may_propose": found.state == ErasureState.ASKED and request.user.pk != found.person_id,
        "may_approve": found.state == ErasureState.PROPOSED and request.user.pk not in (found.person_id, found.proposed_by_id),
        "may_refuse": is_open and request.user.pk != found.person_id,
        "form": form,
        "refusal_form": ReasonForm(),
        "done": done,
        "tables": tables,
    }
    return render(request, "privacy/desk/erasure.html", context, status=form.status)
