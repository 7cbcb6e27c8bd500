"""A milestone is reached: its part of the sum is to be invoiced (rule D5)."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

from core.errors import DomainError, NotAllowed
from core.once import at_one_moment
from delivery import billing, life, messages
from delivery.models import EstimateState, Milestone, TaskEventKind, TaskState
from people.models import Person


class MilestoneReached(DomainError):
    """A milestone is reached once."""

    message = _("This milestone has been reached already. Nothing has changed.")


@at_one_moment()
@transaction.atomic
def reach_milestone(milestone: Milestone, *, by: Person, at: datetime) -> Milestone:
    """A milestone is reached: the client is told, and its part is to be invoiced at once (rule D5). The account manager does.

    Raises NotAllowed, TaskMovedOn, EstimateMovedOn where its estimate is not accepted, MilestoneReached.
    """
    task = life.locked(milestone.estimate.task)
    if not life.may_manage(by, task):
        raise NotAllowed
    current = Milestone.objects.select_related("estimate").get(pk=milestone.pk)
    if current.reached_at is not None:
        raise MilestoneReached
    life.require(task, TaskState.READY, TaskState.WORKING)
    if current.estimate.state != EstimateState.ACCEPTED:
        raise life.EstimateMovedOn
    if not Milestone.objects.filter(pk=milestone.pk, reached_at=None).update(reached_at=at, reached_by=by):
        raise MilestoneReached
    facts = {"milestone": milestone.pk, "title": current.title, "net": str(current.net), "currency": task.currency}
    event = life.note(task, TaskEventKind.MILESTONE, at=at, by=by, facts=facts)
    billed = billing.bill_milestone(current, task, by=by, at=at)
    sum_ = Money(sum((row.net for row in billed), Decimal(0)), task.currency)
    messages.happened(task, "milestone", event, messages.clients(task), milestone=current, billed=sum_)
    current.refresh_from_db()
    return current
