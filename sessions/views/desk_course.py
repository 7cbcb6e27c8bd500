"""The course of a session that has begun: it stands still, goes on, or is broken off (rule R6)."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clients.desk import StaffRequest, for_staff
from core.forms import ActForm, ReasonForm
from sessions import aborts, pauses
from sessions.models import Fault, Session, State
from sessions.receipts import Receipt, receipt
from sessions.views import desk_page
from sessions.work_forms import AbortForm


@require_POST
@for_staff()
def pause(request: StaffRequest, session_id: int) -> HttpResponse:
    """Let the session stand still."""
    session, at = desk_page.find(request, session_id), timezone.now()
    form = ReasonForm(request.POST, auto_id="pause_%s")
    if not form.carried_out(lambda said: pauses.pause(session=session, by=request.user, at=at, **said)):
        return desk_page.show(request, session_id, refused={"pause": form})
    messages.success(request, _("The session is paused. The client sees since when, and why."))
    return redirect("desk-session", session_id)


@require_POST
@for_staff()
def resume(request: StaffRequest, session_id: int) -> HttpResponse:
    """Let the session go on."""
    session, at = desk_page.find(request, session_id), timezone.now()
    form = ActForm(request.POST, auto_id="resume_%s")
    if not form.carried_out(lambda _said: pauses.resume(session=session, by=request.user, at=at)):
        return desk_page.show(request, session_id, refused={"resume": form})
    messages.success(request, _("The session goes on."))
    return redirect("desk-session", session_id)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff()
def abort(request: StaffRequest, session_id: int) -> HttpResponse:
    """Break the session off, once it has been read what follows from whose fault it is."""
    session, at = desk_page.find(request, session_id), timezone.now()
    if request.method != "POST" and not desk_page.look(session, request.user, at=at).can_abort:
        messages.warning(request, _("That is not possible with this session now. Nothing has changed."))
        return redirect("desk-session", session.pk)
    bill = receipt(session)
    forms = [_form(request, fault, bill) for fault in Fault]
    for form in forms:
        if _broken_off(form, session, request, at):
            messages.success(request, _ended_how(session))
            return redirect("desk-session", session_id)
    context = {"session": session, "cards": forms, "bill": bill}
    return render(request, "sessions/desk/abort.html", context, status=max(form.status for form in forms))


def _form(request: StaffRequest, fault: Fault, bill: Receipt) -> AbortForm:
    sent = request.POST if request.POST.get("fault") == fault.value else None
    return AbortForm(sent, fault=fault, hours_follow=fault != Fault.OURS and bill.raw_minutes > 0)


def _broken_off(form: AbortForm, session: Session, request: StaffRequest, at: datetime) -> bool:
    return form.carried_out(
        lambda said: aborts.abort(
            session=session, fault=form.of, reason=said["reason"], summary=said.get("summary", ""), by=request.user, at=at
        )
    )


def _ended_how(session: Session) -> str:
    session.refresh_from_db()
    if session.state == State.SUBMITTED:
        return _("The session is broken off. The client is asked to confirm the hours so far.")
    return _("The session is broken off at no cost. The client has been told.")
