"""What of a task's accepted sum is used: the figures of its bar, and estimated beside used, line by line (rules D3, D5).

Pure: rows that were read before; decimals for money, whole minutes for time, hundredths of a percent for drawings.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from djmoney.money import Money

from core import drawing
from delivery import money
from delivery.models import TIMED, DeliveryCost, DeliveryTask, DeliveryTime, EstimateLine


@dataclass(frozen=True)
class Sum:
    """What is accepted of a task and what of it is used. All without VAT; `fixed` sums leave no room for time."""

    accepted: Money
    workable: Money
    used: Money
    warn_percent: int

    @property
    def left(self) -> Money:
        """What can still be worked and spent."""
        return self.workable - self.used

    @property
    def fixed(self) -> Money:
        """What is accepted as fixed sums, whatever the time."""
        return self.accepted - self.workable

    @property
    def percent(self) -> int:
        """How much of what is for time and expenses is used, in whole percents, rounded down: 100 only when nothing is left."""
        return int(self.used.amount * 100 / self.workable.amount) if self.workable.amount else 0

    @property
    def has_room(self) -> bool:
        """Whether any was accepted for time and expenses."""
        return bool(self.workable.amount)

    @property
    def is_warned(self) -> bool:
        """Whether most of it is used."""
        return self.has_room and self.used.amount * 100 >= self.workable.amount * self.warn_percent

    @property
    def is_full(self) -> bool:
        """Whether nothing is left."""
        return self.has_room and self.used.amount >= self.workable.amount

    @property
    def bar(self) -> dict[str, str]:
        """The drawing: what is used, of it what lies beyond the warning, and the fixed sums at its end."""
        calm = min(self.used.amount, self.workable.amount * self.warn_percent / 100)
        parts = [calm, self.used.amount - calm, self.left.amount, self.fixed.amount]
        shares = drawing.widths([int(part * 100) for part in parts])
        names = ("used", "late", "left", "fixed")
        widths = {name: drawing.css_percent(share) for name, share in zip(names, shares, strict=True)}
        return widths | {"late_from": drawing.css_percent(shares[0]), "fixed_from": drawing.css_percent(sum(shares[:3]))}


@dataclass(frozen=True)
class LineUse:
    """One line of what was accepted: estimated beside used. Minutes for what is timed, else sums. `text` empty: of no line."""

    text: str
    kind: str
    estimated: Money | None
    used: Money
    estimated_minutes: int | None
    minutes: int
    is_timed: bool

    @property
    def is_over(self) -> bool:
        """Whether more was used than estimated."""
        return self.estimated is not None and self.used > self.estimated


@dataclass(frozen=True)
class Usage:
    """The sum of a task, its lines, and the time that is kept without being invoiced. Minutes."""

    sum: Sum
    lines: list[LineUse]
    minutes: int
    billable_minutes: int

    @property
    def free_minutes(self) -> int:
        """Beyond the sum, of a free task, or mending faults."""
        return self.minutes - self.billable_minutes


def sum_of(task: DeliveryTask, *, warn_percent: int) -> Sum:
    """What is accepted and used of `task`, by its own figures."""
    accepted, workable, used = (Money(net, task.currency) for net in (task.accepted_net, task.workable_net, task.used_net))
    return Sum(accepted, workable, used, warn_percent)


def of(
    task: DeliveryTask,
    lines: Iterable[EstimateLine],
    entries: Iterable[DeliveryTime],
    costs: Iterable[DeliveryCost],
    *,
    warn_percent: int,
) -> Usage:
    """The usage of `task` by the accepted `lines` and what counts of time and expenses."""
    worked, spent = [entry for entry in entries if entry.live], [cost for cost in costs if cost.live]
    rows = [_use(task, line, worked, spent) for line in lines]
    if loose := _loose(task, worked, spent):
        rows.append(loose)
    billable = sum(entry.minutes for entry in worked if entry.billable)
    return Usage(sum_of(task, warn_percent=warn_percent), rows, sum(entry.minutes for entry in worked), billable)


def _use(task: DeliveryTask, line: EstimateLine, worked: Sequence[DeliveryTime], spent: Sequence[DeliveryCost]) -> LineUse:
    timed = line.kind in TIMED
    entries = [entry for entry in worked if entry.line_id == line.pk]
    return LineUse(
        text=line.text,
        kind=str(line.get_kind_display()),
        estimated=Money(line.net, task.currency),
        used=_net(task, entries, [cost for cost in spent if cost.line_id == line.pk]),
        estimated_minutes=int(line.quantity * 60) if timed else None,
        minutes=sum(entry.minutes for entry in entries),
        is_timed=timed,
    )


def _loose(task: DeliveryTask, worked: Sequence[DeliveryTime], spent: Sequence[DeliveryCost]) -> LineUse | None:
    """What is of no line."""
    entries, costs = [entry for entry in worked if entry.line_id is None], [cost for cost in spent if cost.line_id is None]
    if not entries and not costs:
        return None
    facts: dict[str, Any] = {"estimated": None, "estimated_minutes": None, "is_timed": bool(entries)}
    return LineUse(text="", kind="", used=_net(task, entries, costs), minutes=sum(entry.minutes for entry in entries), **facts)


def _net(task: DeliveryTask, entries: Iterable[DeliveryTime], costs: Iterable[DeliveryCost]) -> Money:
    worked = money.time_net((entry.minutes, entry.rate) for entry in entries if entry.billable)
    return Money(worked + sum((cost.net for cost in costs), Decimal(0)), task.currency)
