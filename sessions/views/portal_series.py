"""The client's pages about series of sessions: the list, one series, a new one in three steps, and its end (rules C5, R1, R2).

What → when → what it means. The steps are addresses that can be kept; a series begins when the last is sent, once,
however often it is sent. Nothing is booked by it there and then.
"""

from urllib.parse import urlencode
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clients import agreements
from clients.portal import SignedIn, in_view, portal_page
from core.errors import DomainError
from credits import portal as credit_portal
from credits import spending
from sessions import occurrences, portal, series
from sessions import terms as session_terms
from sessions.forms import WishForm
from sessions.models.sessions import BEFORE_WORK
from sessions.series import SeriesWish
from sessions.series_forms import SeriesDayForm, SeriesForm
from sessions.views.portal_facts import usual_account

RELATED = ("account__organisation", "organisation", "purpose", "technician__person", "made_by", "ended_by")


@require_safe
@portal_page
def series_list(request: SignedIn) -> HttpResponse:
    """The series that are running, and those that have ended."""
    mine = portal.series_of(request.user).filter(organisation__in=in_view(request)).select_related(*RELATED)
    context = {
        "running": mine.filter(ended_at=None).order_by("title", "pk"),
        "ended": mine.exclude(ended_at=None).order_by("-ended_at", "-pk")[:20],
    }
    return render(request, "sessions/portal/series_list.html", context)


@require_safe
@portal_page
def series_page(request: SignedIn, series_id: int) -> HttpResponse:
    """One series: its dates, each booked, passed over with the reason, or ahead."""
    found = get_object_or_404(portal.series_of(request.user).select_related(*RELATED), pk=series_id)
    at, terms = timezone.now(), session_terms.current()
    context = {
        "series": found,
        "dates": occurrences.dates(series=found, at=at),
        "may_end": found.ended_at is None and series.may_end(request.user, found, at=at),
        "may_book": spending.may_spend(request.user, found.account, at=at),
        "ahead_days": min(terms.series_ahead_days, terms.furthest_ahead_days),
        "now": at,
    }
    return render(request, "sessions/portal/series.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page
def series_end(request: SignedIn, series_id: int) -> HttpResponse:
    """See what ending the series means; end it."""
    found = get_object_or_404(portal.series_of(request.user).select_related(*RELATED), pk=series_id)
    if request.method != "POST":
        booked = portal.rows(found.sessions.filter(state__in=BEFORE_WORK).order_by("starts_at"), at=timezone.now())
        return render(request, "sessions/portal/series_end.html", {"series": found, "booked": booked})
    try:
        series.end(series=found, by=request.user, at=timezone.now())
    except series.AlreadyEnded as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The series has ended. What is booked stays booked."))
    return redirect("series", found.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page
def series_new(request: SignedIn) -> HttpResponse:
    """A new series, step by step: the address says how far one has come."""
    if request.method == "POST":
        return _begin(request)
    if "purpose" not in request.GET:
        return _what(request, WishForm(person=request.user, initial=usual_account(request)))
    wish = WishForm(request.GET, person=request.user)
    if not wish.is_valid() or request.GET.get("step") == "what":
        return _what(request, wish)
    if "at_clock" not in request.GET:
        return _when(request, SeriesDayForm(initial=request.GET.dict(), person=request.user), query=wish.query)
    days = SeriesDayForm(request.GET, person=request.user)
    if not days.is_valid() or request.GET.get("step") == "when" or not _can_be(days):
        return _when(request, days, query=wish.query)
    return _review(request, SeriesForm({**request.GET.dict(), "key": str(uuid4())}, person=request.user))


def _begin(request: SignedIn) -> HttpResponse:
    form = SeriesForm(request.POST, person=request.user)
    if not form.is_valid():
        return _review(request, form, status=422)
    try:
        begun = series.plan(
            account=form.cleaned_data["account"],
            wish=form.series_wish,
            cause=f"series:{request.user.pk}:{form.cleaned_data['key']}",
            by=request.user,
            at=timezone.now(),
        )
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return _review(request, form, status=409)
    messages.success(request, _("The series has begun. Each date is booked when its time comes, and you are told."))
    return redirect("series", begun.pk)


def _can_be(form: SeriesDayForm) -> bool:
    """Whether such a series could begin; what stands against it is said on the form."""
    try:
        series.check(account=form.cleaned_data["account"], wish=form.series_wish, at=timezone.now())
    except DomainError as refusal:
        form.add_error(None, str(refusal))
    return not form.errors


def _what(request: SignedIn, form: WishForm) -> HttpResponse:
    context = {"form": form, "may_book": form.fields["account"].queryset.exists()}  # type: ignore[attr-defined]
    context["has_account"] = credit_portal.accounts_of(request.user).exists()
    return render(request, "sessions/portal/series_what.html", context, status=422 if form.errors else 200)


def _when(request: SignedIn, form: SeriesDayForm, *, query: str) -> HttpResponse:
    status = 422 if form.errors else 200
    return render(request, "sessions/portal/series_when.html", {"form": form, "query": query}, status=status)


def _review(request: SignedIn, form: SeriesForm, *, status: int = 200) -> HttpResponse:
    """The dates with what each would hold, the consequence, and the details that are asked for last."""
    at, context = timezone.now(), {"form": form, "query": form.query, "day_query": urlencode(form.carried(SeriesDayForm.base_fields))}
    if form.is_valid() or form.is_complete:
        wish: SeriesWish = form.series_wish
        context |= {"wish": wish, "planned": occurrences.planned(wish=wish, at=at), "now": at, "terms": session_terms.current()}
        account = form.cleaned_data["account"]
        postpaid = agreements.is_postpaid(account.organisation, on=agreements.local_date(timezone.now()))
        context |= {"account": account, "postpaid": postpaid}
    return render(request, "sessions/portal/series_review.html", context, status=status)
