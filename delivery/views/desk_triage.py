"""Judging a case at the desk: support, server support or delivery, and what the client objects (rules T1 to T3)."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import ending, hints, server_support, triage
from cases import life as cases_life
from cases.course_forms import DecisionForm, WhyForm
from cases.models import Case, ClockKind, DeliveryGround, State, TriageWay, Voice
from cases.triage import Judgement
from cases.views import acts
from cases.views.acts import Act, sent
from clients.desk import StaffRequest, for_staff
from core.errors import NotAllowed
from core.formatting import moment
from delivery import objections, tasks
from delivery.triage_forms import JudgeForm, ways
from delivery.views import desk_task

ACTS = ["GET", "HEAD", "POST"]
MOST_SAID = 20


@require_http_methods(ACTS)
@for_staff()
def judge(request: StaffRequest, case_id: int) -> HttpResponse:
    """The three ways of a case, with what follows from each, beside what the client wrote and what is agreed."""
    case, at = _case(request, case_id), timezone.now()
    if request.method != "POST" and (case.state == State.CLOSED or triage.question(case)):
        return acts.gone(request, case, name="desk-case")
    forms = ways(case, sent(request), at=at)
    chosen, made = forms.get(request.POST.get("way", "")), []
    if chosen is not None and chosen.carried_out(lambda _said: made.append(_judge(request, case, chosen, at))):
        messages.success(request, _done(chosen.of))
        return made[0]
    context = {
        "case": case,
        "forms": forms,
        "services": triage.services_of(case, at=at),
        "said": case.messages.filter(voice=Voice.CLIENT).select_related("author").order_by("at", "pk")[:MOST_SAID],
        "hints": hints.hints(case),
        "earlier": triage.latest(case),
    }
    return render(request, "delivery/desk/triage.html", context, status=chosen.status if chosen else 200)


@require_http_methods(ACTS)
@for_staff()
def take_back(request: StaffRequest, case_id: int) -> HttpResponse:
    """Take back the question whether credit may be used."""
    case, at = _case(request, case_id), timezone.now()
    decision = triage.question(case)
    if decision is None or case.state == State.CLOSED:
        return acts.gone(request, case, name="desk-case")
    act = Act(
        title=_("Take the question back"),
        sentence=_("The client need not answer any more, and is told why. The case goes on, and so does the solution clock."),
        text=decision.reason,
        label=_("Take it back"),
        done=_("The question is taken back, and the client told."),
    )
    form = WhyForm(sent(request), label=_("Reason"), help_text=_("The client reads it."))
    return acts.desk_page(
        request, case, act, form, lambda said: server_support.take_back_question(decision, reason=said["reason"], by=request.user, at=at)
    )


@require_http_methods(ACTS)
@for_staff()
def objection(request: StaffRequest, task_id: int) -> HttpResponse:
    """Decide about the client's objection: it is delivery, or it is support after all."""
    task, at = desk_task.find(request, task_id), timezone.now()
    decision, case = task.decision, task.case
    if decision is None or case is None or not cases_life.may_direct(request.user, case):
        raise NotAllowed
    if decision.objected_at is None or decision.settled_at is not None:
        return acts.gone(request, case, name="desk-case")
    act = Act(
        title=_("%(who)s objects: it is support") % {"who": decision.objected_by},
        sentence=_if_support(case, at),
        text=f"{decision.decided_by}: {decision.reason}\n\n{decision.objected_by}: {decision.objection}",
        label=_("Decide"),
        done=_("Decided, and the client told."),
    )
    form = DecisionForm(sent(request), yes=_("It is delivery: the task goes on"), no=_("It is support: the task is withdrawn"))
    return acts.desk_page(
        request,
        case,
        act,
        form,
        lambda said: objections.decide(decision, upheld=form.is_yes, reason=said["reason"], by=request.user, at=at),
    )


def _judge(request: StaffRequest, case: Case, form: JudgeForm, at: datetime) -> HttpResponse:
    said, by, cause = form.cleaned_data, request.user, form.cause(case)
    if form.of == TriageWay.DELIVERY:
        judgement = Judgement(DeliveryGround(said["ground"]), said["reason"], said["service"])
        task = tasks.open_from_case(case=case, judgement=judgement, by=by, at=at, cause=cause)
        return redirect("desk-delivery-task", task.pk)
    if form.of == TriageWay.SERVER_SUPPORT:
        server_support.ask_for_credit(case, said["reason"], service=said["service"], by=by, at=at, cause=cause)
    else:
        triage.call_support(case, note=said["reason"], service=said["service"], by=by, at=at)
    return redirect("desk-case", case.pk)


def _done(way: TriageWay) -> str:
    return {
        TriageWay.SUPPORT: _("Judged as support. The case goes on."),
        TriageWay.SERVER_SUPPORT: _("The client is asked whether credit may be used. Until they answer the case waits."),
        TriageWay.DELIVERY: _("The case is closed as delivery, the client told, and this task opened."),
    }[way]


def _if_support(case: Case, at: datetime) -> str:
    """What either decision brings about, with the deadlines of the case if it is support after all."""
    sentences = [
        _(
            "Whoever judged does not decide. If it is delivery, the task goes on. If it is support, the task is withdrawn with its "
            "estimate, and the case is open again: the time that it was closed counts as used."
        )
    ]
    for kind, due in ending.due_if_run_on(case):
        words = {"clock": ClockKind(kind).label, "when": moment(due)}
        passed = _("%(clock)s: was due %(when)s, and is recorded as missed.")
        sentences.append((passed if due < at else _("%(clock)s: due %(when)s.")) % words)
    return " ".join(sentences)


def _case(request: StaffRequest, case_id: int) -> Case:
    """The case, if it is visible to who asks: 404 otherwise; raises NotAllowed where they may not judge it."""
    found = Case.objects.visible_to(request.user).select_related("organisation", "reporter", "owner", "service")
    case = get_object_or_404(found, pk=case_id)
    if not triage.may_judge(request.user, case):
        raise NotAllowed
    return case
