"""The forms about people's own data (see `writes.py`)."""

from clients.models import StaffDuty
from tests.cast import a_colleague
from tests.journeys.belongings_of_privacy import asked_for
from tests.proofs.writes import Stage, Write


def rows(stage: Stage) -> dict[str, Write]:
    """What people ask for, and what two administrators do about it."""
    things, ada = asked_for(stage.cast, stage.client), stage.cast.ada
    alva, anna = a_colleague(f"Alva{stage.client.organisation.pk}", StaffDuty.ADMINISTRATOR), stage.client.approver
    return {
        "my-data-copy": Write(anna, about="Anna’s copy"),
        "my-data-erasure": Write(anna, about="Anna’s wish"),
        "desk-privacy-ask": Write(ada, {}, {"email": stage.cast.max.email, "what": "copy"}, about="Max’s copy"),
        "desk-erasure": Write(ada, {"erasure_id": things.wish.pk}, {"also": "Somebody Else"}),
        "desk-erasure-approve": Write(alva, {"erasure_id": things.proposed.pk}),
        "desk-erasure-refuse": Write(ada, {"erasure_id": things.refused.pk}, {"reason": "There is a dispute"}),
        "desk-retention-kind": Write(ada, {"name": "notices"}, {"days": "100", "reason": "Enough"}),
    }
