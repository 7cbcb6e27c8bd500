"""A task is withdrawn before work begins: what is left of its cost goes with it (rules T2, D2, D6).

By the client's account manager, with a reason that the client reads; or because an objection stands. A live estimate is
taken back, and credit that was held for it is free again. Where a milestone is to be invoiced already, work has begun.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases import triage
from core.errors import DomainError, NotAllowed
from core.once import at_one_moment
from core.reasons import reasoned
from credits import accounts, ledger
from delivery import acceptance_messages, acceptance_orders, life, messages
from delivery.models import LIVE, Acceptance, DeliveryTask, EstimateState, PaysWith, TaskEventKind, TaskState
from people.models import Person

WITHDRAWABLE = (TaskState.ESTIMATING, TaskState.REVIEWING, TaskState.OFFERED, TaskState.READY)


class PartInvoiced(DomainError):
    """Of the task a part is to be invoiced already: it is not undone by withdrawing it."""

    message = _("A milestone of this task is to be invoiced already, so that it is not withdrawn any more. Nothing has changed.")


@at_one_moment()
@transaction.atomic
def withdraw(task: DeliveryTask, *, reason: str, by: Person, at: datetime) -> DeliveryTask:
    """Withdraw a task on which no work has begun; everybody is told. Credit held for it is free again (rule D6).

    Raises NotAllowed for anybody but the client's account manager, TaskMovedOn, also where its cost is accepted at this
    moment, ObjectionWaits, PartInvoiced, ReasonMissing, ReasonTooLong.
    """
    locked = {account.pk for account in accounts.lock({acceptance.account_id for acceptance in _paid(task) if acceptance.account_id})}
    task = life.locked(task)
    if not life.may_manage(by, task):
        raise NotAllowed
    life.require(task, *WITHDRAWABLE)
    if _is_objected_to(task):
        raise triage.ObjectionWaits
    if task.billables.exists():
        raise PartInvoiced
    reason = reasoned(reason)
    paid = _paid(task)
    if not {acceptance.account_id for acceptance in paid} <= locked:
        raise life.TaskMovedOn
    close(task, reason, by=by, at=at)
    for acceptance in paid:
        hold = ledger.held_for(acceptance.hold_cause)
        if hold is not None:
            ledger.void(hold=hold, at=at)
    event = task.events.filter(kind=TaskEventKind.WITHDRAWN).latest("pk")
    people = [*messages.clients(task), *messages.approvers(task, at=at), *messages.department(task), *messages.managers(task)]
    messages.happened(task, "withdrawn", event, people)
    return task


def may_withdraw(task: DeliveryTask, person: Person) -> bool:
    """Whether `person` may withdraw the task as it stands now."""
    if task.state not in WITHDRAWABLE or not life.may_manage(person, task):
        return False
    return not _is_objected_to(task) and not task.billables.exists()


def close(task: DeliveryTask, reason: str, *, by: Person, at: datetime) -> None:
    """Withdraw the locked `task` with its live estimate, as far as the client has not closed it by declining.

    The client reads of no estimate that they never had (rule D1).
    """
    for estimate in task.estimates.select_for_update(of=("self",)).filter(state__in=LIVE):
        note = life.note if estimate.state == EstimateState.OFFERED else life.note_internally
        closing = {"closed_at": at, "closed_by": by, "closing_reason": reason}
        life.step_estimate(estimate, to=EstimateState.WITHDRAWN, **closing)
        acceptance_messages.drop_reminders(estimate)
        facts = {"estimate": estimate.pk, "number": estimate.number}
        note(task, TaskEventKind.TAKEN_BACK, at=at, by=by, reason=reason, facts=facts)
    if not task.is_closed:
        acceptance_orders.give_back(task, at=at)
        life.step(task, to=TaskState.WITHDRAWN, at=at)
        life.note(task, TaskEventKind.WITHDRAWN, at=at, by=by, reason=reason)


def _is_objected_to(task: DeliveryTask) -> bool:
    """Whether the client objects to its being delivery, and nobody has decided (rule T2)."""
    return task.case is not None and triage.undecided(task.case) is not None


def _paid(task: DeliveryTask) -> list[Acceptance]:
    """The acceptances for which credit is held."""
    return list(Acceptance.objects.filter(estimate__task=task, pays_with=PaysWith.CREDIT).exclude(hold_cause=""))
