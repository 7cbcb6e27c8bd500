"""The forms about plans and agreements that staff send (see `writes.py`)."""

from tests.proofs.writes import Stage, Write

WHY = {"reason": "As agreed by phone"}


def rows(stage: Stage) -> dict[str, Write]:
    """All of them."""
    ada, manager, things = stage.cast.ada, stage.cast.max, stage.things.agreed
    agreement, newcomer = {"agreement_id": things.agreement.pk}, {"organisation_id": things.newcomer.pk}
    target = {"priority": things.target.priority_id, "response_kind": "within", "response_minutes": 90, "solution_kind": "none"}
    target |= {"response_calendar": things.target.response_calendar_id}
    fee = {"amount": "90.00", "per": "month", "starts_on": "2027-03-01"}
    return {
        "desk-plan-publish": Write(ada, {"plan_id": things.draft.pk}),
        "desk-plan-withdraw": Write(ada, {"plan_id": things.plan.pk}),
        "desk-plan-fee": Write(ada, {"plan_id": things.draft.pk}, WHY | fee, about="fee"),
        "desk-agreement-new": Write(manager, newcomer, {"starts_on": "2026-12-01", "bound": [things.plan.pk]}, about="newcomer"),
        "desk-trial": Write(manager, newcomer, {"plan": things.plan.pk, "on": "2026-12-01"}, about="newcomer"),
        "desk-agreement-plans": Write(manager, agreement, WHY | {"bound": [things.plan.pk]}, about="agreement"),
        "desk-agreement-processing": Write(manager, agreement, {"signed_on": "2026-01-02", "reference": "DPA 7"}, about="agreement"),
        "desk-agreement-target": Write(manager, agreement, WHY | target, about="agreement"),
        "desk-agreement-term": Write(manager, agreement, WHY | {"name": "reopen_days", "value": "90"}, about="agreement"),
        "desk-agreement-service": Write(manager, agreement, WHY | {"name": "Mail", "deployment": "hosted"}, about="agreement"),
        "desk-agreement-target-drop": Write(manager, {"target_id": things.target.pk}, WHY, about="agreement"),
        "desk-agreement-term-drop": Write(manager, {"term_id": things.term.pk}, WHY, about="agreement"),
        "desk-agreement-service-drop": Write(manager, {"service_id": things.service.pk}, WHY, about="agreement"),
    }
