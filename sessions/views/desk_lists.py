"""The list of sessions for staff: searched by title and client, narrowed by state and period."""

from datetime import datetime, time, timedelta

from django.core.paginator import Paginator
from django.db.models import Prefetch, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from people.models import Person
from sessions.desk_forms import SessionFilter
from sessions.models import Reservation, Session, SessionQuerySet
from sessions.views.desk_access import StaffRequest, for_staff

PAGE_LENGTH = 25


@require_safe
@for_staff()
def sessions(request: StaffRequest) -> HttpResponse:
    """The sessions that are visible to who asks, the latest first; those without a time first of all."""
    form = SessionFilter(request.GET)
    form.is_valid()
    found = _narrowed(Session.objects.visible_to(request.user), form)
    found = with_crew(found.select_related("organisation", "purpose")).order_by("-starts_at", "-pk")
    page = Paginator(found, PAGE_LENGTH).get_page(request.GET.get("page"))
    rows = [(session, crew_names(session)) for session in page.object_list]
    asked = any(form.cleaned_data.values())
    return render(request, "sessions/desk/sessions.html", {"form": form, "page": page, "rows": rows, "asked": asked})


def with_crew(found: SessionQuerySet) -> SessionQuerySet:
    """The same, with who does each read along in two queries: see `crew_names`."""
    reserved = Reservation.objects.select_related("technician__person").order_by("technician")
    return found.prefetch_related(Prefetch("reservations", queryset=reserved))


def crew_names(session: Session) -> list[str]:
    """Who does `session`, read along by `with_crew`: those reserved for its present start (rule R2)."""
    people: dict[int, Person] = {
        reservation.technician_id: reservation.technician.person
        for reservation in session.reservations.all()
        if reservation.live or _covers_start(reservation, session)
    }
    return [person.name for person in people.values()]


def _covers_start(reservation: Reservation, session: Session) -> bool:
    """Whether it was the reservation of the last start of a session that has been worked."""
    if session.submitted_at is None or session.starts_at is None:
        return False
    return reservation.blocked_from <= session.starts_at < reservation.blocked_until


def _narrowed(found: SessionQuerySet, form: SessionFilter) -> SessionQuerySet:
    wanted = form.cleaned_data
    if words := wanted.get("q", "").strip():
        found = found.filter(Q(title__icontains=words) | Q(organisation__name__icontains=words))
    if wanted.get("state"):
        found = found.filter(state=wanted["state"])
    zone = timezone.get_current_timezone()
    if first := wanted.get("first"):
        found = found.filter(starts_at__gte=datetime.combine(first, time(), zone))
    if last := wanted.get("last"):
        found = found.filter(starts_at__lt=datetime.combine(last + timedelta(days=1), time(), zone))
    return found
