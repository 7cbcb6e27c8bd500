"""When the next reminder goes out (rule I5). Pure: no models, no clock, no I/O.

Steps come one after the other, each once. A step is due so many days after the day that is counted from, and never sooner
after the one before than the steps lie apart: who was away for weeks sends one, and waits. It goes out on the next working day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, kw_only=True)
class Step:
    """The steps by number: `days` after the day that is counted from."""

    number: int
    days: int


@dataclass(frozen=True, kw_only=True)
class Sent:
    """The last step that was sent, and when."""

    number: int
    on: date


def following(steps: Sequence[Step], last: Sent | None) -> Step | None:
    """The step after the last one sent; None where all were."""
    return next((step for step in _ordered(steps) if last is None or step.number > last.number), None)


def due_on(step: Step, steps: Sequence[Step], *, counted_from: date, last: Sent | None) -> date:
    """The day from which `step` is due."""
    soonest = counted_from + timedelta(days=step.days)
    if last is not None:
        soonest = max(soonest, last.on + timedelta(days=_apart(step, steps, last)))
    return soonest


def _apart(step: Step, steps: Sequence[Step], last: Sent) -> int:
    """How many days lie between the last step and this one; one at least, also where the last one is no step any more."""
    before = [other.days for other in steps if other.number <= last.number]
    return max(step.days - max(before), 1) if before else step.days


def _ordered(steps: Sequence[Step]) -> list[Step]:
    return sorted(steps, key=lambda step: step.number)
