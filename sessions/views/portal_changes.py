"""The client's pages for changing a session: moving it to another open time, cancelling it (rule C10).

The cost is said before the click and carried in the form; if it is another by then, nothing is done and the new one
is shown. A form made for one agreed start does nothing to the next.
"""

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clients.portal import SignedIn, portal_page
from core.errors import DomainError, NotAllowed
from core.formatting import moment
from sessions import changes, factors, notice, portal, quotes, weeks
from sessions.availability import Wanted
from sessions.bookings import SlotTaken
from sessions.forms import CancelForm, PostponeForm
from sessions.life import SessionMovedOn
from sessions.models import PenaltyKind, Session
from sessions.views.portal_facts import CHANGEABLE, may_cancel


class ReasonMisread(DomainError):
    """What was typed as a reason does not fit."""

    def __init__(self, complaint: str) -> None:
        super().__init__(complaint)
        self.complaint = complaint

    @property
    def message(self) -> str:
        """The sentence with what is wrong with it."""
        return _("Why: %(complaint)s Nothing has changed.") % {"complaint": self.complaint}


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page
def session_postpone(request: SignedIn, session_id: int) -> HttpResponse:
    """Pick another open time; see what moving there costs; move."""
    session = get_object_or_404(portal.sessions_of(request.user).select_related("organisation", "purpose"), pk=session_id)
    if session.state not in CHANGEABLE:
        return _moved_on(request, session)
    if request.method == "POST":
        return _postpone(request, session)
    form = PostponeForm(request.GET)
    if "starts_at" not in form.data or "starts_at" in form.errors:
        return _times(request, session)
    return _confirm_move(request, session, form.cleaned_data["starts_at"], reason=form.cleaned_data.get("reason", ""))


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page
def session_cancel(request: SignedIn, session_id: int) -> HttpResponse:
    """See what cancelling costs; cancel."""
    session = get_object_or_404(portal.sessions_of(request.user).select_related("organisation"), pk=session_id)
    if not may_cancel(session):
        return _moved_on(request, session)
    if request.method != "POST":
        return _confirm_cancel(request, session)
    form = CancelForm(request.POST)
    if not form.is_valid() or form.cleaned_data["start"] != session.start_number:
        return _confirm_cancel(request, session, refusal=_misread(form), reason=form.data.get("reason", ""))
    said = form.cleaned_data
    try:
        changes.cancel(session=session, shown_minutes=said["shown_minutes"], by=request.user, at=timezone.now(), reason=said["reason"])
    except NotAllowed:
        raise
    except DomainError as refusal:
        return _confirm_cancel(request, session, refusal=refusal, reason=said["reason"])
    messages.success(request, _("The session is cancelled."))
    return redirect("session", session.pk)


def _postpone(request: SignedIn, session: Session) -> HttpResponse:
    form = PostponeForm(request.POST)
    if not form.is_valid():
        return _times(request, session, refusal=_misread(form))
    said = form.cleaned_data
    if said["start"] != session.start_number:
        return _confirm_move(request, session, said["starts_at"], refusal=SessionMovedOn(), reason=said["reason"])
    try:
        moved = changes.postpone(
            session=session,
            starts_at=said["starts_at"],
            shown_minutes=said["shown_minutes"],
            by=request.user,
            at=timezone.now(),
            shown_held=said["shown_held"],
            reason=said["reason"],
        )
    except NotAllowed:
        raise
    except SlotTaken as refusal:
        return _times(request, session, refusal=refusal)
    except DomainError as refusal:
        return _confirm_move(request, session, said["starts_at"], refusal=refusal, reason=said["reason"])
    messages.success(request, _("The session is moved to %(when)s.") % {"when": moment(moved.starts_at or said["starts_at"])})
    return redirect("session", session.pk)


def _times(request: SignedIn, session: Session, *, refusal: DomainError | None = None) -> HttpResponse:
    """The open times, a week at a time, or after a refusal the nearest ones; with what a change costs now."""
    at = timezone.now()
    context: dict[str, Any] = {
        "session": session,
        "now": at,
        "quote": changes.quote(session=session, kind=PenaltyKind.POSTPONE, at=at),
        "earlier": changes.quote(session=session, kind=PenaltyKind.EARLIER, at=at),
        "refusal": refusal,
        "reason": request.POST.get("reason", ""),
    }
    wanted = Wanted(purpose=session.purpose, minutes=session.estimate_minutes, technician_count=session.technician_count, moving=session)
    if isinstance(refusal, SlotTaken):
        context["notes"] = weeks.notes(wanted=wanted, slots=refusal.nearest)
    else:
        context["week"] = weeks.week(wanted=wanted, first=_first_day(request), zone=request.user.zone, at=at)
    return render(request, "sessions/portal/postpone_when.html", context, status=409 if refusal else 200)


def _confirm_move(
    request: SignedIn, session: Session, starts_at: datetime, *, refusal: DomainError | None = None, reason: str = ""
) -> HttpResponse:
    """The exact effect of moving to `starts_at`, and the button named by its price."""
    at = timezone.now()
    try:
        kind = changes.kind_of_move(session=session, starts_at=starts_at)
    except changes.AlreadyThen as already:
        return _times(request, session, refusal=already)
    quote = changes.quote(session=session, kind=kind, at=at, starts_at=starts_at)
    shown = {"starts_at": starts_at, "shown_minutes": quote.minutes, "shown_held": quote.held_minutes, "start": session.start_number}
    form = PostponeForm(initial={**shown, "reason": reason})
    then_free_until = notice.free_until(starts_at=starts_at, notice=session.notice)
    context = {"session": session, "now": at, "starts_at": starts_at, "quote": quote, "refusal": refusal, "form": form}
    then_costs = quotes.penalty_minutes(session, PenaltyKind.CANCEL, held_minutes=factors.held_minutes(session, quote.factor))
    context |= {"then_free_until": then_free_until, "then_costs": then_costs}
    return render(request, "sessions/portal/postpone.html", context, status=409 if refusal else 200)


def _confirm_cancel(request: SignedIn, session: Session, *, refusal: DomainError | None = None, reason: str = "") -> HttpResponse:
    """The exact effect of cancelling, and the button named by its price."""
    at = timezone.now()
    quote = changes.quote(session=session, kind=PenaltyKind.CANCEL, at=at)
    shown = {"shown_minutes": quote.minutes, "start": session.start_number, "reason": reason}
    context = {"session": session, "now": at, "quote": quote, "refusal": refusal, "form": CancelForm(initial=shown)}
    return render(request, "sessions/portal/cancel.html", context, status=409 if refusal else 200)


def _misread(form: CancelForm) -> DomainError:
    """Why a form does nothing: what was typed does not fit, or the form is not of the session as it is now."""
    return ReasonMisread(str(form.errors["reason"][0])) if "reason" in form.errors else SessionMovedOn()


def _moved_on(request: SignedIn, session: Session) -> HttpResponse:
    """What can no longer be changed says so, on its own page."""
    messages.error(request, str(SessionMovedOn()))
    return redirect("session", session.pk)


def _first_day(request: SignedIn) -> date | None:
    try:
        return date.fromisoformat(request.GET.get("from", ""))
    except ValueError:
        return None
