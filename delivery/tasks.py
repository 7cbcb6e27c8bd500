"""Delivery tasks: opened from a case or directly, handed over without a cost, begun, withdrawn (rules T2, D2)."""

from dataclasses import dataclass
from datetime import date, datetime
from secrets import token_hex
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from cases import life as cases_life
from cases import triage
from cases.models import Case
from cases.triage import Judgement
from clients import provider
from clients.access import has_duty, manages
from clients.models import Organisation, StaffDuty
from core.errors import DomainError, NotAllowed
from core.once import at_one_moment
from core.reasons import reasoned
from delivery import life, messages, objections
from delivery.models import DeliveryTask, EstimateState, TaskEventKind, TaskState
from people.models import Person

LONGEST_TITLE = 200


class TaskMismatch(DomainError):
    """The same form has opened another task before."""

    message = _("This form has opened something else before. Open the page again. Nothing has changed.")


class TitleMissing(DomainError):
    """A task has a title that others know it by."""

    message = _("Give it a title that others know it by, of 200 characters at most. Nothing has changed.")


class PlanBackwards(DomainError):
    """The work would end before it begins."""

    message = _("The planned work ends before it begins. Nothing has changed.")


class NotOnTheTeam(DomainError):
    """Only somebody who does delivery can have a task."""

    message = _("This person does not do delivery work. Nothing has changed.")


@dataclass(frozen=True)
class Wish:
    """What is to be done."""

    title: str
    description: str = ""
    contact: Person | None = None


@at_one_moment()
@transaction.atomic
def open_from_case(*, case: Case, judgement: Judgement, by: Person, at: datetime, cause: str) -> DeliveryTask:
    """A case is judged to be delivery (rule T2): the client is told in it, it is closed with that reason, and the task exists.

    All of it or nothing. The same `cause` again returns the task. Raises what `cases.triage.close_as_delivery` raises,
    and TaskMismatch.
    """
    cases_life.locked(case)
    if found := DeliveryTask.objects.filter(cause=cause).first():
        return _the_same(found, case=case)
    decision = triage.close_as_delivery(case, judgement, by=by, at=at, cause=cause)
    case = decision.case
    task = _create(
        organisation=case.organisation,
        case=case,
        decision=decision,
        title=case.subject,
        description=triage.first_words(case),
        contact=case.reporter,
        cause=cause,
        opened_at=at,
        opened_by=by,
    )
    triage.link_delivery(decision, task=task.pk, at=at, by=by)
    life.note(task, TaskEventKind.OPENED, at=at, by=by, reason=decision.reason, facts={"case": case.pk, "ground": decision.ground})
    messages.opened(task, at=at)
    return task


@transaction.atomic
def open_directly(*, organisation: Organisation, wish: Wish, by: Person, at: datetime, cause: str) -> DeliveryTask:
    """Open a task that no case gave rise to. The same `cause` again returns it. Raises NotAllowed, TaskMismatch, TitleMissing."""
    if found := DeliveryTask.objects.filter(cause=cause).first():
        return _the_same(found, organisation=organisation, title=wish.title.strip())
    if not (has_duty(by, StaffDuty.DISPATCHER, StaffDuty.TECHNICIAN) or manages(by, organisation)):
        raise NotAllowed
    title, description = _titled(wish.title), wish.description.replace("\0", "").strip()
    columns = {"title": title, "description": description, "contact": wish.contact, "opened_at": at, "opened_by": by}
    try:
        with transaction.atomic():
            task = _create(organisation=organisation, cause=cause, **columns)
    except IntegrityError:
        if (found := DeliveryTask.objects.filter(cause=cause).first()) is None:
            raise
        return _the_same(found, organisation=organisation, title=title)  # the same form, at the same moment
    life.note(task, TaskEventKind.OPENED, at=at, by=by)
    messages.opened(task, at=at)
    return task


@transaction.atomic
def hand_over_free(task: DeliveryTask, *, by: Person, at: datetime, reason: str) -> DeliveryTask:
    """A task without a cost goes straight to the delivery department (rule D2): the account manager says so.

    Raises NotAllowed, TaskMovedOn, ObjectionWaits, ReasonMissing, ReasonTooLong.
    """
    task = life.locked(task)
    if not life.may_manage(by, task):
        raise NotAllowed
    if objections.waiting(task):
        raise triage.ObjectionWaits
    life.require(task, TaskState.ESTIMATING)
    reason = reasoned(reason)
    for draft in task.estimates.filter(state=EstimateState.DRAFT):
        life.step_estimate(draft, to=EstimateState.WITHDRAWN, closed_at=at, closed_by=by)
    life.step(task, to=TaskState.READY, at=at, is_free=True)
    event = life.note(task, TaskEventKind.SENT_FREE, at=at, by=by, reason=reason)
    messages.handed_over(task, event)
    return task


@transaction.atomic
def assign(task: DeliveryTask, *, to: Person | None, by: Person, at: datetime) -> DeliveryTask:
    """Somebody has the task from now on, or nobody. Raises NotAllowed, TaskMovedOn, NotOnTheTeam."""
    task = life.locked(task)
    if not life.may_work(by, task):
        raise NotAllowed
    if task.is_closed:
        raise life.TaskMovedOn
    if to is not None and not life.may_work(to, task):
        raise NotOnTheTeam
    if to != task.assignee:
        left = task.assignee_id
        life.amend(task, assignee=to)
        event = life.note(task, TaskEventKind.ASSIGNED, at=at, by=by, facts={"left": left, "took": to.pk if to else None})
        messages.assigned(task, event)
    return task


@transaction.atomic
def plan(task: DeliveryTask, *, starts_on: date | None, ends_on: date | None, by: Person, at: datetime) -> DeliveryTask:
    """Plan the work over local dates, both included; the client sees them. Raises NotAllowed, TaskMovedOn, PlanBackwards."""
    task = life.locked(task)
    if not life.may_work(by, task):
        raise NotAllowed
    if task.is_closed:
        raise life.TaskMovedOn
    if starts_on and ends_on and ends_on < starts_on:
        raise PlanBackwards
    if (starts_on, ends_on) != (task.starts_on, task.ends_on):
        life.amend(task, starts_on=starts_on, ends_on=ends_on)
        facts = {"starts_on": starts_on.isoformat() if starts_on else None, "ends_on": ends_on.isoformat() if ends_on else None}
        life.note(task, TaskEventKind.PLANNED, at=at, by=by, facts=facts)
    return task


@transaction.atomic
def begin(task: DeliveryTask, *, by: Person, at: datetime) -> DeliveryTask:
    """Work begins (rule D2): only what is accepted, or free, can be begun. Raises NotAllowed, TaskMovedOn."""
    task = life.locked(task)
    if not life.may_work(by, task):
        raise NotAllowed
    life.require(task, TaskState.READY)
    life.step(task, to=TaskState.WORKING, at=at, **({} if task.assignee_id else {"assignee": by}))
    event = life.note(task, TaskEventKind.BEGUN, at=at, by=by)
    messages.begun(task, event)
    return task


@transaction.atomic
def put_back(task: DeliveryTask, *, by: Person, at: datetime, reason: str) -> DeliveryTask:
    """Work that was begun too early is ready again, where nothing was logged. Raises NotAllowed, TaskMovedOn, ReasonMissing."""
    task = life.locked(task)
    if not life.may_work(by, task):
        raise NotAllowed
    life.require(task, TaskState.WORKING)
    if task.time_entries.filter(live=True).exists() or task.costs.filter(live=True).exists() or task.completions.exists():
        raise life.TaskMovedOn
    reason = reasoned(reason)
    life.step(task, to=TaskState.READY, at=at)
    life.note(task, TaskEventKind.CHANGED, at=at, by=by, reason=reason, facts={"state": TaskState.READY})
    return task


def _create(**columns: Any) -> DeliveryTask:
    return DeliveryTask.objects.create(currency=provider.current().currency, mail_token=token_hex(10), **columns)


def _the_same(found: DeliveryTask, **columns: Any) -> DeliveryTask:
    if any(getattr(found, name) != value for name, value in columns.items()):
        raise TaskMismatch
    return found


def _titled(title: str) -> str:
    said = title.replace("\0", "").strip()
    if not said or len(said) > LONGEST_TITLE:
        raise TitleMissing
    return said
