"""A client reports a case (rules S1 to S3, S14, S15, P4)."""

from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import filing, report_choices
from cases.forms import ReportForm
from cases.report_choices import Choices
from cases.views.portal_page import files_help
from clients.access import acts_for
from clients.models import Organisation
from clients.portal import SignedIn, in_view, portal_page
from core.errors import DomainError
from people.languages import name_of


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page
def case_new(request: SignedIn) -> HttpResponse:
    """Report a case. Who belongs to several organisations says first for which; `outage` is the path of what is down."""
    organisations = [organisation for organisation in in_view(request) if acts_for(request.user, organisation)]
    chosen = _chosen(request, organisations)
    if chosen is None:
        return render(request, "cases/portal/new_whose.html", {"organisations": organisations})
    given = report_choices.choices(chosen, request.user, is_outage="outage" in request.GET, at=timezone.now())
    if request.method == "POST":
        return _report(request, given)
    initial = {"key": str(uuid4()), "subject": request.GET.get("subject", "")[:200]}
    return _page(request, given, ReportForm(choices=given, request=request, files_help=files_help(), initial=initial))


def _report(request: SignedIn, given: Choices) -> HttpResponse:
    """Report what the form says; where it cannot be, nothing typed is lost."""
    form = ReportForm(request.POST, request.FILES, choices=given, request=request, files_help=files_help())
    if not form.is_valid():
        return _page(request, given, form, status=422)
    cause = f"case:portal:{request.user.pk}:{form.cleaned_data['key']}"
    try:
        case = filing.report(form.report(request.user), form.uploads, cause=cause, by=request.user, at=timezone.now())
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return _page(request, given, form, status=409)
    messages.success(request, _("We have your report. Its number is #%(number)s.") % {"number": case.pk})
    return redirect("case", case.pk)


def _page(request: SignedIn, given: Choices, form: ReportForm, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "choices": given,
        "answers_in": name_of(given.answers_in),
        "several": len(request.user.memberships.all()) > 1,
    }
    return render(request, "cases/portal/new.html", context, status=status)


def _chosen(request: SignedIn, organisations: list[Organisation]) -> Organisation | None:
    """The organisation that the address or the form names, the only one where there is one; None where it has to be asked."""
    if len(organisations) == 1:
        return organisations[0]
    named = request.POST.get("organisation") or request.GET.get("organisation", "")
    return next((organisation for organisation in organisations if str(organisation.pk) == named), None)
