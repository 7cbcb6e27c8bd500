"""The one page on which a technician logs time, for cases, sessions and deliveries alike (rules R7, S10, D3)."""

from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases.models import CaseTime
from clients.desk import StaffRequest, for_staff
from clients.models import StaffDuty
from clients.timelog import TimeEntry
from core.forms import ReasonForm
from dashboard import log_time
from dashboard.time_forms import TimeForm
from delivery import terms as delivery_terms
from delivery.models import DeliveryTime
from sessions.models import WorkEntry

ONE_DAY = timedelta(days=1)
WORKERS = (StaffDuty.TECHNICIAN, StaffDuty.DISPATCHER)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(*WORKERS)
def day(request: StaffRequest) -> HttpResponse:
    """A day with everything that was logged, and the form for more."""
    now = timezone.now()
    on = _asked_day(request, timezone.localdate(now))
    sent = request.POST if request.method == "POST" else None
    proposal = _proposal(request, on, now)
    work = log_time.named(person=request.user, text=str((sent or proposal).get("what", "")))
    form = TimeForm(sent, person=request.user, work=work, initial=proposal, auto_id="time_%s")
    if form.carried_out(lambda said: _log(request, form, said["what"], now)):
        messages.success(request, _("The time is logged."))
        return redirect(f"{reverse('desk-time')}?date={form.cleaned_data['on']:%Y-%m-%d}")
    if form.is_bound and "on" in getattr(form, "cleaned_data", {}):
        on = form.cleaned_data["on"]
    zone = timezone.get_current_timezone()
    context = {
        "form": form,
        "stretches": log_time.day(person=request.user, on=on, zone=zone),
        "totals": log_time.totals(person=request.user, on=on, zone=zone),
        "works": [log_time.name_of(work) for work in log_time.offered(request.user)],
        "on": on,
        "is_today": on == timezone.localdate(now),
        "earlier": on - ONE_DAY,
        "later": on + ONE_DAY,
        "delivers": delivery_terms.offered() is not None,
    }
    return render(request, "dashboard/desk/time.html", context, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(*WORKERS)
def take_back_case_time(request: StaffRequest, entry_id: int) -> HttpResponse:
    """Take back own time on a case."""
    found = CaseTime.objects.filter(person=request.user).select_related("case__organisation", "person")
    return _take_back(request, get_object_or_404(found, pk=entry_id))


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(*WORKERS)
def take_back_session_time(request: StaffRequest, entry_id: int) -> HttpResponse:
    """Take back own time in a session."""
    found = WorkEntry.objects.filter(person=request.user).select_related("session__organisation", "person")
    return _take_back(request, get_object_or_404(found, pk=entry_id))


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(*WORKERS)
def take_back_task_time(request: StaffRequest, entry_id: int) -> HttpResponse:
    """Take back own time on a delivery."""
    found = DeliveryTime.objects.filter(person=request.user).select_related("task__organisation", "person")
    return _take_back(request, get_object_or_404(found, pk=entry_id))


def _take_back(request: StaffRequest, entry: TimeEntry) -> HttpResponse:
    form = ReasonForm(request.POST if request.method == "POST" else None)
    back = f"{reverse('desk-time')}?date={timezone.localdate(entry.started_at):%Y-%m-%d}"
    if form.carried_out(lambda said: log_time.take_back(entry=entry, by=request.user, at=timezone.now(), **said)):
        messages.success(request, _("The entry is taken back. It can still be read, and counts no more."))
        return redirect(back)
    context = {"form": form, "entry": entry, "name": log_time.name_of(log_time.work_of(entry)), "back": back}
    return render(request, "dashboard/desk/time_take_back.html", context, status=form.status)


def _log(request: StaffRequest, form: TimeForm, what: str, at: datetime) -> TimeEntry:
    work = log_time.find(person=request.user, named=what)
    return log_time.log(work=work, stretch=form.stretch, by=request.user, at=at)


def _proposal(request: StaffRequest, on: date, now: datetime) -> dict[str, Any]:
    """What is probably to be logged: the case that a link names, from when troubleshooting began or the last entry ended."""
    zone = timezone.get_current_timezone()
    lines = log_time.day(person=request.user, on=on, zone=zone)
    last = timezone.localtime(lines[-1].ended_at) if lines else None
    found: dict[str, Any] = {"on": on, "what": request.GET.get("what", "")[:200], "begins": last.time() if last else None}
    running = log_time.proposed(person=request.user, at=now)
    if running and on == timezone.localdate(now) == timezone.localdate(running[1]):
        work, since = running
        fits = found["what"] in {"", f"#{work.pk}"}
        found |= {"what": log_time.name_of(work), "begins": timezone.localtime(since).time()} if fits else {}
        found["ends"] = timezone.localtime(now).time()
    return found


def _asked_day(request: StaffRequest, today: date) -> date:
    """The day that was asked for, within reason; today where none can be read."""
    try:
        asked = parse_date(request.GET.get("date", ""))
    except ValueError:
        asked = None
    return asked if asked and abs(asked.year - today.year) < 50 else today
