"""What a task's page shows of the work: who has it, the bar of the sum, time and expenses, the thread, and where it stands."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from clients.access import has_duty
from clients.models import StaffDuty
from core.formatting import day, moment
from core.forms import ActForm
from delivery import board, life, terms, thread, usage, withdrawing, worklog
from delivery.models import COST_STATES, Completion, DeliveryTask, Estimate, EstimateState, TaskState
from delivery.work_forms import AssignForm, PlanForm, SpendForm, WordForm, WorkspaceForm
from people.models import Person

STEPS: dict[TaskState, str | Promise] = {
    TaskState.ESTIMATING: pgettext_lazy("a step of a delivery", "Estimated"),
    TaskState.REVIEWING: pgettext_lazy("a step of a delivery", "Looked through"),
    TaskState.OFFERED: pgettext_lazy("a step of a delivery", "Your yes"),
    TaskState.READY: pgettext_lazy("a step of a delivery", "Handed over"),
    TaskState.WORKING: pgettext_lazy("a step of a delivery", "In work"),
    TaskState.DONE: pgettext_lazy("a step of a delivery", "Done"),
    TaskState.ACCEPTED: pgettext_lazy("a step of a delivery", "Accepted"),
}
"""The way of a task, in the client's words."""


@dataclass(frozen=True)
class Step:
    """One step of the way: `past`, `here`, `ahead`, or `skipped`."""

    label: str | Promise
    place: str


def desk(task: DeliveryTask, person: Person, *, at: datetime) -> dict[str, Any]:
    """For somebody of ours."""
    task = board.facts_of(DeliveryTask.objects.filter(pk=task.pk)).get()
    card = board.card(task, person, at=at)
    entries = list(task.time_entries.select_related("person", "line", "fault").order_by("started_at", "pk"))
    costs = list(task.costs.select_related("line", "logged_by").order_by("spent_on", "pk"))
    lines = worklog.accepted_lines(task).order_by("estimate__number", "position")
    works = life.may_work(person, task)
    return {
        "work_card": card,
        "work_usage": usage.of(task, lines, entries, costs, warn_percent=card.sum.warn_percent),
        "work_entries": entries,
        "work_costs": costs,
        "work_said": list(thread.said_in(task, notes=True)),
        "work_change_live": next(iter(task.live_estimates), None),  # type: ignore[attr-defined]  # read by `facts_of`
        "work_is_going_on": task.state == TaskState.WORKING,
        "work_directs": life.may_manage(person, task) or has_duty(person, StaffDuty.DISPATCHER),
        "work_may_work": works,
        "work_may_withdraw": withdrawing.may_withdraw(task, person),
        "work_logs": has_duty(person, StaffDuty.TECHNICIAN, StaffDuty.DISPATCHER),
        "work_forms": forms_of(task) if works else {},
    }


def forms_of(task: DeliveryTask) -> dict[str, ActForm]:
    """The forms of the desk's page, by name."""
    return {
        "assign": AssignForm(task=task, auto_id="assign_%s"),
        "plan": PlanForm(initial={"starts_on": task.starts_on, "ends_on": task.ends_on}, auto_id="plan_%s"),
        "workspace": WorkspaceForm(initial={"address": task.workspace}, auto_id="space_%s"),
        "say": WordForm(auto_id="say_%s"),
        "spend": SpendForm(task=task, auto_id="spend_%s"),
    }


def portal(task: DeliveryTask, person: Person, *, at: datetime) -> dict[str, Any]:
    """For somebody of the client's."""
    offered = terms.offered()
    figures = usage.sum_of(task, warn_percent=offered.warn_percent if offered else 100)
    return {
        "work_sum": figures,
        "work_steps": steps(task),
        "work_next": next_of(task, person, at=at),
        "work_said": list(thread.said_in(task, notes=False)),
        "work_person": person,
        "work_form": WordForm(auto_id="word_%s"),
    }


def steps(task: DeliveryTask) -> list[Step]:
    """The seven steps, and where the task is. What costs nothing skips the yes; what has ended before has no further steps."""
    order = list(STEPS)
    if task.state not in STEPS:
        return []
    here = order.index(TaskState(task.state))
    skipped = COST_STATES if task.is_free else ()
    return [
        Step(label, "skipped" if state in skipped else "past" if number < here else "here" if number == here else "ahead")
        for number, (state, label) in enumerate(STEPS.items())
    ]


def next_of(task: DeliveryTask, person: Person, *, at: datetime) -> str:
    """What happens next, and whose turn it is, in one sentence for the client."""
    if task.state in (TaskState.OFFERED, TaskState.DONE):
        return _their_turn(task, person, at)
    if task.state in (TaskState.READY, TaskState.WORKING):
        return _our_turn(task)
    said = {
        TaskState.ESTIMATING: _("We are working out what it costs. You get the estimate when it has been looked through."),
        TaskState.REVIEWING: _("The cost is estimated, and your account manager is looking through it. You get it next."),
        TaskState.ACCEPTED: _("It is done, and you have accepted it."),
        TaskState.DECLINED: _("The cost was declined, so nothing is done. If you want it after all, write to us below."),
        TaskState.WITHDRAWN: _("It was taken back, and nothing more happens. If that is wrong, write to us below."),
    }
    return said[TaskState(task.state)]


def _their_turn(task: DeliveryTask, person: Person, at: datetime) -> str:
    if task.state == TaskState.DONE:
        told = Completion.objects.filter(task=task, answered_at=None).first()
        if told is None:
            return _("It is done.")
        return _("It is done. Accept it, or say what is wrong, by %(due)s.") % {"due": moment(told.due_at)}
    offered = Estimate.objects.filter(task=task, state=EstimateState.OFFERED).first()
    until = day(offered.valid_until) if offered is not None and offered.valid_until else ""
    if not life.may_accept(person, task, at=at):
        return _("The cost waits for the yes of somebody who decides for %(client)s.") % {"client": task.organisation}
    return _("The cost waits for your yes, until %(day)s.") % {"day": until} if until else _("The cost waits for your yes.")


def _our_turn(task: DeliveryTask) -> str:
    if task.state == TaskState.WORKING:
        return _("We are at work, until %(day)s.") % {"day": day(task.ends_on)} if task.ends_on else _("We are at work.")
    if task.starts_on:
        return _("It has been handed over to delivery, and begins %(day)s.") % {"day": day(task.starts_on)}
    return _("It has been handed over to delivery, and is being planned.")
