"""The client's page of opening hours: the week, and the closed and short days of the year ahead (rule W1)."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from clients.agreements import local_date
from clients.portal import SignedIn, portal_page
from dashboard import calendar_pages
from worktime.days import days_ahead


@require_safe
@portal_page
def opening_hours(request: SignedIn) -> HttpResponse:
    """When we work for the person's organisations, by the calendars that their plans count in."""
    if not request.user.memberships.all():
        raise Http404
    today = local_date(timezone.now())
    found = calendar_pages.calendars_of(request.user, on=today)
    ahead = days_ahead(found, first=today)
    calendars = [(calendar_pages.glance(calendar), calendar_pages.months(ahead[calendar])) for calendar in found]
    return render(request, "portal/opening_hours.html", {"calendars": calendars})
