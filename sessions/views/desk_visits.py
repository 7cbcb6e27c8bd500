"""Visits to clients, at the desk (rule S12): planned from a case, changed, cancelled, made."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import life, visits
from cases.course_forms import WhyForm
from cases.models import Case, State, Visit
from cases.views import acts
from cases.views.acts import Act, sent
from clients.desk import StaffRequest, for_staff
from core.errors import NotAllowed
from core.formatting import moment
from sessions import visiting
from sessions.visit_forms import VisitForm, as_it_stands

ACTS = ["GET", "HEAD", "POST"]


@require_http_methods(ACTS)
@for_staff()
def plan(request: StaffRequest, case_id: int) -> HttpResponse:
    """Plan a visit from a case."""
    seen = Case.objects.visible_to(request.user).select_related("organisation", "reporter")
    case, at = get_object_or_404(seen, pk=case_id), timezone.now()
    if not life.may_work(request.user, case):
        raise NotAllowed
    if case.state == State.CLOSED or not life.terms_of(case).visit_included:
        return acts.gone(request, case, name="desk-case")
    act = Act(
        title=_("Plan a visit"),
        sentence=_("The client and whoever comes are invited. The deadlines of the case run on. The visit is included in the plan."),
        label=_("Plan it"),
        done=_("The visit is planned, and everybody invited."),
    )
    form = VisitForm(sent(request), initial={"consultant": request.user.pk, "place": case.organisation.address.replace("\n", ", ")[:200]})
    return acts.desk_page(
        request, case, act, form, lambda _said: visiting.plan(case, form.plan, by=request.user, at=at, cause=form.cause(case))
    )


@require_http_methods(ACTS)
@for_staff()
def change(request: StaffRequest, visit_id: int) -> HttpResponse:
    """Another time, another place, somebody else."""
    visit, at = find(request, visit_id), timezone.now()
    if visit.ended_at is not None:
        return acts.gone(request, visit.case, name="desk-case")
    act = Act(
        title=_("Change the visit"),
        sentence=_("It is planned for %(when)s. Everybody’s calendar is told of the change.") % {"when": moment(visit.starts_at)},
        label=_("Change it"),
        done=_("The visit is changed, and everybody told."),
    )
    form = VisitForm(sent(request), initial=as_it_stands(visit))
    return acts.desk_page(request, visit.case, act, form, lambda _said: visiting.move(visit, form.plan, by=request.user, at=at))


@require_http_methods(ACTS)
@for_staff()
def cancel(request: StaffRequest, visit_id: int) -> HttpResponse:
    """Let it not take place."""
    visit, at = find(request, visit_id), timezone.now()
    if visit.ended_at is not None:
        return acts.gone(request, visit.case, name="desk-case")
    act = Act(
        title=_("Cancel the visit"),
        sentence=_("The visit on %(when)s goes out of everybody’s calendar.") % {"when": moment(visit.starts_at)},
        label=_("Cancel the visit"),
        done=_("The visit is cancelled, and everybody told."),
        tone="cost",
    )
    form = WhyForm(sent(request), label=_("Reason"), help_text=_("The client reads it."))
    return acts.desk_page(request, visit.case, act, form, lambda said: visits.cancel(visit, by=request.user, at=at, **said))


@require_http_methods(ACTS)
@for_staff()
def made(request: StaffRequest, visit_id: int) -> HttpResponse:
    """Say what came of it."""
    visit, at = find(request, visit_id), timezone.now()
    if visit.ended_at is not None or at < visit.starts_at:
        return acts.gone(request, visit.case, name="desk-case")
    act = Act(
        title=_("The visit was made"),
        sentence=_("The client reads what came of it. Time is logged on the case, as always."),
        label=_("Tell the client"),
        done=_("Told."),
    )
    form = WhyForm(sent(request), label=_("What came of it"), help_text=_("The client reads it."))

    def tell(said: dict[str, Any]) -> Visit:
        return visits.tell_made(visit, outcome=said["reason"], by=request.user, at=at)

    return acts.desk_page(request, visit.case, act, form, tell)


def find(request: StaffRequest, visit_id: int) -> Visit:
    """The visit, if its case is visible to who asks, 404 otherwise; 403 where they do not work it."""
    seen = Visit.objects.filter(case__in=Case.objects.visible_to(request.user).values("pk"))
    visit = get_object_or_404(seen.select_related("case__organisation", "case__reporter", "consultant"), pk=visit_id)
    if not life.may_work(request.user, visit.case):
        raise NotAllowed
    return visit
