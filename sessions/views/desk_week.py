"""Everybody's week at the desk (rule R2): a table that works by itself, and what the calendar on top of it is drawn from.

Times are by the reader's clock. The calendar moves nothing: what is dropped elsewhere leads to the page that does,
with the time or the technician chosen.
"""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clients.desk import StaffRequest, for_staff
from clients.models import StaffDuty
from core.fields import FIRST_DAY, LAST_DAY
from sessions import team_week
from sessions import terms as session_terms
from sessions.models import State
from sessions.slots import MIDNIGHT, instant
from sessions.team_week import Stint, Taken, Team

WATCHES = (StaffDuty.TECHNICIAN, StaffDuty.DISPATCHER, StaffDuty.ACCOUNT_MANAGER, StaffDuty.ADMINISTRATOR)
MOST_DAYS = timedelta(days=42)
FIRST_HOUR, LAST_HOUR = 8, 17
"""The hours that are drawn at least."""


@require_safe
@for_staff(*WATCHES)
def week(request: StaffRequest) -> HttpResponse:
    """One week of everybody."""
    today, zone = timezone.localdate(), timezone.get_current_timezone()
    monday = team_week.monday_of(_asked_day(request.GET.get("date", "")) or today)
    found = _team(request, monday, monday + team_week.WEEK)
    context = {
        "monday": monday,
        "sunday": monday + timedelta(days=6),
        "days": [monday + timedelta(days=number) for number in range(7)],
        "today": today,
        "is_this_week": monday == team_week.monday_of(today),
        "earlier": monday - team_week.WEEK,
        "later": monday + team_week.WEEK,
        "lines": team_week.lines(found, zone=_zone(zone)),
        "hours": _hours(found),
        "idle": _idle(found),
        "step": session_terms.current().slot_step_minutes,
        "movable": any(stint.movable for stint in found.stints),
    }
    return render(request, "sessions/desk/week.html", context)


@require_safe
@for_staff(*WATCHES)
def events(request: StaffRequest) -> HttpResponse:
    """What the calendar shows in [first, last): names where the reader may see them, `Busy` elsewhere."""
    first, last = (_asked_day(request.GET.get(name, "")) for name in ("first", "last"))
    if first is None or last is None or not first < last <= first + MOST_DAYS:
        return HttpResponseBadRequest(_("Please ask for days from a first to a last one, at most six weeks of them."))
    found = _team(request, first, last)
    away = [_away(technician.pk, begins, ends) for technician in found.technicians for begins, ends in found.away(technician)]
    shown = {
        "resources": [{"id": technician.pk, "title": str(technician)} for technician in found.technicians],
        "events": [*away, *(_event(stint) for stint in found.stints)],
    }
    return JsonResponse(shown, headers={"Cache-Control": "no-store"})


def _team(request: StaffRequest, first: date, last: date) -> Team:
    zone = _zone(timezone.get_current_timezone())
    return team_week.team(person=request.user, first=instant(first, MIDNIGHT, zone), last=instant(last, MIDNIGHT, zone))


def _zone(zone: Any) -> ZoneInfo:
    return ZoneInfo(str(zone))


def _asked_day(written: str) -> date | None:
    """The day that was asked for, within reason."""
    try:
        day = parse_date(written)
    except ValueError:
        return None
    return day if day and FIRST_DAY <= day <= LAST_DAY - MOST_DAYS else None


def _hours(found: Team) -> tuple[int, int]:
    """From which full hour to which the calendar is drawn: all that somebody works, or is booked for."""
    begins, ends = [FIRST_HOUR], [LAST_HOUR]
    stretches = [(stint.begins, stint.ends) for stint in found.stints if stint.taken != Taken.CALENDAR]
    for start, end in [*stretches, *(stretch for works in found.works.values() for stretch in works)]:
        first, last = timezone.localtime(start), timezone.localtime(end)
        over_midnight = last.date() != first.date()
        begins.append(0 if over_midnight and last.time() != MIDNIGHT else first.hour)
        ends.append(24 if over_midnight else last.hour + bool(last.minute))
    return min(begins), max(ends)


def _idle(found: Team) -> str:
    """The days of the week on which nobody works and nothing is, Sunday 0 as the calendar counts: they are not drawn."""
    stretches = [(stint.begins, stint.ends) for stint in found.stints if stint.taken != Taken.CALENDAR]
    used = {timezone.localdate(start) for start, _end in [*stretches, *(stretch for works in found.works.values() for stretch in works)]}
    busy = {day.isoweekday() % 7 for day in used}
    return ",".join(str(day) for day in (0, 6) if day not in busy)


def _away(technician: int, begins: datetime, ends: datetime) -> dict[str, Any]:
    return {"resourceIds": [technician], "start": _wall(begins), "end": _wall(ends), "display": "background", "classNames": ["away"]}


def _event(stint: Stint) -> dict[str, Any]:
    """A stint as the calendar reads it, by the reader's clock."""
    shown: dict[str, Any] = {
        "resourceIds": [stint.technician],
        "start": _wall(stint.begins),
        "end": _wall(stint.ends),
        "editable": False,
        "startEditable": False,
    }
    if stint.taken == Taken.CALENDAR:
        return shown | {"display": "background", "classNames": ["elsewhere"], "title": _("Own calendar")}
    session = stint.session
    if session is None:
        return shown | {"title": _("Busy"), "classNames": ["busy"]}
    shown |= {
        "id": f"{session.pk}-{stint.technician}",
        "title": session.title,
        "classNames": ["waits" if session.state == State.AWAITING_TOP_UP else "booked"],
        "startEditable": stint.movable,
        "extendedProps": {
            "client": session.organisation.name,
            "at": _wall(stint.begins),
            "page": reverse("desk-session", args=[session.pk]),
            "move": reverse("desk-session-move", args=[session.pk]),
            "technician": reverse("desk-session-technician", args=[session.pk]),
        },
    }
    return shown


def _wall(moment: datetime) -> str:
    """What the reader's clock shows, without an offset: the calendar knows no zones."""
    return timezone.localtime(moment).replace(tzinfo=None).isoformat(timespec="seconds")
