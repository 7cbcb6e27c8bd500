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
from core.formatting import clock, hours
from credits import spending
from sessions import consents, late_work, portal, unplanned
from sessions.models import Consent, LateWork, State
from sessions.views.portal_facts import cost_of

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
            messages.success(request, _what_now(question))
            return redirect("session", question.session_id)
    context = {
        "consent": question,
        "session": question.session,
        "refusal": refusal,
        "may_answer": consents.may_answer(request.user, question.session, at=at),
        "approvers": spending.deciders(question.session.account, at=at),
        **cost_of(question),
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


def _what_now(question: Consent) -> str:
    """What the answer has led to: how far the session goes on, and what credit is missing for it."""
    question = Consent.objects.select_related("session__hold").get(pk=question.pk)
    hold, ends_at = question.session.hold, question.ends_at
    if question.given and hold is not None and hold.missing_minutes and not (question.session.postpaid or unplanned.is_proposal(question)):
        words = _("Agreed. %(size)s of credit is missing: top up, or what is worked of that will be owed.")
        return words % {"size": hours(hold.missing_minutes)}
    if question.given and ends_at is not None:
        return _("Agreed. The session goes on until %(end)s.") % {"end": clock(ends_at)}
    return _("Your answer is noted, and our technicians see it.")


def _late_facts(question: LateWork, request: SignedIn, at: datetime) -> dict[str, Any]:
    session, entry = question.entry.session, question.entry
    return {
        "session": session,
        "entry": entry,
        "is_open": entry.live and session.state in (State.IN_PROGRESS, State.PAUSED),
        "may_answer": spending.may_decide(request.user, session.account, at=at),
        "approvers": spending.deciders(session.account, at=at),
    }
