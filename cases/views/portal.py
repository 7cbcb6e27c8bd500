"""A client's cases: the list, one of them, and what they write there (rules S1, S6)."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases import filing, portal, solutions, watchers
from cases.forms import SearchForm, WatcherForm, WithdrawalForm, WordForm
from cases.models import Case, State
from cases.views.portal_page import files_help, page_of, word_form
from clients.portal import SignedIn, in_view, portal_page
from core.errors import DomainError

PAGE_LENGTH = 20


@require_safe
@portal_page
def cases(request: SignedIn) -> HttpResponse:
    """What waits for the reader, then the open cases or the closed ones, the latest first."""
    mine, closed = portal.cases_of(request.user).filter(organisation__in=in_view(request)), request.GET.get("state") == State.CLOSED
    form = SearchForm(request.GET, organisations=in_view(request))
    found = portal.matching(form.narrowed(mine), request.GET.get("q", ""))
    shown = found.filter(state=State.CLOSED).order_by("-closed_at", "-pk") if closed else found.open().order_by("-opened_at", "-pk")
    page = Paginator(shown.select_related("organisation"), PAGE_LENGTH).get_page(request.GET.get("page"))
    context = {
        "now": timezone.now(),
        "form": form,
        "page": page,
        "closed": closed,
        "waiting": portal.waiting_for(request.user).filter(organisation__in=in_view(request))[: portal.MOST_WAITING],
        "searches": bool(request.GET.get("q") or request.GET.get("organisation")),
        "several": len(in_view(request)) > 1,
    }
    return render(request, "cases/portal/list.html", context)


@require_safe
@portal_page
def case(request: SignedIn, case_id: int) -> HttpResponse:
    """One case: what happens next, what was said, and what one can do. Staff who are no members have the desk."""
    found = _cases(request).filter(pk=case_id).first()
    if found is None:
        seen = get_object_or_404(Case.objects.visible_to(request.user), pk=case_id)
        return redirect("desk-case", seen.pk)
    return _page(request, found, word_form(request))


@require_POST
@portal_page
def case_answer(request: SignedIn, case_id: int) -> HttpResponse:
    """Write in a case, with files; whatever waited for the client goes on (rule S6)."""
    found, at = get_object_or_404(_cases(request), pk=case_id), timezone.now()
    form = WordForm(request.POST, request.FILES, request=request, files_help=files_help())
    if not form.is_valid():
        return _page(request, found, form, status=422)
    said = form.cleaned_data
    cause = f"case:{found.pk}:portal:{request.user.pk}:{said['key']}"
    try:
        message = filing.client_says(found, said["text"], form.uploads, cause=cause, by=request.user, at=at)
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return _page(request, found, form, status=409)
    messages.success(request, _("Your message is sent."))
    return redirect("case", message.case_id)


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page
def case_withdraw(request: SignedIn, case_id: int) -> HttpResponse:
    """Take a case back: what that means, why, and then it is closed."""
    found = get_object_or_404(_cases(request), pk=case_id)
    form, status = WithdrawalForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        try:
            solutions.withdraw(found, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now())
        except DomainError as refusal:
            form.add_error(None, str(refusal))
            status = 409
        else:
            messages.success(request, _("The case is withdrawn and closed."))
            return redirect("case", found.pk)
    elif request.method == "POST":
        form, status = WithdrawalForm(request.POST), 422
    return render(request, "cases/portal/withdraw.html", {"case": found, "form": form}, status=status)


@require_POST
@portal_page
def case_watch(request: SignedIn, case_id: int) -> HttpResponse:
    """Let a colleague follow a case, or no longer."""
    found = get_object_or_404(_cases(request), pk=case_id)
    ends = request.POST.get("act") == "unwatch"
    form = WatcherForm(request.POST, people=watchers.watching_members(found) if ends else watchers.members(found))
    try:
        if form.is_valid():
            act = watchers.unwatch if ends else watchers.watch
            act(found, form.cleaned_data["person"], by=request.user, at=timezone.now())
        elif not ends:
            raise watchers.WatcherElsewhere
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("case", found.pk)


def _cases(request: SignedIn) -> QuerySet[Case]:
    return portal.cases_of(request.user).select_related("organisation", "reporter", "owner", "service", "plan", "merged_into")


def _page(request: SignedIn, found: Case, form: WordForm, *, status: int = 200) -> HttpResponse:
    context = page_of(found, person=request.user, at=timezone.now()) | {"form": form}
    return render(request, "cases/portal/case.html", context, status=status)
