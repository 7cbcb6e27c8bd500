"""The forms of overdue and contested invoices (see `writes.py`)."""

from tests.journeys.belongings_of_overdue import when_late
from tests.proofs.writes import KEY, Stage, Write

WHY = "As agreed by phone"


def rows(stage: Stage) -> dict[str, Write]:
    """What finance does about what is late, what the client contests, and who answers."""
    things, cast, approver = when_late(stage.cast, stage.client), stage.cast, stage.client.approver
    more_time = {"until_on": "2027-01-15", "reason": WHY, "key": KEY}
    given_up = {"reason": WHY, "shown": "12000.00", "key": KEY}
    worth = {"currency": "EUR", "starts_on": "2026-11-18", "rate": "11,4231"}
    rate = {"year": "2031", "half": "2", "percent": "1,75"}
    return {
        "desk-overdue-act": Write(cast.fia, {}, {"act": "remind", "invoice": things.late.pk, "key": KEY}, about="remind"),
        "desk-invoice-charge": Write(cast.fia, {"invoice_id": things.to_charge.pk}, {"key": KEY}),
        "desk-invoice-extend": Write(cast.fia, {"invoice_id": things.to_extend.pk}, more_time, other={"reason": "Another"}),
        "desk-invoice-write-off": Write(cast.fia, {"invoice_id": things.lost.pk}, given_up, other={"reason": "Another"}),
        "desk-late-charge-waive": Write(cast.fia, {"charge_id": things.charge.pk}, {"reason": WHY}),
        "desk-exchange-rates": Write(cast.fia, {}, worth, about="exchange rates"),
        "desk-reference-rates": Write(cast.fia, {}, rate, about="rates"),
        "desk-contest": Write(cast.max, {"contest_id": things.contest.pk}, {"outcome": "rejected", "answer": WHY}),
        "invoice-contest": Write(approver, {"invoice_id": things.stopped.pk}, {"reason": WHY, "key": KEY}, other={"reason": "Another"}),
        "invoice-contest-withdraw": Write(approver, {"invoice_id": things.objected.pk}),
    }
