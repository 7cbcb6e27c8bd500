"""The life of a task and of its estimates: which state may follow which, the trace of every step, and who may act (rules D1, D2).

Locks are taken in this order: credit account, case, task, estimate. A verb uses the locked row, never the one passed in.
"""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from clients.access import acts_for, has_duty, is_approver, manages
from clients.models import StaffDuty
from core import rows
from core.errors import DomainError
from delivery.models import DeliveryTask, Estimate, EstimateState, TaskEvent, TaskEventKind, TaskState
from people.models import Person

MOVES: dict[TaskState, frozenset[TaskState]] = {
    TaskState.ESTIMATING: frozenset({TaskState.REVIEWING, TaskState.READY, TaskState.WITHDRAWN}),
    TaskState.REVIEWING: frozenset({TaskState.ESTIMATING, TaskState.OFFERED, TaskState.WITHDRAWN}),
    TaskState.OFFERED: frozenset({TaskState.READY, TaskState.DECLINED, TaskState.ESTIMATING, TaskState.WITHDRAWN}),
    TaskState.READY: frozenset({TaskState.WORKING, TaskState.WITHDRAWN}),
    TaskState.WORKING: frozenset({TaskState.READY, TaskState.DONE}),
    TaskState.DONE: frozenset({TaskState.WORKING, TaskState.ACCEPTED}),
    TaskState.ACCEPTED: frozenset(),
    TaskState.DECLINED: frozenset(),
    TaskState.WITHDRAWN: frozenset(),
}
ESTIMATE_MOVES: dict[EstimateState, frozenset[EstimateState]] = {
    EstimateState.DRAFT: frozenset({EstimateState.REVIEWING, EstimateState.WITHDRAWN}),
    EstimateState.REVIEWING: frozenset({EstimateState.DRAFT, EstimateState.OFFERED, EstimateState.WITHDRAWN}),
    EstimateState.OFFERED: frozenset(
        {
            EstimateState.ACCEPTED,
            EstimateState.DECLINED,
            EstimateState.EXPIRED,
            EstimateState.SUPERSEDED,
            EstimateState.WITHDRAWN,
        }
    ),
}
CLOSED = (TaskState.ACCEPTED, TaskState.DECLINED, TaskState.WITHDRAWN)


class TaskMovedOn(DomainError):
    """The task is no longer in a state from which this can be done: somebody else was first."""

    message = _("This task has moved on meanwhile. Nothing was changed; look at it again.")


class EstimateMovedOn(DomainError):
    """The estimate is no longer in a state from which this can be done: it was answered, replaced, taken back, or has expired."""

    message = _("This estimate is no longer the one to act on: it was answered, replaced or taken back. Nothing was changed.")


def locked(task: DeliveryTask) -> DeliveryTask:
    """The row as it is now, locked until the transaction ends. Every verb that changes a task begins with it."""
    found = DeliveryTask.objects.select_for_update(of=("self",))
    return rows.as_it_stands(found.select_related("organisation", "case", "assignee", "contact").get(pk=task.pk))


def locked_estimate(estimate: Estimate) -> Estimate:
    """The estimate as it is now, with its task, both locked; the task first."""
    task = locked(DeliveryTask(pk=estimate.task_id))
    current = Estimate.objects.select_for_update(of=("self",)).select_related("prepared_by").get(pk=estimate.pk)
    current.task = task
    return current


def require(task: DeliveryTask, *states: TaskState) -> None:
    """Raises TaskMovedOn where the task is in none of the `states`."""
    if task.state not in states:
        raise TaskMovedOn


def step(task: DeliveryTask, *, to: TaskState, at: datetime, **columns: Any) -> None:
    """Move `task`, locked before, to another state by one guarded UPDATE, with the `columns` that change along.

    Raises TaskMovedOn where the row is in a state from which `to` cannot be reached.
    """
    sources = [state for state, targets in MOVES.items() if to in targets]
    columns |= {"state": to, "closed_at": at if to in CLOSED else None}
    if not DeliveryTask.objects.filter(pk=task.pk, state__in=sources).update(**columns):
        raise TaskMovedOn
    _set(task, columns)


def amend(task: DeliveryTask, **columns: Any) -> None:
    """Change `columns` of a task that stays in its state, by one guarded UPDATE. Raises TaskMovedOn."""
    if not DeliveryTask.objects.filter(pk=task.pk, state=task.state).update(**columns):
        raise TaskMovedOn
    _set(task, columns)


def step_estimate(estimate: Estimate, *, to: EstimateState, **columns: Any) -> None:
    """The same for an estimate. Raises EstimateMovedOn."""
    sources = [state for state, targets in ESTIMATE_MOVES.items() if to in targets]
    columns["state"] = to
    if not Estimate.objects.filter(pk=estimate.pk, state__in=sources).update(**columns):
        raise EstimateMovedOn
    _set(estimate, columns)


def note(
    task: DeliveryTask, kind: TaskEventKind, *, at: datetime, by: Person | None, reason: str = "", facts: dict[str, Any] | None = None
) -> TaskEvent:
    """Leave a trace that the client may read: who did what when, and why. `by` None is the system itself."""
    event = TaskEvent(task=task, kind=kind, at=at, by=by, reason=reason, facts=facts or {})
    rows.insert(event)
    return event


def note_internally(
    task: DeliveryTask, kind: TaskEventKind, *, at: datetime, by: Person | None, reason: str = "", facts: dict[str, Any] | None = None
) -> TaskEvent:
    """The same for staff only."""
    event = TaskEvent(task=task, kind=kind, at=at, by=by, reason=reason, facts=facts or {}, internal=True)
    rows.insert(event)
    return event


def may_work(person: Person, task: DeliveryTask) -> bool:
    """Whether `person` may estimate, plan and do the work: technicians, dispatchers, and the client's account manager."""
    return person.is_active and (has_duty(person, StaffDuty.TECHNICIAN, StaffDuty.DISPATCHER) or manages(person, task.organisation))


def may_manage(person: Person, task: DeliveryTask) -> bool:
    """Whether `person` approves costs, obtains the acceptance and tells of completion: the client's account manager or deputy."""
    return person.is_active and manages(person, task.organisation)


def may_speak(person: Person, task: DeliveryTask) -> bool:
    """Whether `person` speaks for the client in this task: a member of the organisation who is no reader."""
    return person.is_active and acts_for(person, task.organisation)


def may_accept(person: Person, task: DeliveryTask, *, at: datetime) -> bool:
    """Whether `person` accepts costs for the client: an approver, or at `at` the deputy of one (rule D1)."""
    return person.is_active and is_approver(person, task.organisation, at=at)


def _set(row: DeliveryTask | Estimate, columns: dict[str, Any]) -> None:
    for name, value in columns.items():
        setattr(row, name, value)
