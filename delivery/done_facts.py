"""What a task's page shows of its completion, its events and what is invoiced (rules D5, D7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from djmoney.money import Money

from delivery import billing, chronicle, done_words, life
from delivery.models import Billable, Completion, DeliveryTask, EstimateState, Fault, Milestone, TaskState
from people.models import Person

ASKED = (TaskState.READY, TaskState.WORKING)


@dataclass(frozen=True)
class FaultShown:
    """A fault, what the client holds back for it (None: nothing), and whether it can be mended now."""

    fault: Fault
    held_back: Money | None
    to_mend: bool


@dataclass(frozen=True)
class MilestoneShown:
    """A milestone, its part of the sum, and whether who looks can say that it is reached."""

    milestone: Milestone
    net: Money
    to_reach: bool


@dataclass(frozen=True)
class Billed:
    """What is to be invoiced, and its sum; None where there is nothing."""

    rows: Sequence[Billable]
    net: Money | None


def desk(task: DeliveryTask, person: Person, *, at: datetime) -> dict[str, Any]:
    """For somebody of ours."""
    manages, works = life.may_manage(person, task), life.may_work(person, task)
    told = latest(task)
    waits = told is not None and told.answered_at is None
    faults = _faults(task, to_mend=works and task.state == TaskState.WORKING)
    return {
        "done_told": told,
        "done_waits": waits,
        "done_faults": faults,
        "done_milestones": _milestones(task, to_reach=manages and task.state in ASKED),
        "done_billed": billed(task),
        "done_may_tell": manages and task.state == TaskState.WORKING and not any(row.fault.mended_at is None for row in faults),
        "done_may_record": manages and waits,
        "done_may_agree": manages and task.state == TaskState.ACCEPTED and task.service_id is None,
        "done_timeline": chronicle.for_staff(task),
    }


def portal(task: DeliveryTask, person: Person, *, at: datetime) -> dict[str, Any]:
    """For somebody of the client's."""
    told = latest(task)
    waits = told is not None and told.answered_at is None
    return {
        "done_told": told,
        "done_waits": waits,
        "done_effect": done_words.when_accepted(billing.account_of(task)) if waits else "",
        "done_may_answer": waits and life.may_accept(person, task, at=at),
        "done_faults": _faults(task, to_mend=False),
        "done_milestones": _milestones(task, to_reach=False),
        "done_billed": billed(task),
        "done_timeline": chronicle.for_client(task),
    }


def latest(task: DeliveryTask) -> Completion | None:
    """What the client was told last to be done; None before that."""
    return task.completions.select_related("told_by", "answered_by", "recorded_by").order_by("-number").first()


def billed(task: DeliveryTask) -> Billed:
    """What is to be invoiced of the task, in the order in which it arose."""
    rows = list(task.billables.order_by("pk"))
    return Billed(rows, Money(sum(row.net for row in rows), task.currency) if rows else None)


def _faults(task: DeliveryTask, *, to_mend: bool) -> list[FaultShown]:
    """Those that are not mended go first."""
    rows = sorted(task.faults.select_related("mended_by"), key=lambda fault: (fault.mended_at is not None, fault.number))
    return [
        FaultShown(
            fault,
            Money(fault.disputed_net, task.currency) if fault.disputed_net else None,
            to_mend and fault.mended_at is None,
        )
        for fault in rows
    ]


def _milestones(task: DeliveryTask, *, to_reach: bool) -> list[MilestoneShown]:
    found = Milestone.objects.filter(estimate__task=task, estimate__state=EstimateState.ACCEPTED)
    rows = found.select_related("reached_by").order_by("estimate__number", "position")
    return [MilestoneShown(row, Money(row.net, task.currency), to_reach and row.reached_at is None) for row in rows]
