"""The forms about the money of plans and about missed guarantees (see `writes.py`)."""

from tests.journeys.belongings_of_plan_fees import at_each_turn
from tests.proofs.writes import Stage, Write

WHY = {"reason": "As agreed by phone"}


def rows(stage: Stage) -> dict[str, Write]:
    """What finance and the account manager do."""
    things, fia, max_ = at_each_turn(stage.cast, stage.client), stage.cast.fia, stage.cast.max
    row = {"row_id": things.row.pk}
    money = {
        "index_name": "",
        "index_month": "",
        "index_value": "",
        "index_from": "january",
        "missed_grants": "credit",
        "missed_amount": "60",
    }
    index = {"name": f"KPI {stage.client.organisation.pk}", "month": "2026-08", "value": "321.5"}
    announced = {"starts_on": "2027-01-01", "shown": "3300.00"}
    return {
        "desk-plan-credit-settle": Write(fia, {"credit_id": things.to_settle.pk}, {"shown": "500.00"}),
        "desk-plan-credit-keep": Write(fia, {"credit_id": things.to_keep.pk}, WHY),
        "desk-price-indexes": Write(fia, {}, index, about="index"),
        "desk-plan-announce": Write(fia, row, announced),
        "desk-plan-money": Write(max_, row, WHY | money),
        "desk-compensation-grant": Write(max_, {"compensation_id": things.to_grant.pk}),
        "desk-compensation-decline": Write(max_, {"compensation_id": things.to_decline.pk}, WHY),
        "desk-compensation-credit": Write(fia, {"compensation_id": things.to_credit.pk}, about=f"invoice of {things.row.pk}"),
    }
