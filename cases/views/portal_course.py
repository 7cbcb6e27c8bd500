"""What clients do about the course of their case: approve, refuse, reopen, ask for more, object (rules S5, S11)."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import course, ending, escalations, objections, priorities, solutions
from cases.course_forms import PriorityForm, WhyForm
from cases.models import Case, State
from cases.views import acts
from cases.views.acts import Act, sent
from clients.models import Organisation
from clients.portal import SignedIn, portal_page
from core.formatting import moment
from core.forms import ActForm

ACTS = ["GET", "HEAD", "POST"]


@require_http_methods(ACTS)
@portal_page
def approve(request: SignedIn, case_id: int) -> HttpResponse:
    """Approve the solution: the case is closed as solved."""
    case = _find(request, case_id)
    if (solution := solutions.open_solution(case)) is None:
        return acts.gone(request, case, name="case")
    act = Act(
        title=_("Approve the solution?"),
        sentence=_("The case is closed as solved. You can reopen it for %(days)d days.") % {"days": course.reopen_days(case)},
        text=solution.text,
        label=_("Approve it"),
        done=_("Approved. The case is closed."),
    )
    form = ActForm(sent(request))
    return acts.page(request, case, act, form, lambda _said: solutions.approve(solution, by=request.user, at=timezone.now()))


@require_http_methods(ACTS)
@portal_page
def refuse(request: SignedIn, case_id: int) -> HttpResponse:
    """Say why it is no solution: the case goes on."""
    case, at = _find(request, case_id), timezone.now()
    if (solution := solutions.open_solution(case)) is None:
        return acts.gone(request, case, name="case")
    due = course.due_if_it_goes_on(case, at=at)
    sentence = _("We go on working on it.")
    if due is not None:
        sentence = _("We go on working on it. The solution is due %(when)s.") % {"when": moment(due)}
    act = Act(
        title=_("It is not solved"),
        sentence=sentence,
        text=solution.text,
        label=_("Send it back"),
        done=_("Thank you. We go on working on it."),
    )
    form = WhyForm(sent(request), label=_("What is missing"))
    return acts.page(request, case, act, form, lambda said: solutions.refuse(solution, by=request.user, at=at, **said))


@require_http_methods(ACTS)
@portal_page
def reopen(request: SignedIn, case_id: int) -> HttpResponse:
    """Reopen a closed case, with its clocks as they were."""
    case = _find(request, case_id)
    until = ending.reopen_until(case)
    if until is None or until < timezone.now():
        return acts.gone(request, case, name="case")
    act = Act(
        title=_("Reopen the case"),
        sentence=_("The case goes on where it was: time that we had used stays used, and the time that it was closed does not count."),
        label=_("Reopen it"),
        done=_("The case is open again."),
    )
    form = WhyForm(sent(request), label=_("What happened"))
    return acts.page(request, case, act, form, lambda said: solutions.reopen(case, by=request.user, at=timezone.now(), **said))


@require_http_methods(ACTS)
@portal_page
def priority(request: SignedIn, case_id: int) -> HttpResponse:
    """Ask for a higher priority, with the deadlines that it would bring."""
    case, at = _find(request, case_id), timezone.now()
    higher = course.higher(case)
    if not higher or course.wish(case) or case.state == State.CLOSED:
        return acts.gone(request, case, name="case")
    act = Act(
        title=_("Ask for a higher priority"),
        sentence=_("A dispatcher decides. Until then priority %(number)d stands, with its deadlines.") % {"number": case.priority},
        rows=course.foreseen(case, higher, at=at),
        label=_("Ask for it"),
        done=_("You have asked for a higher priority. You are told what is decided."),
    )
    form = PriorityForm(sent(request), priorities=higher)
    return acts.page(request, case, act, form, lambda said: priorities.ask_higher(case, by=request.user, at=at, **said))


@require_http_methods(ACTS)
@portal_page
def objection(request: SignedIn, case_id: int) -> HttpResponse:
    """Object to a lower priority: until it is decided the shorter target runs."""
    case = _find(request, case_id)
    lowering = objections.standing(case)
    if lowering is None or case.state == State.CLOSED:
        return acts.gone(request, case, name="case")
    act = Act(
        title=_("Object to priority %(number)d") % {"number": lowering.new},
        sentence=_("Until somebody else has decided, the shorter target of priority %(number)d runs.") % {"number": lowering.old},
        text=lowering.reason,
        label=_("Object to it"),
        done=_("You have objected. Until it is decided the shorter target runs."),
    )
    form = WhyForm(sent(request), label=_("Why it should be higher"))
    return acts.page(request, case, act, form, lambda said: objections.object_to(lowering, by=request.user, at=timezone.now(), **said))


@require_http_methods(ACTS)
@portal_page
def escalation(request: SignedIn, case_id: int) -> HttpResponse:
    """Ask for an escalation: whoever is responsible hears of it."""
    case = _find(request, case_id)
    if case.state == State.CLOSED or case.escalated_at is not None:
        return acts.gone(request, case, name="case")
    act = Act(
        title=_("Ask for an escalation"),
        sentence=_("Your account manager and our dispatchers are told at once, and phone you."),
        label=_("Ask for it"),
        done=_("Your account manager has been told. You will be phoned."),
    )
    form = WhyForm(sent(request), label=_("What should change"))
    return acts.page(request, case, act, form, lambda said: escalations.escalate(case, by=request.user, at=timezone.now(), **said))


def _find(request: SignedIn, case_id: int) -> Case:
    """The case, if it is one of the person's own organisations; 404 otherwise: staff have the desk."""
    mine = Case.objects.filter(organisation__in=Organisation.objects.of_member(request.user).values("pk"))
    return get_object_or_404(mine.select_related("organisation", "reporter", "owner"), pk=case_id)
