"""A page to whoever is on call, and its acknowledgement (rule S18); and the hand-over to an inner team (rule S17)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases import paging, teams
from cases.models import Case, Page
from cases.on_call_forms import TeamForm
from clients.desk import StaffRequest, for_staff
from clients.on_call import WORKS_CASES
from core.forms import ActForm, ReasonForm


@require_safe
@for_staff(*WORKS_CASES)
def page(request: StaffRequest, page_id: int) -> HttpResponse:
    """What the mail or the text leads to: the case in short, who was paged when, and the button."""
    return _show(request, _page(request, page_id))


@require_POST
@for_staff(*WORKS_CASES)
def acknowledge(request: StaffRequest, page_id: int) -> HttpResponse:
    """Take it on."""
    page = _page(request, page_id)
    form = ActForm(request.POST)
    if not form.carried_out(lambda _said: paging.acknowledge(page=page, by=request.user, at=timezone.now())):
        return _show(request, page, form)
    messages.success(request, _("You have taken case %(number)s. Nobody else is paged for it.") % {"number": page.case_id})
    return redirect("desk-case", page.case_id)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(*WORKS_CASES)
def team(request: StaffRequest, case_id: int) -> HttpResponse:
    """Hand the case to an inner team."""
    case = _case(request, case_id)
    form = TeamForm(request.POST if request.method == "POST" else None, teams=teams.in_use())
    if form.carried_out(lambda said: teams.hand_over(case, by=request.user, at=timezone.now(), **said)):
        messages.success(
            request, _("The case is with %(team)s. Its clocks go on, and its owner stays.") % {"team": form.cleaned_data["team"]}
        )
        return redirect("desk-case", case_id)
    return render(request, "cases/desk/team.html", {"form": form, "case": case, "teams": teams.in_use()}, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(*WORKS_CASES)
def team_back(request: StaffRequest, case_id: int) -> HttpResponse:
    """Take the case back from an inner team."""
    case = _case(request, case_id)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.carried_out(lambda said: teams.take_back(case, by=request.user, at=timezone.now(), **said)):
        messages.success(request, _("The case is back. Its clocks went on."))
        return redirect("desk-case", case_id)
    return render(request, "cases/desk/team_back.html", {"form": form, "case": case}, status=form.status)


def _show(request: StaffRequest, page: Page, form: ActForm | None = None) -> HttpResponse:
    pages = page.case.pages.select_related("person", "acknowledged_by", "rota").order_by("pk")
    context = {"page": page, "case": page.case, "pages": pages, "form": form or ActForm()}
    return render(request, "cases/desk/page.html", context, status=form.status if form else 200)


def _page(request: StaffRequest, page_id: int) -> Page:
    found = paging.visible_to(request.user).select_related("case__organisation", "person", "rota", "acknowledged_by")
    return get_object_or_404(found, pk=page_id)


def _case(request: StaffRequest, case_id: int) -> Case:
    """A case that the person may see; whether they may act on it is for the verb to say."""
    return get_object_or_404(Case.objects.visible_to(request.user).select_related("organisation", "owner", "team"), pk=case_id)
