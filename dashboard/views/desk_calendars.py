"""Business calendars at the desk: an administrator reads and edits them, and approves holidays (rule W1)."""

from collections.abc import Mapping

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clients.agreements import local_date
from clients.desk import StaffRequest, for_staff
from clients.models import StaffDuty
from core.formatting import day
from core.forms import ActForm
from dashboard import calendar_pages
from dashboard.calendar_forms import ApprovalForm, DateForm, HoursForm, RestoreForm
from worktime import calendars, days, holiday_years
from worktime.models import BusinessCalendar

for_administrators = for_staff(StaffDuty.ADMINISTRATOR)


@require_safe
@for_administrators
def calendar_list(request: StaffRequest) -> HttpResponse:
    """All calendars at a glance, and whether holidays wait for approval."""
    rows = [calendar_pages.glance(calendar) for calendar in calendar_pages.calendars()]
    waiting = sum(map(bool, calendar_pages.differences(today=local_date(timezone.now()))))
    return render(request, "dashboard/desk/calendars.html", {"rows": rows, "waiting": waiting})


@require_safe
@for_administrators
def calendar(request: StaffRequest, calendar_id: int) -> HttpResponse:
    """One calendar: its hours, the days ahead, and who changed what."""
    return _show(request, _find(calendar_id))


@require_POST
@for_administrators
def replace_hours(request: StaffRequest, calendar_id: int) -> HttpResponse:
    """Change the week and the short days before holidays."""
    found, at = _editable(calendar_id), timezone.now()
    form = HoursForm(request.POST, calendar=found, auto_id="week_%s")
    if form.carried_out(
        lambda said: calendars.replace_hours(
            calendar=found, hours=form.hours, shown=said["shown"], by=request.user, at=at, reason=said["reason"]
        )
    ):
        return _done(request, found, _("The hours are changed. Open deadlines are computed anew; none becomes later."))
    return _show(request, found, refused={"week": form})


@require_POST
@for_administrators
def give_date_hours(request: StaffRequest, calendar_id: int) -> HttpResponse:
    """Close or open on one date."""
    found, at = _editable(calendar_id), timezone.now()
    form = DateForm(request.POST, auto_id="date_%s")
    if form.carried_out(lambda _said: calendars.give_date_hours(calendar=found, by=request.user, at=at, **form.said)):
        return _done(request, found, _("%(day)s has hours of its own now.") % {"day": day(form.cleaned_data["on"])})
    return _show(request, found, refused={"date": form})


@require_POST
@for_administrators
def restore_date(request: StaffRequest, calendar_id: int) -> HttpResponse:
    """Let the ordinary hours hold again on one date."""
    found, at = _editable(calendar_id), timezone.now()
    form = RestoreForm(request.POST)
    if form.carried_out(lambda said: calendars.restore_date(calendar=found, on=said["on"], by=request.user, at=at)):
        return _done(request, found, _("The ordinary hours hold again on %(day)s.") % {"day": day(form.cleaned_data["on"])})
    return _show(request, found, refused={"removal": form})


@require_safe
@for_administrators
def holidays(request: StaffRequest) -> HttpResponse:
    """By country and year: which holidays count, and what approving would change."""
    return _holidays(request, None)


@require_POST
@for_administrators
def approve_holidays(request: StaffRequest) -> HttpResponse:
    """Approve the holidays of one year."""
    form, at = ApprovalForm(request.POST), timezone.now()
    if form.carried_out(lambda said: holiday_years.approve(by=request.user, at=at, **said)):
        messages.success(request, _("The holidays of %(year)s are approved.") % form.cleaned_data)
        return redirect("desk-holidays")
    return _holidays(request, form)


def _find(calendar_id: int) -> BusinessCalendar:
    return get_object_or_404(BusinessCalendar, pk=calendar_id)


def _editable(calendar_id: int) -> BusinessCalendar:
    """A calendar with hours: one that is always open has none to change."""
    found = _find(calendar_id)
    if found.always_open:
        raise Http404
    return found


def _done(request: StaffRequest, found: BusinessCalendar, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect("desk-calendar", found.pk)


def _show(request: StaffRequest, found: BusinessCalendar, *, refused: Mapping[str, ActForm] | None = None) -> HttpResponse:
    """The page. `refused` is the form that was sent and not accepted: it stands as it was typed."""
    today = timezone.now().astimezone(found.zone).date()
    forms = {"week": HoursForm(calendar=found, auto_id="week_%s"), "date": DateForm(auto_id="date_%s")} | dict(refused or {})
    context = {
        "row": calendar_pages.glance(found),
        "calendar": found,
        "months": calendar_pages.months(days.days_ahead([found], first=today)[found]),
        "years": calendar_pages.years_of(found, today=today) if found.country and not found.always_open else [],
        "dates": found.dated_openings.filter(on__gte=today).order_by("on", "opens"),
        "edits": calendar_pages.edits(found),
        "forms": forms,
        "refusal": forms["removal"].refusal if "removal" in forms else None,
    }
    return render(request, "dashboard/desk/calendar.html", context, status=max((form.status for form in forms.values()), default=200))


def _holidays(request: StaffRequest, refused: ApprovalForm | None) -> HttpResponse:
    found = calendar_pages.differences(today=local_date(timezone.now()))
    context = {"differences": found, "refusal": refused and (refused.refusal or _("Please open this page again."))}
    return render(request, "dashboard/desk/holidays.html", context, status=refused.status if refused else 200)
