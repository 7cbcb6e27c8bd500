"""The forms of deliveries: judgements, answers, completion (see `writes.py`; estimates and work have modules of their own)."""

from types import SimpleNamespace
from typing import Any

from delivery import billing, completion, tasks
from delivery.models import DeliveryTask, Estimate
from tests.cast import NOON, a_client
from tests.delivery.scene import an_accepted
from tests.delivery.working import a_done
from tests.journeys.belongings_of_delivery import at_each_turn
from tests.proofs.writes import KEY, Stage, Write

WHY = {"reason": "As agreed by phone"}


def rows(stage: Stage) -> dict[str, Write]:
    """What staff decide about deliveries, and what the client answers."""
    things = at_each_turn(stage.cast, stage.client)
    return _judged(stage, things) | _completed(stage, things) | _of_the_client(stage, things)


def _judged(stage: Stage, things: SimpleNamespace) -> dict[str, Write]:
    ours, cases = stage.cast.max, things.cases
    judged = {"way": "support", "reason": "", "service": "", "key": KEY}
    said = {"said_on": "2026-11-18", "said_clock": "11:59", "words": "Do it.", "person": stage.client.approver.pk, "way": "phone"}
    return {
        "desk-delivery-triage": Write(ours, {"case_id": cases["plain"].pk}, judged),
        "desk-delivery-question": Write(ours, {"case_id": cases["asked"].pk}, WHY),
        "desk-delivery-objection": Write(things.decides, {"task_id": things.tasks["objected"].pk}, WHY | {"verdict": "yes"}),
        "desk-delivery-acceptance": Write(ours, {"estimate_id": things.estimates["offered"].pk}, said | {"verdict": "accepted"}),
        "desk-delivery-limits": Write(ours, {}, WHY | {"passes_below": "1000", "second_above": "50000"}, about="limits"),
    }


def _completed(stage: Stage, things: SimpleNamespace) -> dict[str, Write]:
    ours, tessa, turns = stage.cast.max, stage.cast.tessa.person, things.tasks
    answer = {"person": stage.client.approver.pk, "way": "phone", "evidence": "She said that it works.", "answer": "accepted", "rows": "1"}
    agreed = {"name": "Sign-on", "description": "", "deployment": "hosted"}
    return {
        "desk-delivery-done": Write(ours, {"task_id": turns["working"].pk}, {"words": "Sign-on works."}),
        "desk-delivery-record": Write(ours, {"task_id": turns["done"].pk}, answer),
        "desk-delivery-service": Write(ours, {"task_id": _delivered(stage).pk}, agreed),
        "desk-delivery-fault": Write(tessa, {"fault_id": things.fault.pk}, WHY),
        "desk-delivery-milestone": Write(ours, {"milestone_id": things.milestone.pk}),
    }


def _of_the_client(stage: Stage, things: SimpleNamespace) -> dict[str, Write]:
    anna, offered = stage.client.approver, things.estimates["offered"]
    done, about = {"task_id": things.tasks["done"].pk}, str([("estimate_id", offered.pk)])
    return {
        "delivery-completion": Write(anna, done, {"shown": str(billing.account_of(things.tasks["done"]).left)}),
        "delivery-completion-faults": Write(anna, done, {"rows": "1", "text_1": "The list is empty", "held_1": ""}),
        "delivery-objection": Write(anna, {"task_id": things.tasks["judged"].pk}, WHY),
        "delivery-credit": Write(anna, {"case_id": things.cases["asked"].pk}, {"answer": "yes"}),
        "delivery-estimate": Write(anna, {"estimate_id": offered.pk}, _shown(offered)),
        "delivery-estimate-decline": Write(anna, {"estimate_id": offered.pk}, WHY),
        "delivery-estimate-link": Write(anna, {"token": things.token}, _shown(offered), about=about),
    }


def _delivered(stage: Stage) -> DeliveryTask:
    """A delivery that was accepted as done, of a client whose agreement is in force: that of the stage has ended."""
    client, tessa, manager = a_client(stage.cast, f"Served{stage.client.organisation.pk}"), stage.cast.tessa.person, stage.cast.max
    task = tasks.begin(an_accepted(client, tessa, manager), by=tessa, at=NOON)
    completion.accept(a_done(task, manager), by=client.approver, at=NOON)
    return task


def _shown(offered: Estimate) -> dict[str, Any]:
    return {"language": "en", "digest": offered.documents.get(language="en").digest, "pays": "invoice", "order_reference": ""}
