"""Calls from the desk: noted, needed no more, and how long the work will take (rules S9, S10)."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import calls, words
from cases.course_forms import EstimateForm, TextForm, WhyForm
from cases.models import CallTask, Case, State
from cases.views import acts
from cases.views.acts import Act, sent
from cases.views.desk_course import ACTS, find
from cases.words import Said
from clients.desk import StaffRequest, for_staff


@require_http_methods(ACTS)
@for_staff()
def call(request: StaffRequest, case_id: int) -> HttpResponse:
    """Note what was said in a call."""
    case, at = find(request, case_id), timezone.now()
    if case.state == State.CLOSED:
        return acts.gone(request, case, name="desk-case")
    sentence = _("It counts as an answer, and closes the calls that are due. What waits for the client’s word goes on.")
    if case.priority_asked:
        sentence = _("It confirms priority %(number)d, from now on, and closes the calls that are due.") % {"number": case.priority_asked}
    act = Act(title=_("Note a call"), sentence=sentence, label=_("Note the call"), done=_("The call is noted."))
    form = TextForm(sent(request), label=_("What was said"), help_text=_("The client reads it. If nobody answered, write a note instead."))
    return acts.desk_page(
        request,
        case,
        act,
        form,
        lambda said: words.log_call(case, Said(said["text"]), by=request.user, at=at, cause=form.cause(case, "call")),
    )


@require_http_methods(ACTS)
@for_staff()
def drop(request: StaffRequest, task_id: int) -> HttpResponse:
    """The call is needed no more."""
    visible = CallTask.objects.filter(case__in=Case.objects.visible_to(request.user)).select_related("case__organisation")
    task, at = get_object_or_404(visible, pk=task_id), timezone.now()
    if task.closed_at is not None:
        return acts.gone(request, task.case, name="desk-case")
    act = Act(
        title=_("This call is needed no more"),
        sentence=_("The call leaves the list. Nobody is phoned."),
        text=task.get_reason_display(),
        label=_("Leave it"),
        done=_("The call is off the list."),
    )
    form = WhyForm(sent(request), label=_("Reason"))
    return acts.desk_page(request, task.case, act, form, lambda said: calls.drop(task, by=request.user, at=at, **said))


@require_http_methods(ACTS)
@for_staff()
def estimate(request: StaffRequest, case_id: int) -> HttpResponse:
    """Say how long the whole work will take."""
    case, at = find(request, case_id), timezone.now()
    if case.state == State.CLOSED:
        return acts.gone(request, case, name="desk-case")
    act = Act(
        title=_("Estimate the work"),
        sentence=_("Where it is more than the plan allows without a call, a call to the client is put on the list."),
        label=_("Save"),
        done=_("The estimate is saved."),
    )
    form = EstimateForm(sent(request))
    return acts.desk_page(request, case, act, form, lambda _said: calls.estimate_work(case, minutes=form.minutes, by=request.user, at=at))
