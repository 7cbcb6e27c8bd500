"""What a task's page shows of its estimates: their versions, sums and documents, and what can be done now (rules D1 to D3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from delivery import estimates, life
from delivery.estimate_facts import TONES
from delivery.models import LIVE, DeliveryTask, Estimate, EstimateState, TaskState
from people.models import Person


@dataclass(frozen=True)
class Version:
    """An estimate in the list. `tone` is the colour of its state; `has_document` where the client was sent one."""

    estimate: Estimate
    tone: str
    has_document: bool


def desk(task: DeliveryTask, person: Person, *, at: datetime) -> dict[str, Any]:
    """For somebody of ours: every version, and what can be begun."""
    versions = _versions(task.estimates.all())
    is_free_now = not any(version.estimate.state in LIVE for version in versions)
    writes = is_free_now and task.state in estimates.ESTIMABLE and life.may_work(person, task)
    draft = next((version.estimate for version in versions if version.estimate.state == EstimateState.DRAFT), None)
    return {
        "cost_versions": versions,
        "cost_writes": writes,
        "cost_is_change": task.state != TaskState.ESTIMATING,
        "cost_goes_on": draft if draft is not None and life.may_work(person, task) else None,
        "cost_hands_over": task.state == TaskState.ESTIMATING and life.may_manage(person, task),
    }


def portal(task: DeliveryTask, person: Person, *, at: datetime) -> dict[str, Any]:
    """For somebody of the client's: what has been sent to them."""
    return {"cost_versions": _versions(task.estimates.exclude(offered_at=None))}


def _versions(found: Iterable[Estimate]) -> list[Version]:
    """The newest first."""
    newest = sorted(found, key=lambda estimate: estimate.number, reverse=True)
    return [Version(estimate, TONES[EstimateState(estimate.state)], estimate.offered_at is not None) for estimate in newest]
