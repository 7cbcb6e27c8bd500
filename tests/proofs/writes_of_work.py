"""The forms about the work on delivery tasks (see `writes.py`)."""

from datetime import timedelta
from decimal import Decimal

from delivery import tasks, terms, worklog
from delivery.models import DeliveryTask, LineKind
from delivery.worklog import Cost, Worked
from tests.cast import NOON
from tests.delivery.scene import an_accepted, delivery_terms
from tests.proofs.writes import KEY, Stage, Write

HOUR = timedelta(hours=1)


def rows(stage: Stage) -> dict[str, Write]:
    """A new task, one begun and one put back, and all that is done in one that is in work."""
    if terms.offered() is None:
        delivery_terms()
    tessa, number = stage.cast.tessa.person, stage.client.account.pk
    ready, begun, working = an_accepted(stage.client, tessa, stage.cast.max, at=NOON - 3 * HOUR), _in_work(stage), _in_work(stage)
    given_up = an_accepted(stage.client, tessa, stage.cast.max, at=NOON - 3 * HOUR)
    ids = {"task_id": working.pk}
    said, asked = {"text": "Half of it is done.", "way": "say", "key": KEY}, {"text": "How far is it?", "key": KEY}
    spent = {"what": "expense", "text": "Ferry", "spent_on": "2026-11-18", "quantity": "1", "unit_price": "90", "key": KEY}
    opened = {"client": stage.client.organisation.pk, "title": "Single sign-on", "key": f"{KEY}-{number}"}
    return {
        "desk-delivery-new": Write(tessa, {}, opened, {"title": "Another"}),
        "desk-delivery-begin": Write(tessa, {"task_id": ready.pk}),
        "desk-delivery-withdraw": Write(stage.cast.max, {"task_id": given_up.pk}, {"reason": "Not needed"}),
        "desk-delivery-put-back": Write(tessa, {"task_id": begun.pk}, {"reason": "Next month"}),
        "desk-delivery-assign": Write(tessa, ids, {"person": stage.cast.theo.person.pk}, about=f"assign-{working.pk}"),
        "desk-delivery-plan": Write(tessa, ids, {"starts_on": "2026-11-19", "ends_on": "2026-11-24"}, about=f"plan-{working.pk}"),
        "desk-delivery-workspace": Write(tessa, ids, {"address": "https://team.example/acme"}, about=f"space-{working.pk}"),
        "desk-delivery-say": Write(tessa, ids, said, {"text": "No."}, f"say-{working.pk}"),
        "desk-delivery-spend": Write(tessa, ids, spent, {"text": "Another"}, f"spend-{working.pk}"),
        "delivery-say": Write(stage.client.requester, ids, asked, {"text": "No."}, f"asked-{working.pk}"),
        **_taken_back(stage, _in_work(stage)),
    }


def _taken_back(stage: Stage, task: DeliveryTask) -> dict[str, Write]:
    tessa, reason = stage.cast.tessa.person, {"reason": "Wrong"}
    entries = [
        worklog.log(task, Worked(tessa, first, first + HOUR / 4, "Worked"), by=tessa, at=NOON)
        for first in (NOON - 2 * HOUR, NOON - 7 * HOUR / 4)
    ]
    cost = Cost(LineKind.EXPENSE, "Ferry", NOON.date(), Decimal(1), Decimal(90))
    spent = worklog.spend(task, cost, by=tessa, at=NOON, cause=f"writes:{task.pk}")
    return {
        "desk-delivery-time-take-back": Write(tessa, {"task_id": task.pk, "entry_id": entries[0].pk}, reason),
        "desk-delivery-cost-take-back": Write(tessa, {"task_id": task.pk, "cost_id": spent.pk}, reason),
        "desk-task-time-take-back": Write(tessa, {"entry_id": entries[1].pk}, reason),
    }


def _in_work(stage: Stage) -> DeliveryTask:
    """A task that the technician of the stage has begun."""
    tessa = stage.cast.tessa.person
    return tasks.begin(an_accepted(stage.client, tessa, stage.cast.max, at=NOON - 3 * HOUR), by=tessa, at=NOON - 3 * HOUR)
