"""What staff do to a session before or instead of the work: call, no-show, move, call off, allow a start (rules C6, C10).

Whatever costs somebody something has a page that says what, before it is done.
"""

from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clients.desk import StaffRequest, for_staff
from core.formatting import hours, moment
from core.forms import ReasonForm
from sessions import changes, no_shows, notice, unplanned, wall_clock
from sessions.availability import TWO_YEARS, Slot, Wanted, open_slots
from sessions.cover import missing_minutes
from sessions.desk_forms import CallForm, MissForm, MoveForm
from sessions.models import Session, SessionKind, State
from sessions.reservations import SlotTaken
from sessions.views import desk_page

DAYS = timedelta(days=7)
"""How many days of open times are shown at once."""


@require_POST
@for_staff()
def call(request: StaffRequest, session_id: int) -> HttpResponse:
    """Log an attempt to call a client who has not appeared."""
    session, at = desk_page.find(request, session_id), timezone.now()
    form, logged = CallForm(request.POST, auto_id="call_%s"), []
    if not form.carried_out(lambda said: logged.append(no_shows.attempt_call(session=session, by=request.user, at=at, **said))):
        return desk_page.show(request, session_id, refused={"call": form})
    if credited := logged[0].facts["credited_minutes"]:
        text = _("The call is logged. We came late, so the client has been given %(size)s of credit and told so.")
        messages.warning(request, text % {"size": hours(credited)})
    else:
        messages.success(request, _("The call is logged."))
    return redirect("desk-session", session_id)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff()
def miss(request: StaffRequest, session_id: int) -> HttpResponse:
    """End a session that the client missed, once its cost to the client has been read."""
    session, at = desk_page.find(request, session_id), timezone.now()
    form = MissForm(desk_page.sent(request), access_promised=session.access_arranged)
    if form.carried_out(lambda _said: _miss(form, session, request, at)):
        messages.success(request, _("The session is recorded as missed. The client has been told."))
        return redirect("desk-session", session_id)
    if not form.is_bound and not desk_page.look(session, request.user, at=at).can_miss:
        return _not_now(request, session)
    context = {"session": session, "form": form, "cost_minutes": no_shows.penalty_minutes(session)}
    return render(request, "sessions/desk/miss.html", context, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff()
def move(request: StaffRequest, session_id: int) -> HttpResponse:
    """Move the session to another open time for a reason of ours; `?starts_at=` is the time that was thought of."""
    session, at = desk_page.find(request, session_id), timezone.now()
    asked = wall_clock.read(request.GET.get("starts_at", ""), timezone.get_current_timezone())
    form = MoveForm(desk_page.sent(request), asked=asked)
    if form.carried_out(lambda said: changes.move_by_provider(session=session, by=request.user, at=at, **said)):
        messages.success(request, _("The session is moved to %(moment)s.") % {"moment": moment(form.cleaned_data["starts_at"])})
        return redirect("desk-session", session_id)
    if not form.is_bound and not desk_page.look(session, request.user, at=at).can_move:
        return _not_now(request, session)
    first = _first_day(request, at, asked)
    slots = form.refusal.nearest if isinstance(form.refusal, SlotTaken) else _slots(session, first, at)
    not_open = asked if not form.is_bound and asked not in {slot.starts_at for slot in slots} else None
    context = {"session": session, "form": form, "slots": slots, "not_open": not_open, **_weeks(first, at), **_consequence(session, at)}
    return render(request, "sessions/desk/move.html", context, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff()
def call_off(request: StaffRequest, session_id: int) -> HttpResponse:
    """Cancel the session for a reason of ours."""
    session, at = desk_page.find(request, session_id), timezone.now()
    form = ReasonForm(desk_page.sent(request))
    if form.carried_out(lambda said: changes.call_off(session=session, by=request.user, at=at, **said)):
        messages.success(request, _("The session is called off. The client has been told."))
        return redirect("desk-session", session_id)
    if not form.is_bound and not desk_page.look(session, request.user, at=at).can_call_off:
        return _not_now(request, session)
    context = {"session": session, "form": form, **_consequence(session, at)}
    return render(request, "sessions/desk/call_off.html", context, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff()
def allow(request: StaffRequest, session_id: int) -> HttpResponse:
    """Let a session start that its credit does not cover, in an outage; the rest is owed (rules C6, C11)."""
    session, at = desk_page.find(request, session_id), timezone.now()
    form = ReasonForm(desk_page.sent(request))
    allow_start = changes.allow_start if session.kind == SessionKind.BOOKED else unplanned.allow_start
    if form.carried_out(lambda said: allow_start(session=session, by=request.user, at=at, **said)):
        messages.success(request, _("The session may start. What credit does not cover will be owed."))
        return redirect("desk-session", session_id)
    if not form.is_bound and not desk_page.look(session, request.user, at=at).can_allow:
        return _not_now(request, session)
    context = {"session": session, "form": form, "missing_minutes": missing_minutes(session)}
    return render(request, "sessions/desk/allow.html", context, status=form.status)


def _not_now(request: StaffRequest, session: Session) -> HttpResponse:
    """Back to the session: what was asked for is not possible, or no longer."""
    messages.warning(request, _("That is not possible with this session now. Nothing has changed."))
    return redirect("desk-session", session.pk)


def _miss(form: MissForm, session: Session, request: StaffRequest, at: datetime) -> Session:
    if form.for_access:
        return no_shows.miss_for_access(session=session, by=request.user, at=at, reason=form.cleaned_data.get("reason", ""))
    return no_shows.miss(session=session, by=request.user, at=at)


def _consequence(session: Session, at: datetime) -> dict[str, Any]:
    """What our change costs us: the credit we grant where it comes inside the notice (rule C10)."""
    agreed = session.state == State.SCHEDULED and session.starts_at is not None
    if not agreed or session.starts_at is None:
        return {"is_late": False, "granted_minutes": 0, "in_time_until": None}
    is_late = notice.is_late(starts_at=session.starts_at, received_at=at, notice=session.notice)
    until = notice.free_until(starts_at=session.starts_at, notice=session.notice)
    return {"is_late": is_late, "granted_minutes": session.our_late_change_minutes if is_late else 0, "in_time_until": until}


def _first_day(request: StaffRequest, at: datetime, asked: datetime | None) -> date:
    """The first day of the open times to show: as asked for, never before today, nor further ahead than anybody books."""
    today = timezone.localdate(at)
    furthest = today + TWO_YEARS
    if asked and "first" not in request.GET:
        return min(max(timezone.localdate(asked), today), furthest)
    try:
        return min(max(parse_date(request.GET.get("first", "")) or today, today), furthest)
    except ValueError:
        return today


def _weeks(first: date, at: datetime) -> dict[str, date | None]:
    today = timezone.localdate(at)
    return {"first": first, "earlier": max(first - DAYS, today) if first > today else None, "later": first + DAYS}


def _slots(session: Session, first: date, at: datetime) -> list[Slot]:
    wanted = Wanted(
        purpose=session.purpose,
        minutes=session.estimate_minutes,
        technician_count=session.technician_count,
        moving=session,
        overriding=True,
    )
    found = open_slots(wanted=wanted, first=first, days=DAYS.days, zone=timezone.get_current_timezone(), at=at)
    return [slot for slot in found if slot.starts_at != session.starts_at]
