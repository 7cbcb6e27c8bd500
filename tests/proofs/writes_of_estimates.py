"""The forms about estimates, their review, and tasks that cost nothing (see `writes.py`)."""

from datetime import timedelta

from delivery import terms
from delivery.models import Estimate
from people.models import Person
from tests.cast import NOON
from tests.delivery.reviewing import handed_in
from tests.delivery.scene import a_draft, a_task, an_offered, delivery_terms
from tests.proofs.writes import KEY, Stage, Write

EARLIER = NOON - timedelta(hours=2)
WRITTEN = {"basis": "fixed", "intro": "", "terms": "", "valid_until": "", "credit_price_per_hour": "", "key": KEY} | {
    "line-TOTAL_FORMS": "2",
    "line-INITIAL_FORMS": "0",
    "line-0-kind": "hours",
    "line-0-text": "Set it up",
    "line-0-quantity": "12",
    "line-0-unit_price": "1200",
    "line-1-kind": "fixed",
    "line-1-text": "Certificate",
    "line-1-unit_price": "4800",
    "step-TOTAL_FORMS": "0",
    "step-INITIAL_FORMS": "0",
}
"""An estimate of two lines."""


def rows(stage: Stage) -> dict[str, Write]:
    """One begun, and one at each stage of its way to the client."""
    if terms.offered() is None:
        delivery_terms()
    tessa, max_ = stage.cast.tessa.person, stage.cast.max
    offered = an_offered(a_task(stage.client, tessa, at=EARLIER), tessa, max_, at=EARLIER)

    def drafted() -> Estimate:
        return a_draft(a_task(stage.client, tessa, at=EARLIER), tessa, at=EARLIER)

    def of(name: str, person: Person, estimate: Estimate, **typed: str) -> dict[str, Write]:
        return {f"desk-delivery-estimate-{name}": Write(person, {"estimate_id": estimate.pk}, typed)}

    new, free = (a_task(stage.client, tessa, at=EARLIER) for _ in range(2))
    return {
        "desk-delivery-estimate-new": Write(tessa, {"task_id": new.pk}, WRITTEN, {"line-0-quantity": "13"}),
        "desk-delivery-free": Write(max_, {"task_id": free.pk}, {"reason": "A gift"}),
        **of("write", tessa, drafted(), **WRITTEN),
        **of("submit", tessa, drafted()),
        **of("approve", max_, handed_in(stage.cast, stage.client, at=EARLIER), submission="1"),
        **of("give-back", max_, handed_in(stage.cast, stage.client, at=EARLIER), reason="The visit is missing"),
        **of("withdraw", tessa, drafted(), reason="Not needed"),
        **of("revise", max_, offered, key=KEY),
    }
