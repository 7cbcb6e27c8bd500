"""The client's pages about hours: the receipt, and confirming or disputing it (rules C7, C8)."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clients.portal import SignedIn, portal_page
from core.errors import DomainError, NotAllowed
from core.formatting import hours
from credits import spending
from sessions import confirmation, disputes, portal, receipts, second_yes
from sessions.forms import DisputeForm
from sessions.life import SessionMovedOn
from sessions.models import Dispute, Session, State
from sessions.views.portal_facts import hours_facts


@require_safe
@portal_page
def session_hours(request: SignedIn, session_id: int) -> HttpResponse:
    """What was worked and what it comes to; an approver confirms or disputes it here."""
    return _hours(request, _find(request, session_id))


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page
def session_confirm(request: SignedIn, session_id: int) -> HttpResponse:
    """Confirm the hours that were shown. Opening the address does nothing."""
    session = _find(request, session_id)
    if request.method != "POST":
        return redirect("session-hours", session.pk)
    if request.POST.get("shown") != _shown(session):
        return _hours(request, session, refusal=SessionMovedOn())
    try:
        confirmed = confirmation.confirm(session=session, by=request.user, at=timezone.now())
    except NotAllowed:
        raise
    except DomainError as refusal:
        return _hours(request, _find(request, session_id), refusal=refusal)
    done = _("Confirmed. %(size)s is deducted from your credit.")
    first = _("Your yes to %(size)s is noted. It takes a second approver, who has been asked; nothing is deducted until then.")
    news = first if confirmed.state == State.SUBMITTED else done
    messages.success(request, news % {"size": hours(confirmed.charged_minutes or 0)})
    return redirect("session", session.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page
def session_dispute(request: SignedIn, session_id: int) -> HttpResponse:
    """Say which lines of the submitted hours are wrong."""
    return _object(request, _find(request, session_id), disputes.dispute)


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page
def session_contest(request: SignedIn, session_id: int) -> HttpResponse:
    """Say which lines are wrong of hours that silence confirmed."""
    return _object(request, _find(request, session_id), disputes.contest)


def _find(request: SignedIn, session_id: int) -> Session:
    mine = portal.sessions_of(request.user).select_related("organisation", "account", "hold", "submitted_by", "first_confirmed_by")
    return get_object_or_404(mine, pk=session_id)


def _shown(session: Session) -> str:
    """What names the hours that stand on the page: another submission is another promise."""
    return f"{session.round}:{session.charged_minutes}"


def _hours(request: SignedIn, session: Session, *, refusal: DomainError | None = None) -> HttpResponse:
    if session.submitted_at is None or session.charged_minutes is None:
        messages.error(request, _("No hours have been submitted yet."))
        return redirect("session", session.pk)
    about = spending.voices_about(session.account, at=timezone.now())
    completes = second_yes.completes(session, request.user, among=about)
    is_approver = any(voice.person == request.user for voice in about)
    context = {
        "session": session,
        "refusal": refusal,
        "is_approver": is_approver,
        "may_confirm": is_approver and session.state == State.SUBMITTED and (completes or session.first_confirmed_by is None),
        "takes_second": not completes,
        "approvers": dict.fromkeys(voice.person for voice in about),
        "seconds": second_yes.seconds(session, request.user, among=about),
        "shown": _shown(session),
        **hours_facts(session),
    }
    return render(request, "sessions/portal/hours.html", context, status=409 if refusal else 200)


def _object(request: SignedIn, session: Session, verb: Callable[..., Dispute]) -> HttpResponse:
    """The lines with what they should be, and the verb that objects to them."""
    if not spending.may_decide(request.user, session.account, at=timezone.now()):
        raise NotAllowed
    if not _can_be_objected_to(session, verb):
        messages.error(request, str(SessionMovedOn()))
        return redirect("session", session.pk)
    lines = receipts.receipt(session).lines
    form = DisputeForm(request.POST if request.method == "POST" else None, lines=lines)
    status = 200
    if form.is_valid():
        try:
            verb(session=session, claims=form.claims, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now())
        except DomainError as refusal:
            form.add_error(None, str(refusal))
            status = 409
        else:
            messages.success(request, _("Your account manager reads it and settles it. Nothing is deducted until then."))
            return redirect("session", session.pk)
    elif form.is_bound:
        status = 422
    return render(request, "sessions/portal/dispute.html", {"session": session, "form": form, **hours_facts(session)}, status=status)


def _can_be_objected_to(session: Session, verb: Callable[..., Dispute]) -> bool:
    if verb is disputes.contest:
        return confirmation.contest_until(session) is not None
    return session.state == State.SUBMITTED
