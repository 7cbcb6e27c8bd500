"""The forms that clients send about cases (see `writes.py`)."""

from tests.journeys.belongings_of_cases import reported
from tests.proofs.writes import KEY, Stage, Write


def rows(stage: Stage) -> dict[str, Write]:
    """A report, a word in a case, a colleague who follows it, and taking it back."""
    rolf, things = stage.client.requester, reported(stage.client)
    case = {"case_id": things.case.pk}
    report = {"organisation": stage.client.organisation.pk, "subject": "Disk", "text": "It is full.", "kind": "incident", "priority": 3}
    return {
        "case-new": Write(rolf, {}, report | {"environment": "production", "key": KEY}, {"text": "It is slow."}),
        "case-answer": Write(rolf, case, {"text": "Version 13", "key": KEY}, {"text": "Version 14"}),
        "case-watch": Write(rolf, case, {"act": "watch", "person": stage.client.approver.pk}),
        "case-withdraw": Write(rolf, case, {"reason": "It was us"}),
    }
