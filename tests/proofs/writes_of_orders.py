"""The forms of purchase orders and automatic top-ups (see `writes.py`)."""

from tests.journeys.belongings_of_orders import at_each_turn
from tests.proofs.writes import KEY, Stage, Write

WHY = {"reason": "As agreed by phone"}


def rows(stage: Stage) -> dict[str, Write]:
    """What a client's approver arranges, and what finance says of its invoices."""
    things, anna = at_each_turn(stage.client), stage.client.approver
    order = {"number": "4500-17", "title": "Servers", "net": "50 000", "starts_on": "2026-11-01", "ends_on": "2026-12-31", "key": KEY}
    agreed = {"below": "2", "days": "1", "most_a_month": "2", "reference": "", "key": KEY}
    return {
        "purchase-order-new": Write(anna, {}, order, {"number": "4500-18"}),
        "purchase-order-change": Write(anna, {"order_id": things.changing.pk}, {"net": "20000", "ends_on": "2026-12-24", **WHY}),
        "purchase-order-close": Write(anna, {"order_id": things.closing.pk}, WHY),
        "purchase-order-usual": Write(anna, {"order_id": things.usual.pk}),
        "auto-top-up": Write(anna, {"account_id": things.empty.pk}, agreed, {"most_a_month": "3"}),
        "auto-top-up-approve": Write(anna, {"agreement_id": things.waiting.pk}),
        "auto-top-up-stop": Write(anna, {"agreement_id": things.stopping.pk}, WHY),
        "auto-top-up-issuing": Write(stage.cast.fia, {"agreement_id": things.issuing.pk}, {"at_once": "on"}),
    }
