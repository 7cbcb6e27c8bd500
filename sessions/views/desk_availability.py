"""Who works when, at the desk: a technician's own hours, for a dispatcher or an administrator anybody's (rule R2).

Each part of the page has an address that it is sent to; what is refused stands there as it was typed.
"""

from collections.abc import Mapping
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clients.access import has_duty
from clients.desk import StaffRequest, for_staff
from clients.models import StaffDuty
from core.forms import ActForm
from sessions import busy_feeds, hours
from sessions.hours_forms import CalendarForm, ExceptionForm, OfferForm, RemovalForm, WeekForm
from sessions.models import BusyFeed, Session, Technician
from worktime.days import in_short

WORKS_HERE = (StaffDuty.TECHNICIAN, *hours.SEES_TO_ALL)


@require_safe
@for_staff(*WORKS_HERE)
def availability(request: StaffRequest) -> HttpResponse:
    """The technicians whose hours one may see to; straight to one's own where that is all."""
    found = hours.editable_by(request.user).select_related("busy_feed").prefetch_related("weekly_hours")
    if not has_duty(request.user, *hours.SEES_TO_ALL) and (mine := found.first()):
        return redirect("desk-availability-of", mine.pk)
    rows = [(technician, in_short(hours.week_of(technician))) for technician in found]
    return render(request, "sessions/desk/availability_list.html", {"rows": rows})


@require_safe
@for_staff(*WORKS_HERE)
def availability_of(request: StaffRequest, technician_id: int) -> HttpResponse:
    """The hours of one technician."""
    return _show(request, _find(request, technician_id), at=timezone.now())


@require_POST
@for_staff(*WORKS_HERE)
def week(request: StaffRequest, technician_id: int) -> HttpResponse:
    """Change the weekly hours."""
    technician, at = _find(request, technician_id), timezone.now()
    form = WeekForm(request.POST, technician=technician, auto_id="week_%s")
    if form.carried_out(lambda said: hours.set_week(technician=technician, week=form.week, shown=said["shown"], by=request.user, at=at)):
        return _done(request, technician, _("The weekly hours are changed. What is booked stays where it is."))
    return _show(request, technician, at=at, refused={"week": form})


@require_POST
@for_staff(*WORKS_HERE)
def except_from(request: StaffRequest, technician_id: int) -> HttpResponse:
    """Let other hours hold on certain dates."""
    technician, at = _find(request, technician_id), timezone.now()
    form = ExceptionForm(request.POST, auto_id="exception_%s")
    if form.carried_out(lambda _said: hours.except_from(technician=technician, deviation=form.deviation, by=request.user, at=at)):
        return _done(request, technician, _("The exception is noted. What is booked stays where it is."))
    return _show(request, technician, at=at, refused={"exception": form})


@require_POST
@for_staff(*WORKS_HERE)
def remove_exception(request: StaffRequest, technician_id: int) -> HttpResponse:
    """Let the weekly hours hold again."""
    technician, at = _find(request, technician_id), timezone.now()
    form = RemovalForm(request.POST)
    if form.carried_out(lambda said: hours.remove_exception(technician=technician, exception_id=said["exception"], by=request.user, at=at)):
        return _done(request, technician, _("The exception is removed. The weekly hours hold again."))
    return _show(request, technician, at=at, refused={"removal": form})


@require_POST
@for_staff(*WORKS_HERE)
def offer(request: StaffRequest, technician_id: int) -> HttpResponse:
    """Say in which time bands the technician works too, and whose public holidays are free."""
    technician, at = _find(request, technician_id), timezone.now()
    form = OfferForm(request.POST, technician=technician, auto_id="offer_%s")
    if form.carried_out(lambda said: hours.offer(technician=technician, by=request.user, at=at, **{"bands": []} | said)):
        return _done(request, technician, _("That is noted. It counts for what is booked from now on."))
    return _show(request, technician, at=at, refused={"offer": form})


@require_POST
@for_staff(*WORKS_HERE)
def name_calendar(request: StaffRequest, technician_id: int) -> HttpResponse:
    """Name the technician's own calendar."""
    technician, at = _find(request, technician_id), timezone.now()
    form = CalendarForm(request.POST, auto_id="calendar_%s")
    if form.carried_out(lambda said: busy_feeds.name_address(technician=technician, by=request.user, at=at, **said)):
        return _done(request, technician, _("The calendar is named. It is read within minutes."))
    return _show(request, technician, at=at, refused={"calendar": form})


@require_POST
@for_staff(*WORKS_HERE)
def forget_calendar(request: StaffRequest, technician_id: int) -> HttpResponse:
    """Forget the technician's own calendar."""
    technician, at = _find(request, technician_id), timezone.now()
    form = ActForm(request.POST)
    if form.carried_out(lambda _said: busy_feeds.forget_address(technician=technician, by=request.user, at=at)):
        return _done(request, technician, _("The address is forgotten. Nothing in that calendar takes time here any more."))
    return _show(request, technician, at=at, refused={"forgetting": form})


def _find(request: StaffRequest, technician_id: int) -> Technician:
    return get_object_or_404(hours.editable_by(request.user), pk=technician_id)


def _done(request: StaffRequest, technician: Technician, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect("desk-availability-of", technician.pk)


def _show(request: StaffRequest, technician: Technician, *, at: datetime, refused: Mapping[str, ActForm] | None = None) -> HttpResponse:
    """The page. `refused` is the form that was sent and not accepted: it stands as it was typed."""
    today = at.astimezone(technician.zone).date()
    seen = set(Session.objects.visible_to(request.user).filter(reservations__technician=technician).values_list("pk", flat=True))
    outside = hours.bookings_outside(technician=technician, at=at)
    feed = BusyFeed.objects.filter(technician=technician).first()
    context = {
        "technician": technician,
        "sees_all": has_duty(request.user, *hours.SEES_TO_ALL),
        "is_mine": technician.person_id == request.user.pk,
        "exceptions": technician.exceptions.filter(last_on__gte=today).order_by("first_on", "opens", "pk"),
        "outside": [session for session in outside if session.pk in seen],
        "feed": feed,
        "why": busy_feeds.why(feed) if feed else "",
        "forms": _forms(technician) | dict(refused or {}),
        "refusal": next((form.refusal for form in (refused or {}).values() if not form.fields or "exception" in form.fields), None),
    }
    status = max((form.status for form in (refused or {}).values()), default=200)
    return render(request, "sessions/desk/availability.html", context, status=status)


def _forms(technician: Technician) -> dict[str, ActForm]:
    return {
        "week": WeekForm(technician=technician, auto_id="week_%s"),
        "exception": ExceptionForm(auto_id="exception_%s"),
        "offer": OfferForm(technician=technician, auto_id="offer_%s"),
        "calendar": CalendarForm(auto_id="calendar_%s"),
    }
