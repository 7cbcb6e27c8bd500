"""The forms about visits (see `writes.py`)."""

from typing import Any

from tests.journeys.belongings_of_visits import PAGES, planned
from tests.proofs.writes import KEY, Stage, Write

TYPED: dict[str, Any] = {"on": "2026-12-01", "begins": "09:00", "ends": "11:00", "place": "Storgatan 1", "purpose": "Change the switch"}
WHY = {"reason": "As agreed by phone"}


def rows(stage: Stage) -> dict[str, Write]:
    """What staff do about visits."""
    found, tessa = planned(stage.cast, stage.client), stage.cast.tessa.person
    typed = TYPED | {"consultant": tessa.pk, "key": KEY}
    other = {"place": "Somewhere else"}
    forms = {"desk-visit-change": typed | {"on": "2026-12-02"}, "desk-visit-cancel": WHY, "desk-visit-made": WHY}
    return {
        **{name: Write(tessa, {"visit_id": found[which].pk}, forms[name]) for name, which in PAGES.items()},
        "desk-visit-plan": Write(tessa, {"case_id": found["coming"].case_id}, typed, other),
    }
