"""The door of the desk, and the day."""

from datetime import date, timedelta

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_safe

from cases import paging
from clients.access import has_duty
from clients.desk import StaffRequest, for_staff
from clients.models import StaffDuty
from dashboard import case_day, delivery_day
from dashboard import day as days

ONE_DAY = timedelta(days=1)


@require_safe
@for_staff()
def desk(request: StaffRequest) -> HttpResponse:
    """Send each to the first page of their duties."""
    if has_duty(request.user, StaffDuty.TECHNICIAN, StaffDuty.DISPATCHER, StaffDuty.ACCOUNT_MANAGER):
        return redirect("desk-day")
    return redirect("desk-topups" if has_duty(request.user, StaffDuty.FINANCE) else "desk-clients")


@require_safe
@for_staff()
def day(request: StaffRequest) -> HttpResponse:
    """One day: what is booked; and, whichever day it is, what runs and what waits."""
    now = timezone.now()
    today = timezone.localdate(now)
    on = _asked_day(request, today)
    booked = days.appointments(person=request.user, on=on, at=now)
    context = {
        "on": on,
        "now": now,
        "is_today": on == today,
        "earlier": on - ONE_DAY,
        "later": on + ONE_DAY,
        "appointments": booked,
        "all_past": not any(appointment.after_now for appointment in booked),
        "running": days.running(person=request.user, at=now),
        "paged": list(paging.waiting_for(request.user)),
        "waiting": days.waiting(person=request.user, at=now),
        "cases": case_day.of(request.user, at=now),
        "delivery": delivery_day.of(request.user, at=now),
    }
    return render(request, "desk/day.html", context)


def _asked_day(request: StaffRequest, today: date) -> date:
    """The day that was asked for, within reason; today where none can be read."""
    try:
        asked = parse_date(request.GET.get("date", ""))
    except ValueError:
        asked = None
    return asked if asked and abs(asked.year - today.year) < 100 else today
