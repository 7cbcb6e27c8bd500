"""Delivery tasks in short, as lists show them: the state, and how much is used of what is accepted (rule D3)."""

from collections.abc import Iterable
from dataclasses import dataclass

from djmoney.money import Money

from core import drawing
from delivery.models import DeliveryTask, TaskState


@dataclass(frozen=True)
class TaskRow:
    """One task; `used` of `workable`, and how wide that is drawn, where there is something to use."""

    task: DeliveryTask
    used: Money
    workable: Money
    width: str

    @property
    def has_bar(self) -> bool:
        """Whether work is done against a sum."""
        return self.task.state in (TaskState.WORKING, TaskState.DONE) and self.workable.amount > 0


def rows(tasks: Iterable[DeliveryTask]) -> list[TaskRow]:
    """The tasks in short, in their order. No query."""
    return [_row(task) for task in tasks]


def _row(task: DeliveryTask) -> TaskRow:
    share = int(task.used_net * drawing.WHOLE / task.workable_net) if task.workable_net else 0
    used, workable = Money(task.used_net, task.currency), Money(task.workable_net, task.currency)
    return TaskRow(task=task, used=used, workable=workable, width=drawing.css_percent(share))
