"""The forms about the course of a case (see `writes.py`)."""

from typing import Any

from tests.journeys.belongings_of_course import DESK, PORTAL, at_each_turn
from tests.proofs.writes import KEY, Stage, Write

WHY = {"reason": "As agreed by phone"}
TYPED: dict[str, dict[str, Any]] = {
    "case-approve": {},
    "case-priority": WHY | {"to": "2"},
    "desk-case-priority": WHY | {"to": "2"},
    "desk-case-wish": WHY | {"verdict": "no"},
    "desk-case-objection": WHY | {"verdict": "yes"},
    "desk-case-propose": {"text": "Restart it.", "key": KEY},
    "desk-case-call": {"text": "We agreed to restart it.", "key": KEY},
    "desk-case-facts": {"kind": "question", "environment": "production", "version": "13.1", "service": ""},
    "desk-case-external": WHY | {"mark": "on"},
    "desk-case-estimate": {"hours": "2"},
}
OTHER = {name: {"text": "Something else"} for name in ("desk-case-propose", "desk-case-call")}


def rows(stage: Stage) -> dict[str, Write]:
    """What the client asks for and answers, and what staff decide."""
    cases, client, ours = at_each_turn(stage.cast, stage.client), stage.client.approver, stage.cast.max
    found = {f"case-{name}": (client, cases[turn]) for name, turn in PORTAL.items()}
    found |= {f"desk-case-{name}": (ours, cases[turn]) for name, turn in DESK.items()}
    task = cases["called"].call_tasks.get()
    return {
        **{name: Write(who, {"case_id": case.pk}, TYPED.get(name, WHY), OTHER.get(name, {})) for name, (who, case) in found.items()},
        "desk-call-drop": Write(ours, {"task_id": task.pk}, WHY),
    }
