"""The accepted sum of a task, and what is used of it (rules D3, I2): the stop where it ends, and the warning before.

What counts is recounted from all that stands, under the lock of the task; the database refuses more than is accepted,
whoever writes.
"""

from datetime import datetime
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

from core.errors import DomainError
from core.formatting import hours
from core.formatting import money as written
from delivery import life, messages, money, terms
from delivery.models import DeliveryTask, DeliveryTime, TaskEventKind


class SumUsedUp(DomainError):
    """More than is left of the accepted sum: what goes beyond needs a change estimate (rule D3).

    `left_net` is what is left; `left_minutes` how long it lasts at the price of this work, None where it is no work.
    """

    def __init__(self, left_minutes: int | None, left_net: Money) -> None:
        super().__init__(left_minutes, left_net)
        self.left_minutes = left_minutes
        self.left_net = left_net

    @property
    def message(self) -> str:
        """The sentence with what is left, and what more needs."""
        if not self.left_net.amount:
            words = _("The accepted sum is used up. More needs a change estimate that the client accepts. Nothing was logged.")
        elif self.left_minutes is None:
            words = _("%(sum)s of the accepted sum is left. More needs a change estimate that the client accepts. Nothing was logged.")
        else:
            words = _(
                "%(time)s (%(sum)s) of the accepted sum is left. More needs a change estimate that the client accepts. Nothing was logged."
            )
        return str(words) % {"time": hours(self.left_minutes or 0), "sum": written(self.left_net)}


def count(task: DeliveryTask, *, at: datetime, latest: DeliveryTime | None = None) -> None:
    """Count anew what is used of `task`, locked before; `latest` is the time that was just added. Warns once for each sum.

    Raises SumUsedUp(left_minutes, left_net).
    """
    entries = list(task.time_entries.filter(live=True, billable=True))
    used = money.time_net((entry.minutes, entry.rate) for entry in entries) + _spent(task)
    if used > task.workable_net:
        raise SumUsedUp(_left_minutes(task, entries, latest), Money(task.workable_net - task.used_net, task.currency))
    if used != task.used_net:
        life.amend(task, used_net=used)
    _warn(task, at)


def left(task: DeliveryTask) -> Money:
    """What is left of the accepted sum for time and expenses."""
    return Money(task.workable_net - task.used_net, task.currency)


def _spent(task: DeliveryTask) -> Decimal:
    found = task.costs.filter(live=True).aggregate(net=Sum("net"))["net"]
    return found or Decimal(0)


def _left_minutes(task: DeliveryTask, entries: list[DeliveryTime], latest: DeliveryTime | None) -> int | None:
    """How long what was left would have lasted, at the price of what was just added."""
    if latest is None or not latest.rate:
        return None
    worked = sum(entry.minutes for entry in entries if entry.pk != latest.pk and entry.rate == latest.rate)
    return money.minutes_within(task.workable_net - task.used_net, latest.rate, worked=worked)


def _warn(task: DeliveryTask, at: datetime) -> None:
    """Once most of the sum is used, the assignee and the account manager are told; again only when more was accepted (rule D3)."""
    offered = terms.offered()
    percent = offered.warn_percent if offered is not None else 100
    if not task.workable_net or task.used_net * 100 < task.workable_net * percent:
        return
    facts = {"workable": str(money.to_cents(task.workable_net)), "percent": percent}
    if task.events.filter(kind=TaskEventKind.WARNED, facts__workable=facts["workable"]).exists():
        return
    life.amend(task, warned_at=at)
    event = life.note_internally(task, TaskEventKind.WARNED, at=at, by=None, facts=facts | {"used": str(task.used_net)})
    readers = [*messages.department(task), *messages.managers(task)]
    sums = {"left": left(task), "accepted": Money(task.workable_net, task.currency)}
    messages.happened(task, "warned", event, readers, share=int(task.used_net * 100 / task.workable_net), **sums)
