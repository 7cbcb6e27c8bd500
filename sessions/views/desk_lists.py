"""The list of sessions for staff: searched by title and client, narrowed by state and period."""

from datetime import datetime, time, timedelta

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from clients.access import has_duty
from clients.desk import StaffRequest, for_staff
from clients.models import StaffDuty
from sessions.desk_forms import SessionFilter
from sessions.models import Session, SessionQuerySet
from sessions.portal import WHEN
from sessions.views.desk_crew import crew_names, with_crew

PAGE_LENGTH = 25


@require_safe
@for_staff()
def sessions(request: StaffRequest) -> HttpResponse:
    """The sessions that are visible to who asks, the latest first; unplanned work where it was begun or proposed."""
    form = SessionFilter(request.GET)
    form.is_valid()
    found = _narrowed(Session.objects.visible_to(request.user), form)
    found = with_crew(found.select_related("organisation", "purpose")).order_by(WHEN.desc(), "-pk")
    page = Paginator(found, PAGE_LENGTH).get_page(request.GET.get("page"))
    rows = [(session, crew_names(session)) for session in page.object_list]
    asked = any(form.cleaned_data.values())
    may_propose = has_duty(request.user, StaffDuty.TECHNICIAN, StaffDuty.DISPATCHER, StaffDuty.ACCOUNT_MANAGER)
    context = {"form": form, "page": page, "rows": rows, "asked": asked, "may_propose": may_propose}
    return render(request, "sessions/desk/sessions.html", context)


def _narrowed(found: SessionQuerySet, form: SessionFilter) -> SessionQuerySet:
    wanted = form.cleaned_data
    if words := wanted.get("q", "").strip():
        found = found.filter(Q(title__icontains=words) | Q(organisation__name__icontains=words))
    if wanted.get("state"):
        found = found.filter(state=wanted["state"])
    zone = timezone.get_current_timezone()
    if first := wanted.get("first"):
        found = found.alias(when=WHEN).filter(when__gte=datetime.combine(first, time(), zone))
    if last := wanted.get("last"):
        found = found.alias(when=WHEN).filter(when__lt=datetime.combine(last + timedelta(days=1), time(), zone))
    return found
