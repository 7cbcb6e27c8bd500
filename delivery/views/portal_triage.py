"""What the client says to how its case was judged: whether credit may be used, and that it is support after all (rules T2, T3)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import triage
from cases.course_forms import WhyForm
from cases.models import Case, State
from cases.views import acts
from cases.views.acts import Act, sent
from clients.access import approvers
from clients.models import Organisation
from clients.portal import SignedIn, portal_page
from delivery import consent, objections
from delivery.triage_forms import AnswerForm
from delivery.views import portal_task

ACTS = ["GET", "HEAD", "POST"]


@require_http_methods(ACTS)
@portal_page
def objection(request: SignedIn, task_id: int) -> HttpResponse:
    """Say that it is support: somebody else than the one who judged decides."""
    task = portal_task.find(request, task_id)
    decision, case = task.decision, task.case
    if decision is None or case is None:
        return redirect("delivery-task", task.pk)
    if request.method != "POST" and not objections.may_object(task):
        return acts.gone(request, case, name="case")
    act = Act(
        title=_("Object: it is support"),
        sentence=_(
            "Somebody else than %(judge)s decides. If you are right, the case is open again, and the time that it was closed counts "
            "as used. Until then an estimate may reach you; accepting its cost gives the objection up."
        )
        % {"judge": decision.decided_by},
        text=decision.reason,
        label=_("Object to it"),
        done=_("You have objected. You are told what is decided."),
    )
    form = WhyForm(sent(request), label=_("Why it is support"))
    at, by = timezone.now(), request.user
    return acts.page(request, case, act, form, lambda said: objections.object_to(decision, reason=said["reason"], by=by, at=at))


@require_http_methods(ACTS)
@portal_page
def credit(request: SignedIn, case_id: int) -> HttpResponse:
    """Agree that credit is used for the case, or do not."""
    mine = Case.objects.filter(organisation__in=Organisation.objects.of_member(request.user).values("pk"))
    case, at = get_object_or_404(mine.select_related("organisation", "reporter", "owner"), pk=case_id), timezone.now()
    decision = triage.question(case)
    if decision is None or case.state == State.CLOSED:
        return acts.gone(request, case, name="case")
    chosen = request.POST.get("answer", "")
    forms = {answer: AnswerForm(request.POST if chosen == answer else None, answer=answer) for answer in (AnswerForm.YES, AnswerForm.NO)}
    form = forms.get(chosen)
    if form is not None and form.carried_out(
        lambda said: consent.answer(decision, agreed=form.is_yes, reason=said.get("reason", ""), by=request.user, at=at)
    ):
        agreed = _("You have agreed. Nothing is used before a session is booked or work begins.")
        messages.success(request, agreed if form.is_yes else _("You have not agreed. The case goes on without credit."))
        return redirect("case", case.pk)
    context = {
        "case": case,
        "decision": decision,
        "forms": forms,
        "may_answer": consent.may_answer(request.user, case.organisation, at=at),
        "accounts": consent.accounts(request.user, case.organisation, at=at),
        "approvers": approvers(case.organisation, at=at),
    }
    return render(request, "delivery/portal/credit.html", context, status=form.status if form else 200)
