"""What staff decide about the course of a case: priority, solution, calls, validity, escalations (rules S5, S9 to S11, S13)."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cases import calls, course, escalations, objections, priorities, solutions, validity
from cases.course_forms import DecisionForm, FactsForm, MarkForm, PriorityForm, TextForm, WhyForm
from cases.models import Case, Environment, State
from cases.validity import Facts
from cases.views import acts
from cases.views.acts import Act, sent
from cases.words import Said
from clients.desk import StaffRequest, for_staff
from clients.models import CaseKind
from core.formatting import moment

ACTS = ["GET", "HEAD", "POST"]


@require_http_methods(ACTS)
@for_staff()
def priority(request: StaffRequest, case_id: int) -> HttpResponse:
    """Raise or lower the priority, with the deadlines that each would bring."""
    case, at = find(request, case_id), timezone.now()
    others = course.others(case)
    if case.state == State.CLOSED or objections.undecided(case) or not others:
        return acts.gone(request, case, name="desk-case")
    act = Act(
        title=_("Change the priority"),
        sentence=_("It is %(number)d now. The client is told the old and the new deadlines, and your reason.") % {"number": case.priority},
        rows=course.foreseen(case, others, at=at),
        label=_("Change it"),
        done=_("The priority is changed, and the client told."),
    )
    form = PriorityForm(sent(request), priorities=others)
    return acts.desk_page(request, case, act, form, lambda said: priorities.reclassify(case, by=request.user, at=at, **said))


@require_http_methods(ACTS)
@for_staff()
def wish(request: StaffRequest, case_id: int) -> HttpResponse:
    """Decide about the higher priority that the client asks for."""
    case, at = find(request, case_id), timezone.now()
    asked = course.wish(case)
    if asked is None or case.state == State.CLOSED:
        return acts.gone(request, case, name="desk-case")
    act = Act(
        title=_("%(who)s asks for priority %(number)d") % {"who": asked.asked_by, "number": asked.new},
        sentence=_("The client is told what you decide."),
        text=asked.reason,
        rows=course.foreseen(case, [row for row in course.others(case) if row.number == asked.new], at=at),
        label=_("Decide"),
        done=_("Decided, and the client told."),
    )
    form = DecisionForm(sent(request), yes=_("Priority %(number)d") % {"number": asked.new}, no=_("It stays as it is"))

    def decide(said: dict[str, str]) -> object:
        verb = priorities.grant if form.is_yes else priorities.refuse
        return verb(asked, answer=said["reason"], by=request.user, at=at)

    return acts.desk_page(request, case, act, form, decide)


@require_http_methods(ACTS)
@for_staff()
def objection(request: StaffRequest, case_id: int) -> HttpResponse:
    """Decide about the client's objection to a lower priority."""
    case, at = find(request, case_id), timezone.now()
    lowering = objections.undecided(case)
    if lowering is None or case.state == State.CLOSED:
        return acts.gone(request, case, name="desk-case")
    act = Act(
        title=_("%(who)s objects to priority %(number)d") % {"who": lowering.objected_by, "number": lowering.new},
        sentence=_("The shorter target runs until you decide. Whoever lowered the priority does not decide."),
        text=lowering.objection,
        label=_("Decide"),
        done=_("Decided, and the client told."),
    )
    values = {"old": lowering.old, "new": lowering.new}
    form = DecisionForm(sent(request), yes=_("Priority %(new)d stands") % values, no=_("Priority %(old)d again") % values)
    return acts.desk_page(
        request,
        case,
        act,
        form,
        lambda said: objections.decide(lowering, upheld=form.is_yes, reason=said["reason"], by=request.user, at=at),
    )


@require_http_methods(ACTS)
@for_staff()
def propose(request: StaffRequest, case_id: int) -> HttpResponse:
    """Propose a solution to the client."""
    case, at = find(request, case_id), timezone.now()
    if case.state == State.CLOSED:
        return acts.gone(request, case, name="desk-case")
    act = Act(
        title=_("Propose a solution"),
        sentence=_("The client is asked to approve it. The solution clock stands still until they answer."),
        label=_("Propose it"),
        done=_("Proposed. The client is asked to approve it."),
    )
    form = TextForm(sent(request), label=_("Solution"), help_text=_("The client reads it."))
    return acts.desk_page(
        request,
        case,
        act,
        form,
        lambda said: solutions.propose(case, Said(said["text"]), by=request.user, at=at, cause=form.cause(case, "proposal")),
    )


@require_http_methods(ACTS)
@for_staff()
def take_back(request: StaffRequest, case_id: int) -> HttpResponse:
    """Take a proposed solution back."""
    case, at = find(request, case_id), timezone.now()
    if (solution := solutions.open_solution(case)) is None:
        return acts.gone(request, case, name="desk-case")
    due = course.due_if_it_goes_on(case, at=at)
    sentence = _("The case goes on, and the client is told why.")
    if due is not None:
        sentence = _("The case goes on, and the client is told why. The solution is due %(when)s.") % {"when": moment(due)}
    act = Act(
        title=_("Take the solution back"), sentence=sentence, text=solution.text, label=_("Take it back"), done=_("The case goes on.")
    )
    form = WhyForm(sent(request), label=_("Reason"), help_text=_("The client reads it."))
    return acts.desk_page(request, case, act, form, lambda said: solutions.withdraw_proposal(solution, by=request.user, at=at, **said))


@require_http_methods(ACTS)
@for_staff()
def external(request: StaffRequest, case_id: int) -> HttpResponse:
    """Mark the case as possibly of external cause, or take the mark back."""
    case, at = find(request, case_id), timezone.now()
    if case.state == State.CLOSED:
        return acts.gone(request, case, name="desk-case")
    if case.external_cause:
        act = Act(
            title=_("Take the mark back"),
            sentence=_("The case is no longer held to be of external cause. The client is told why."),
            label=_("Take it back"),
            done=_("The mark is taken back."),
        )
    else:
        act = Act(
            title=_("Mark as possibly of external cause"),
            sentence=_("Work goes on as best effort, and the deadlines stay. The client is told why, with the recommended installation."),
            label=_("Mark it"),
            done=_("Marked, and the client told."),
        )
    wanted = MarkForm.OFF if case.external_cause else MarkForm.ON
    form = MarkForm(sent(request), initial={"mark": wanted}, label=_("Reason"), help_text=_("The client reads it."))

    def mark(said: dict[str, str]) -> object:
        verb = validity.mark_external if form.is_on else validity.unmark_external
        return verb(case, reason=said["reason"], by=request.user, at=at)

    return acts.desk_page(request, case, act, form, mark)


@require_http_methods(ACTS)
@for_staff()
def facts(request: StaffRequest, case_id: int) -> HttpResponse:
    """Correct what the report said."""
    case, at = find(request, case_id), timezone.now()
    if case.state == State.CLOSED:
        return acts.gone(request, case, name="desk-case")
    act = Act(
        title=_("Correct the facts"),
        sentence=_("Whether guarantees bind is judged anew; a priority for production only is lowered, and the client told."),
        label=_("Save"),
        done=_("Saved."),
    )
    form = FactsForm(sent(request), case=case)

    def save(said: dict[str, str]) -> Case:
        kind, environment = CaseKind(said["kind"]), Environment(said["environment"])
        wanted = Facts(kind=kind, environment=environment, version=said["version"], service=form.cleaned_data["service"])
        return validity.change_facts(case, wanted, by=request.user, at=at)

    return acts.desk_page(request, case, act, form, save)


@require_http_methods(ACTS)
@for_staff()
def escalation(request: StaffRequest, case_id: int) -> HttpResponse:
    """Answer an escalation."""
    case, at = find(request, case_id), timezone.now()
    if case.escalated_at is None or case.state == State.CLOSED:
        return acts.gone(request, case, name="desk-case")
    act = Act(
        title=_("Answer the escalation"),
        sentence=_("The client reads what was agreed. The call is made, or needed no more."),
        text=course.escalation_reason(case),
        label=_("Answer"),
        done=_("Answered."),
    )
    form = WhyForm(sent(request), label=_("What was agreed or done"))
    return acts.desk_page(request, case, act, form, lambda said: escalations.answer(case, answer=said["reason"], by=request.user, at=at))


@require_safe
@for_staff()
def call_list(request: StaffRequest) -> HttpResponse:
    """The calls that we owe, the oldest first."""
    return render(request, "cases/desk/calls.html", {"calls": calls.due(request.user)[: course.MOST_CALLS]})


def find(request: StaffRequest, case_id: int) -> Case:
    """The case, if it is visible to who asks; 404 otherwise."""
    found = Case.objects.visible_to(request.user).select_related("organisation", "reporter", "owner", "service")
    return get_object_or_404(found, pk=case_id)
