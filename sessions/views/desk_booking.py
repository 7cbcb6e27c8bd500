"""A session that the account manager books on a client's behalf, in the same three steps as the client's own (rules C5, C6, R2).

What → when → details and consequence. Nothing is taken before the last is sent, and then once, however often it is.
"""

from datetime import date
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases.models import Case
from clients.agreements import local_date
from clients.desk import StaffRequest, for_staff
from clients.models import Organisation, StaffDuty
from core.errors import DomainError
from credits import months
from sessions import availability, bookings, previews, weeks
from sessions import terms as session_terms
from sessions.booking_forms import ClientsBookingForm, ClientsWishForm, TypedTimeForm
from sessions.bookings import SlotTaken
from sessions.forms import for_case, from_case
from sessions.models import Session, State
from sessions.weeks import Week


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(StaffDuty.ACCOUNT_MANAGER)
def book(request: StaffRequest, organisation_id: int) -> HttpResponse:
    """A new session for a client, step by step: the address says how far one has come."""
    organisation = get_object_or_404(Organisation.objects.managed_by(request.user), pk=organisation_id)
    if request.method == "POST":
        return _book(request, organisation)
    if "purpose" not in request.GET:
        initial = for_case(request.GET.get("case", ""), Case.objects.filter(organisation=organisation))
        return _what(request, ClientsWishForm(person=request.user, organisation=organisation, initial=initial))
    form = ClientsWishForm(request.GET, person=request.user, organisation=organisation)
    if not form.is_valid() or request.GET.get("step") == "what":
        return _what(request, form)
    typed = TypedTimeForm(request.GET) if "on" in request.GET else TypedTimeForm()
    starts_at = request.GET.get("starts_at") or (typed.starts_at.isoformat() if typed.starts_at else "")
    if not starts_at:
        return _when(request, form, typed)
    said = {**request.GET.dict(), "starts_at": starts_at, "key": str(uuid4())}
    if (case := form.cleaned_data["case"]) is not None:
        said.setdefault("description", from_case(case)["description"])
    return _review(request, ClientsBookingForm(said, person=request.user, organisation=organisation))


def _book(request: StaffRequest, organisation: Organisation) -> HttpResponse:
    """Book what the form says; where the time is gone, the nearest others are offered and nothing typed is lost."""
    form = ClientsBookingForm(request.POST, person=request.user, organisation=organisation)
    form.fields["override_reason"].required = "review" not in request.POST and form.is_beyond_limits
    if not form.is_valid() or "review" in request.POST:
        return _review(request, form)
    try:
        booked = _request(request, form)
    except SlotTaken as refusal:
        return _when(request, form, TypedTimeForm(), refusal=refusal)
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return _review(request, form, status=409)
    agreed = _("The session is booked, and the client has been told.")
    waits = _("The time is kept. The client has been told what is missing, and until when.")
    messages.success(request, waits if booked.state == State.AWAITING_TOP_UP else agreed)
    return redirect("desk-session", booked.pk)


def _request(request: StaffRequest, form: ClientsBookingForm) -> Session:
    said = form.cleaned_data
    cause = f"booking:{request.user.pk}:{said['key']}"
    return bookings.request(account=said["account"], wish=form.wish, cause=cause, by=request.user, at=timezone.now())


def _what(request: StaffRequest, form: ClientsWishForm) -> HttpResponse:
    context = {"form": form, "organisation": form.organisation, "may_book": form.accounts_for(request.user).exists()}
    return render(request, "sessions/desk/book_what.html", context, status=422 if form.errors else 200)


def _when(request: StaffRequest, form: ClientsWishForm, typed: TypedTimeForm, *, refusal: SlotTaken | None = None) -> HttpResponse:
    """The open times, a week at a time, or a time to type; after a refusal the nearest ones."""
    context: dict[str, Any] = {"form": form, "organisation": form.organisation, "wanted": form.wanted, "carried": form.carried()}
    account, held = form.cleaned_data["account"], previews.ordinary_minutes(form.wanted)
    context |= {"account": account, "held": held, **previews.needed(account=account, wanted=held, at=timezone.now())}
    context |= {"typed": typed, "refusal": refusal}
    if refusal is not None:
        context["notes"] = weeks.notes(wanted=form.wanted, slots=refusal.nearest)
    else:
        context["week"] = _week(request, form)
    return render(request, "sessions/desk/book_when.html", context, status=409 if refusal else 422 if typed.errors else 200)


def _week(request: StaffRequest, form: ClientsWishForm) -> Week:
    """The week that was turned to; times that clients cannot book by themselves say so."""
    try:
        first = date.fromisoformat(request.GET.get("from", ""))
    except ValueError:
        first = None
    now = timezone.now()
    found = weeks.week(wanted=form.wanted, first=first, zone=request.user.zone, at=now)
    earliest, latest = availability.bookable(terms=session_terms.current(), at=now)
    with_reason = {slot.starts_at: _("with a reason") for slot in found.slots if not earliest <= slot.starts_at < latest}
    notes = {at: " · ".join(filter(None, (found.notes.get(at), with_reason.get(at)))) for at in {*found.notes, *with_reason}}
    return Week(**vars(found) | {"notes": notes})


def _review(request: StaffRequest, form: ClientsBookingForm, *, status: int = 200) -> HttpResponse:
    """The consequence, and the details that are asked for last."""
    status = 422 if form.errors and status == 200 else status
    context: dict[str, Any] = {"form": form, "organisation": form.organisation, "now": timezone.now()}
    form.fields["override_reason"].required = form.is_beyond_limits
    if form.is_complete:
        account = form.cleaned_data["account"]
        context["preview"] = previews.preview(account=account, wish=form.wish, at=context["now"])
        form.show_held(context["preview"].held_minutes)
        context["month"] = months.standing(account, local_date(form.cleaned_data["starts_at"]))
    return render(request, "sessions/desk/book_review.html", context, status=status)
