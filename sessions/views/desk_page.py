"""Everything of one session on one page for staff: the facts, what happened, and the acts that are possible now.

Possible is what the verbs would not refuse for the person and the state of the session; the verbs decide again.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from clients.desk import StaffRequest
from core.forms import ActForm, ReasonForm
from sessions import attendance, extensions, penalties, reach
from sessions import terms as session_terms
from sessions.chronicle import chronicle
from sessions.cover import missing_minutes
from sessions.desk_forms import CallForm, ConsentForm, LogForm, SubmitForm
from sessions.models import Fault, Session, SessionKind, State
from sessions.models.sessions import EventKind
from sessions.receipts import agreed_minutes, receipt
from sessions.views.both_sides import shared
from sessions.views.desk_sight import WORKING, Sight, look

__all__ = ["Sight", "find", "look", "sent", "show"]

WITH_HOURS = (State.SUBMITTED, State.DISPUTED, State.CONFIRMED, State.SETTLED)


def find(request: StaffRequest, session_id: int) -> Session:
    """The session, if it is visible to who asks; 404 otherwise."""
    visible = Session.objects.visible_to(request.user)
    return get_object_or_404(visible.select_related("organisation", "account", "hold", "purpose", "requested_by", "worker"), pk=session_id)


def show(request: StaffRequest, session_id: int, *, refused: Mapping[str, ActForm] | None = None) -> HttpResponse:
    """The page of the session. `refused` is the form that was sent and not accepted: it stands as it was typed."""
    session = find(request, session_id)
    sight = look(session, request.user, at=timezone.now())
    both = shared(session, person=request.user, at=sight.now, stood_still=sight.pauses, logged_minutes=sight.logged_minutes)
    possible = _forms(sight) | dict(refused or {})
    has_hours = session.state in WITH_HOURS or session.fault == Fault.OURS
    context = both | {
        "session": session,
        "now": sight.now,
        "note_form": possible.pop("note", both["note_form"]),
        "sight": sight,
        "work": [(entry, sight.can_change(entry)) for entry in sight.entries],
        "forms": possible,
        "bill": receipt(session),
        "held_minutes": session.hold.minutes if session.hold and session.state in WORKING else session.held_minutes,
        "agreed_minutes": agreed_minutes(session),
        "has_no_yes": session.kind != SessionKind.BOOKED and not any(consent.given for consent in sight.consents),
        "missing_minutes": missing_minutes(session) if sight.awaits_top_up else 0,
        "attendees": attendance.attending(session),
        "events": chronicle(session),
        "dispute": session.disputes.order_by("-pk").first(),
        "penalties": penalties.of_session(session),
        "has_hours": has_hours,
        "urgency": _urgency(session),
        "broken_off": session.events.filter(kind=EventKind.ABORTED).select_related("by").last() if session.fault else None,
        "idle": not (possible or sight.awaits_top_up or sight.entries or sight.consents or has_hours or session.fault),
    }
    status = max((form.status for form in (refused or {}).values()), default=200)
    return render(request, "sessions/desk/session.html", context, status=status)


def ask_form(session: Session, data: QueryDict | None = None) -> ConsentForm:
    """The form that asks for more time, with how long everybody is free where the session runs by the calendar (rule C8)."""
    return ConsentForm(
        data,
        agreed=agreed_minutes(session),
        step=session_terms.current().estimate_step_minutes,
        free_minutes=reach.free_minutes(session) if extensions.can_extend(session) else None,
        auto_id="ask_%s",
    )


def sent(request: StaffRequest) -> QueryDict | None:
    """What was sent with the form; nothing where its page is only looked at."""
    return request.POST if request.method == "POST" else None


def _urgency(session: Session) -> str:
    """Why the work could not wait for the client's answer; nothing where it did (rule R8)."""
    if session.kind != SessionKind.URGENT:
        return ""
    return session.events.filter(kind=EventKind.STARTED).values_list("reason", flat=True).first() or ""


def _log_initial(sight: Sight) -> dict[str, Any]:
    """What is most likely to be logged next: from the last entry's end, or the last pause's, or the start, until now."""
    ends = [entry.ended_at for entry in sight.live if entry.person_id == sight.person.pk or sight.manages]
    ends += [pause.until for pause in sight.pauses if pause.until is not None]
    began = max(ends, default=sight.session.started_at or sight.now)
    begins, now = timezone.localtime(began), timezone.localtime(sight.now)
    same_day = begins.date() == now.date() and now - begins >= timedelta(minutes=1)
    return {"on": begins.date(), "begins": begins.time(), "ends": now.time() if same_day else None}


def _forms(sight: Sight) -> dict[str, ActForm]:
    """The forms of the acts that are possible now, by name."""
    found: dict[str, ActForm] = {}
    if sight.can_start:
        found["start"] = ActForm(auto_id="start_%s")
    if sight.is_expected:
        found["call"] = CallForm(auto_id="call_%s")
    if sight.can_pause:
        found["pause"] = ReasonForm(auto_id="pause_%s")
    if sight.can_resume:
        found["resume"] = ActForm(auto_id="resume_%s")
    if sight.can_reopen:
        found["reopen"] = ReasonForm(auto_id="reopen_%s")
    return found | _forms_of_work(sight)


def _forms_of_work(sight: Sight) -> dict[str, ActForm]:
    """Those about time: logging it, asking for more, submitting it."""
    session = sight.session
    found: dict[str, ActForm] = {}
    if sight.loggers:
        found["log"] = LogForm(crew=sight.loggers, initial=_log_initial(sight), auto_id="log_%s")
    if sight.can_ask:
        found["ask"] = ask_form(session)
    if sight.can_submit:
        found["submit"] = SubmitForm(initial={"summary": session.summary}, auto_id="submit_%s")
    return found
