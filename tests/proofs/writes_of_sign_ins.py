"""The forms that end sign-ins (see `writes.py`)."""

from tests.journeys.belongings_of_sign_ins import a_sign_in
from tests.proofs.writes import Stage, Write


def rows(stage: Stage) -> dict[str, Write]:
    """One of one's own, and all others."""
    requester = stage.client.requester
    return {
        "sign-in-end": Write(requester, {"sign_in_id": a_sign_in(stage.client, "write").pk}, about="sign-ins"),
        "sign-ins-end": Write(requester, {}, {"round": requester.sign_in_round}, about="sign-ins"),
    }
