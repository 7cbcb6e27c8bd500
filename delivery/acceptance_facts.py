"""What a task's page shows of the client's answers: what is accepted, by whom and from where, and what waits (rules D1, D6)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from delivery import answerable, estimate_page, life
from delivery.estimate_page import Turn
from delivery.models import Acceptance, DeliveryTask, Estimate, EstimateState, SpokenAnswer
from people.models import Person


@dataclass(frozen=True)
class Answered:
    """An estimate that was accepted, and what was recorded of it by us."""

    acceptance: Acceptance
    spoken: list[SpokenAnswer]


def desk(task: DeliveryTask, person: Person, *, at: datetime) -> dict[str, Any]:
    """For somebody of ours: also the digest, the address, the evidence, and whether they may record an answer."""
    facts = _shared(task, person, at=at)
    waiting: Estimate | None = facts["acceptance_waiting"]
    answer = waiting is not None and answerable.refusal(waiting, at=at) is None
    facts["acceptance_may_record"] = answer and life.may_manage(person, task)
    facts["acceptance_declined"] = _spoken(task, accepts=False)
    return facts


def portal(task: DeliveryTask, person: Person, *, at: datetime) -> dict[str, Any]:
    """For somebody of the client's."""
    return _shared(task, person, at=at)


def _shared(task: DeliveryTask, person: Person, *, at: datetime) -> dict[str, Any]:
    with_answer = ("acceptance__person", "acceptance__account", "closed_by")
    waiting = task.estimates.filter(state=EstimateState.OFFERED).select_related(*with_answer).first()
    turn: Turn | None = None
    if waiting is not None:
        waiting.task = task
        turn = estimate_page.turn(waiting, person, at=at)
    return {"acceptance_waiting": waiting, "acceptance_turn": turn, "acceptance_list": _answered(task)}


def _answered(task: DeliveryTask) -> list[Answered]:
    """The complete acceptances, the first one first."""
    found = Acceptance.objects.filter(estimate__task=task).exclude(completed_at=None)
    listed = found.select_related("estimate", "person", "second", "document", "account", "recorded_by").defer("document__pdf")
    spoken = _spoken(task, accepts=True)
    return [
        Answered(acceptance, [one for one in spoken if one.estimate_id == acceptance.estimate_id])
        for acceptance in listed.order_by("completed_at", "pk")
    ]


def _spoken(task: DeliveryTask, *, accepts: bool) -> list[SpokenAnswer]:
    found = SpokenAnswer.objects.filter(estimate__task=task, accepts=accepts).defer("file").select_related("person", "recorded_by")
    return list(found.order_by("recorded_at", "pk"))
