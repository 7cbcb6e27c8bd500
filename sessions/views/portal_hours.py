"""The client's pages about hours: the receipt, confirming or disputing it, and the question for more time (rules C7, C8)."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clients import access
from clients.portal import SignedIn, portal_page
from core.errors import DomainError, NotAllowed
from core.formatting import hours
from sessions import confirmation, consents, disputes, portal, receipts
from sessions.forms import DisputeForm
from sessions.life import SessionMovedOn
from sessions.models import Dispute, Session, State
from sessions.views.portal_facts import hours_facts

ANSWERS = {"give": consents.give_consent, "refuse": consents.refuse_consent}


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
    messages.success(request, _("Confirmed. %(size)s is deducted from your credit.") % {"size": hours(confirmed.charged_minutes or 0)})
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


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page
def consent(request: SignedIn, consent_id: int) -> HttpResponse:
    """Agree to more time, or not."""
    question = get_object_or_404(portal.consents_of(request.user).select_related("session__organisation", "asked_by"), pk=consent_id)
    refusal = None
    if answer := ANSWERS.get(request.POST.get("answer", "")):
        try:
            answer(consent=question, by=request.user, at=timezone.now())
        except NotAllowed:
            raise
        except DomainError as refused:
            refusal = refused
        else:
            messages.success(request, _("Your answer is noted, and our technicians see it."))
            return redirect("session", question.session_id)
    context = {
        "consent": question,
        "session": question.session,
        "refusal": refusal,
        "agreed_minutes": receipts.agreed_minutes(question.session),
        "may_answer": consents.may_answer(request.user, question.session, at=timezone.now()),
        "approvers": access.approvers(question.session.organisation, at=timezone.now()),
    }
    return render(request, "sessions/portal/consent.html", context, status=409 if refusal else 200)


def _find(request: SignedIn, session_id: int) -> Session:
    mine = portal.sessions_of(request.user).select_related("organisation", "account", "hold", "submitted_by")
    return get_object_or_404(mine, pk=session_id)


def _shown(session: Session) -> str:
    """What names the hours that stand on the page: another submission is another promise."""
    return f"{session.round}:{session.charged_minutes}"


def _hours(request: SignedIn, session: Session, *, refusal: DomainError | None = None) -> HttpResponse:
    if session.submitted_at is None or session.charged_minutes is None:
        messages.error(request, _("No hours have been submitted yet."))
        return redirect("session", session.pk)
    is_approver = access.is_approver(request.user, session.organisation, at=timezone.now())
    context = {
        "session": session,
        "refusal": refusal,
        "is_approver": is_approver,
        "may_confirm": is_approver and session.state == State.SUBMITTED,
        "approvers": access.approvers(session.organisation, at=timezone.now()),
        "shown": _shown(session),
        **hours_facts(session),
    }
    return render(request, "sessions/portal/hours.html", context, status=409 if refusal else 200)


def _object(request: SignedIn, session: Session, verb: Callable[..., Dispute]) -> HttpResponse:
    """The lines with what they should be, and the verb that objects to them."""
    if not access.is_approver(request.user, session.organisation, at=timezone.now()):
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
