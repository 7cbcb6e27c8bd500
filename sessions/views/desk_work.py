"""The work of a session, done by staff from its page: start, log time, ask for more of it, submit (rules R6, R7, C8)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clients.desk import StaffRequest, for_staff
from core.formatting import hours
from core.forms import ActForm, ReasonForm
from sessions import consents, extensions, worklogs
from sessions.desk_forms import LogForm, SubmitForm
from sessions.models import Session, WorkEntry
from sessions.receipts import charge_of
from sessions.views import desk_page


@require_safe
@for_staff()
def session(request: StaffRequest, session_id: int) -> HttpResponse:
    """Everything of one session, and the acts that are possible now."""
    return desk_page.show(request, session_id)


@require_POST
@for_staff()
def start(request: StaffRequest, session_id: int) -> HttpResponse:
    """Begin the work."""
    session, at = desk_page.find(request, session_id), timezone.now()
    form = ActForm(request.POST, auto_id="start_%s")
    if not form.carried_out(lambda _said: worklogs.start(session=session, by=request.user, at=at)):
        return desk_page.show(request, session_id, refused={"start": form})
    messages.success(request, _("The session is running. Time can be logged now."))
    return redirect("desk-session", session_id)


@require_POST
@for_staff()
def log(request: StaffRequest, session_id: int) -> HttpResponse:
    """Log time that somebody of the crew worked."""
    session, at = desk_page.find(request, session_id), timezone.now()
    sight = desk_page.look(session, request.user, at=at)
    form = LogForm(request.POST, crew=sight.loggers or [request.user], auto_id="log_%s")
    if not form.carried_out(lambda _said: _log(form, session, request, corrects=None)):
        return desk_page.show(request, session_id, refused={"log": form})
    messages.success(request, _("The time is logged."))
    return redirect("desk-session", session_id)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff()
def correct(request: StaffRequest, entry_id: int) -> HttpResponse:
    """Replace an entry by another before the hours are submitted; both can be read afterwards."""
    entry = _entry(request, entry_id)
    initial = {
        "on": timezone.localdate(entry.started_at),
        "begins": timezone.localtime(entry.started_at).time(),
        "ends": timezone.localtime(entry.ended_at).time(),
        "note": entry.note,
    }
    form = LogForm(desk_page.sent(request), crew=[entry.person], initial=initial)
    if form.carried_out(lambda _said: _log(form, entry.session, request, corrects=entry)):
        messages.success(request, _("The entry is corrected. The one before can still be read."))
        return redirect("desk-session", entry.session_id)
    return render(request, "sessions/desk/correct.html", {"entry": entry, "form": form}, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff()
def take_back(request: StaffRequest, entry_id: int) -> HttpResponse:
    """Take an entry back, with a reason, before the hours are submitted."""
    entry, at = _entry(request, entry_id), timezone.now()
    form = ReasonForm(desk_page.sent(request))
    if form.carried_out(lambda said: worklogs.take_back(entry=entry, by=request.user, at=at, **said)):
        messages.success(request, _("The entry is taken back. It can still be read, and counts no more."))
        return redirect("desk-session", entry.session_id)
    return render(request, "sessions/desk/take_back.html", {"entry": entry, "form": form}, status=form.status)


@require_POST
@for_staff()
def ask(request: StaffRequest, session_id: int) -> HttpResponse:
    """Ask the client to agree to more time."""
    session, at = desk_page.find(request, session_id), timezone.now()
    form = desk_page.ask_form(session, request.POST)
    ask_client = extensions.ask if form.goes_on else consents.ask_consent
    if not form.carried_out(
        lambda said: ask_client(session=session, minutes=said["minutes"], reason=said["reason"], by=request.user, at=at)
    ):
        return desk_page.show(request, session_id, refused={"ask": form})
    asked = form.cleaned_data["minutes"]
    messages.success(request, _("The client has been asked to agree to %(hours)s in all.") % {"hours": hours(asked)})
    if missing := consents.missing_minutes(session, held=charge_of(session, asked)):
        words = _("%(size)s of credit is missing for that: without a top-up, what is worked of it will be owed.")
        messages.warning(request, words % {"size": hours(missing)})
    return redirect("desk-session", session_id)


@require_POST
@for_staff()
def submit(request: StaffRequest, session_id: int) -> HttpResponse:
    """End the work with a summary and send the hours to the client."""
    session, at = desk_page.find(request, session_id), timezone.now()
    form = SubmitForm(request.POST, auto_id="submit_%s")
    if not form.carried_out(lambda said: worklogs.submit(session=session, by=request.user, at=at, **said)):
        return desk_page.show(request, session_id, refused={"submit": form})
    messages.success(request, _("The hours are submitted. The client has been asked to confirm them."))
    return redirect("desk-session", session_id)


@require_POST
@for_staff()
def reopen(request: StaffRequest, session_id: int) -> HttpResponse:
    """Open submitted hours again."""
    session, at = desk_page.find(request, session_id), timezone.now()
    form = ReasonForm(request.POST, auto_id="reopen_%s")
    if not form.carried_out(lambda said: worklogs.reopen(session=session, by=request.user, at=at, **said)):
        return desk_page.show(request, session_id, refused={"reopen": form})
    messages.success(request, _("The hours are open again. Correct them and submit them anew."))
    return redirect("desk-session", session_id)


def _entry(request: StaffRequest, entry_id: int) -> WorkEntry:
    """The entry, if its session is visible to who asks; 404 otherwise."""
    entries = WorkEntry.objects.filter(session__in=Session.objects.visible_to(request.user))
    return get_object_or_404(entries.select_related("person", "session__organisation"), pk=entry_id)


def _log(form: LogForm, session: Session, request: StaffRequest, *, corrects: WorkEntry | None) -> WorkEntry:
    said = form.cleaned_data
    return worklogs.log(
        session=session,
        technician_person=form.worker,
        started_at=said["started_at"],
        ended_at=said["ended_at"],
        note=said["note"],
        late_reason=said["late_reason"],
        by=request.user,
        at=timezone.now(),
        corrects=corrects,
    )
