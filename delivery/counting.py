"""As what time on a task can be counted (rules D3, D5): on one of the accepted lines, as mending a fault, or beyond the sum.

Each has a key, by which a form names it.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from djmoney.money import Money

from core.errors import DomainError
from core.formatting import money
from delivery import worklog
from delivery.models import DeliveryTask, EstimateLine, Fault

FREE = "free"


class CountedOtherwise(DomainError):
    """What was chosen is not among what this task's time can be counted as."""

    message = gettext_lazy("Time on this task cannot be counted as that any more. Choose again. Nothing was logged.")


@dataclass(frozen=True)
class Counting:
    """One way to count time, and in which words it is offered."""

    key: str
    label: str
    line: EstimateLine | None = None
    billable: bool = True
    fault: Fault | None = None


def offered(task: DeliveryTask) -> list[Counting]:
    """The ways in which time on `task` can be counted, the usual one first. Two queries."""
    usual = [Counting("", _("Counts against the accepted sum"))] if task.workable_net else []
    lines = [Counting(f"line-{line.pk}", _priced(line, task.currency), line) for line in worklog.timed_lines(task)]
    faults = [
        Counting(f"fault-{fault.pk}", _("Mends, free: %(fault)s") % {"fault": fault.text}, billable=False, fault=fault)
        for fault in task.faults.filter(mended_at=None).order_by("number")
    ]
    return [*(lines if task.workable_net and lines else usual), *faults, Counting(FREE, _("Kept, and never invoiced"), billable=False)]


def chosen(task: DeliveryTask, key: str) -> Counting:
    """The way with this key; the usual one where none was chosen. Raises CountedOtherwise."""
    ways = offered(task)
    if not key:
        return ways[0] if task.workable_net else Counting(FREE, "", billable=False)
    found = next((way for way in ways if way.key == key), None)
    if found is None:
        raise CountedOtherwise
    return found


def _priced(line: EstimateLine, currency: str) -> str:
    return _("%(line)s, %(price)s an hour") % {"line": line.text, "price": money(Money(line.unit_price, currency))}
