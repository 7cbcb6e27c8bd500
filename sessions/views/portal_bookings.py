"""The client's pages about bookings: the list, one session, and a new one in three steps (rules C5, C6, R1, R2).

What → when → details and consequence. The first two are addresses that can be kept and turned back to; nothing is
taken before the last is sent, and then once, however often it is sent.
"""

from datetime import date
from typing import Any, cast
from uuid import uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases import portal as cases_portal
from clients.agreements import local_date
from clients.portal import SignedIn, in_view, portal_page
from core.errors import DomainError
from credits import months, spending
from credits import portal as credit_portal
from sessions import bookings, past_work, portal, preparation, previews, weeks
from sessions.bookings import SlotTaken
from sessions.forms import BookingForm, WishForm, for_case, from_case
from sessions.models import Session, State
from sessions.models.sessions import OPEN
from sessions.views.portal_facts import facts, usual_account

PAGE_LENGTH = 20


@require_safe
@portal_page
def session_list(request: SignedIn) -> HttpResponse:
    """What is open, soonest first; below it what is over, latest first."""
    at, mine = timezone.now(), portal.sessions_of(request.user).filter(organisation__in=in_view(request))
    over = mine.exclude(state__in=OPEN).order_by(portal.WHEN.desc(), "-pk")
    past = Paginator(over, PAGE_LENGTH).get_page(request.GET.get("page"))
    context = {
        "coming": portal.rows(mine.filter(state__in=OPEN).order_by(portal.WHEN, "pk"), at=at),
        "past": portal.rows(cast("QuerySet[Session]", past.object_list), at=at),
        "page": past,
        "earlier": past_work.readable_by(request.user).exists(),
    }
    return render(request, "sessions/portal/list.html", context)


@require_safe
@portal_page
def session(request: SignedIn, session_id: int) -> HttpResponse:
    """One session: what it is, what it holds, what a change costs now, and all that happened."""
    found = portal.sessions_of(request.user).filter(pk=session_id).first()
    if found is None:
        seen = get_object_or_404(Session.objects.visible_to(request.user), pk=session_id)
        return redirect("desk-session", seen.pk)
    return render(request, "sessions/portal/session.html", facts(found, person=request.user, at=timezone.now()))


@require_POST
@portal_page
def session_access(request: SignedIn, session_id: int) -> HttpResponse:
    """Say that access is arranged."""
    found = get_object_or_404(portal.sessions_of(request.user), pk=session_id)
    try:
        preparation.arrange_access(session=found, by=request.user, at=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("It is noted that access is arranged."))
    return redirect("session", found.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page
def session_new(request: SignedIn) -> HttpResponse:
    """A new session, step by step: the address says how far one has come."""
    if request.method == "POST":
        return _book(request)
    if "purpose" not in request.GET:
        chosen = for_case(request.GET.get("case", ""), cases_portal.cases_of(request.user))
        chosen = chosen or usual_account(request)
        chosen |= {"account": request.GET["account"]} if "account" in request.GET else {}
        return _what(request, WishForm(person=request.user, initial=chosen))
    wish = WishForm(request.GET, person=request.user)
    if not wish.is_valid() or request.GET.get("step") == "what":
        return _what(request, wish)
    if "starts_at" not in request.GET:
        return _when(request, wish)
    said = {**request.GET.dict(), "key": str(uuid4())}
    if (case := wish.cleaned_data["case"]) is not None:
        said.setdefault("description", from_case(case)["description"])
    return _review(request, BookingForm(said, person=request.user))


def _book(request: SignedIn) -> HttpResponse:
    """Book what the form says; where the time is gone, the nearest others are offered and nothing typed is lost."""
    form = BookingForm(request.POST, person=request.user)
    if not form.is_valid() or "review" in request.POST:
        return _review(request, form)
    try:
        booked = bookings.request(
            account=form.cleaned_data["account"],
            wish=form.wish,
            cause=f"booking:{request.user.pk}:{form.cleaned_data['key']}",
            by=request.user,
            at=timezone.now(),
        )
    except SlotTaken as refusal:
        return _when(request, form, refusal=refusal)
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return _review(request, form, status=409)
    agreed = _("The session is booked and its time is agreed.")
    waits = _("The time is kept for you. The session is agreed as soon as the missing credit is there.")
    messages.success(request, waits if booked.state == State.AWAITING_TOP_UP else agreed)
    return redirect("session", booked.pk)


def _what(request: SignedIn, form: WishForm) -> HttpResponse:
    context = {"form": form, "may_book": form.fields["account"].queryset.exists()}  # type: ignore[attr-defined]
    context["has_account"] = credit_portal.accounts_of(request.user).exists()
    return render(request, "sessions/portal/new_what.html", context, status=422 if form.errors else 200)


def _when(request: SignedIn, form: WishForm, *, refusal: SlotTaken | None = None) -> HttpResponse:
    """The open times, a week at a time; after a refusal the nearest ones, with everything typed carried along."""
    context: dict[str, Any] = {"form": form, "wanted": form.wanted, "carried": form.carried(), "refusal": refusal}
    account, held = form.cleaned_data["account"], previews.ordinary_minutes(form.wanted)
    context |= {"account": account, "held": held, **previews.needed(account=account, wanted=held, at=timezone.now())}
    if refusal is not None:
        context["notes"] = weeks.notes(wanted=form.wanted, slots=refusal.nearest)
    else:
        context["week"] = weeks.week(wanted=form.wanted, first=_first_day(request), zone=request.user.zone, at=timezone.now())
    return render(request, "sessions/portal/new_when.html", context, status=409 if refusal else 200)


def _review(request: SignedIn, form: BookingForm, *, status: int = 200) -> HttpResponse:
    """The consequence, and the details that are asked for last."""
    status = 422 if form.errors and status == 200 else status
    context: dict[str, Any] = {"form": form, "now": timezone.now()}
    if form.is_complete:
        account = form.cleaned_data["account"]
        context["preview"] = previews.preview(account=account, wish=form.wish, at=context["now"])
        form.show_held(context["preview"].held_minutes)
        deciders = spending.deciders(account, at=context["now"])
        context["approvers"] = () if request.user in deciders else deciders
        context["month"] = months.standing(account, local_date(form.cleaned_data["starts_at"]))
    return render(request, "sessions/portal/new_review.html", context, status=status)


def _first_day(request: SignedIn) -> date | None:
    """The first day of the week that was turned to; what cannot be read is as if it had not been asked."""
    try:
        return date.fromisoformat(request.GET.get("from", ""))
    except ValueError:
        return None
