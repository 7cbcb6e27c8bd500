"""The questions that a client answers: more time, unplanned work, work that was logged late (rules C8, R6, R8).

An address opened from a mail only shows the question. What it costs stands there before it is answered.
"""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clients.portal import SignedIn, portal_page
from core.errors import DomainError, NotAllowed
from credits import spending
from sessions import consents, factors, late_work, portal, previews, receipts, unplanned
from sessions.models import Consent, LateWork, SessionKind, State
from sessions.models.sessions import EventKind

ANSWERS = {"give": consents.give_consent, "refuse": consents.refuse_consent}
LATE_ANSWERS = {"accept": late_work.accept_late_work, "refuse": late_work.refuse_late_work}


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page
def consent(request: SignedIn, consent_id: int) -> HttpResponse:
    """Agree to more time or to unplanned work, or not."""
    mine = portal.consents_of(request.user)
    question = get_object_or_404(mine.select_related("session__organisation", "session__account", "asked_by"), pk=consent_id)
    at, refusal = timezone.now(), None
    if answer := ANSWERS.get(request.POST.get("answer", "")):
        try:
            answer(consent=question, by=request.user, at=at)
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
        "may_answer": consents.may_answer(request.user, question.session, at=at),
        "approvers": spending.deciders(question.session.account, at=at),
        **_cost_of(question),
    }
    page = "proposal" if unplanned.is_proposal(question) else "consent"
    return render(request, f"sessions/portal/{page}.html", context, status=409 if refusal else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page
def late(request: SignedIn, late_work_id: int) -> HttpResponse:
    """Accept work that was logged late, or not."""
    mine = portal.late_work_of(request.user)
    question = get_object_or_404(mine.select_related("entry__person", "entry__session__account", "answered_by"), pk=late_work_id)
    at, refusal = timezone.now(), None
    if answer := LATE_ANSWERS.get(request.POST.get("answer", "")):
        try:
            answer(late=question, by=request.user, at=at)
        except NotAllowed:
            raise
        except DomainError as refused:
            refusal = refused
        else:
            messages.success(request, _("Your answer is noted, and our technicians see it."))
            return redirect("session", question.entry.session_id)
    context = {"late": question, "refusal": refusal, **_late_facts(question, request, at)}
    return render(request, "sessions/portal/late_work.html", context, status=409 if refusal else 200)


def _cost_of(question: Consent) -> dict[str, Any]:
    """What a yes holds and counts, and what of it is there; what counts without an answer. Minutes."""
    session = question.session
    begins = unplanned.is_proposal(question)
    wanted = session.held_minutes if begins else receipts.charge_of(session, question.minutes)
    more = max(0, wanted - (session.hold.minutes if session.hold else 0))
    waits = begins and session.kind == SessionKind.UNPLANNED
    available = session.account.available_minutes
    started = session.events.filter(kind=EventKind.STARTED).first() if session.kind == SessionKind.URGENT else None
    return {
        "is_open": session.state in consents.ANSWERABLE,
        "agreed_minutes": receipts.agreed_minutes(session),
        "factor": factors.of(session),
        "cost_minutes": wanted,
        "available_minutes": available,
        "missing_minutes": previews.missing_minutes(account=session.account, wanted=wanted) if waits else max(0, more - available),
        "waits": waits,
        "urgency": started.reason if started else "",
    }


def _late_facts(question: LateWork, request: SignedIn, at: datetime) -> dict[str, Any]:
    session, entry = question.entry.session, question.entry
    return {
        "session": session,
        "entry": entry,
        "is_open": entry.live and session.state in (State.IN_PROGRESS, State.PAUSED),
        "may_answer": spending.may_decide(request.user, session.account, at=at),
        "approvers": spending.deciders(session.account, at=at),
    }
