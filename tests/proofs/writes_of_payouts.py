"""The forms of money that goes back: credit notes of refunds, payouts, files for the bank (see `writes.py`)."""

from tests.journeys.belongings_of_payouts import money_going_back
from tests.proofs.writes import KEY, Stage, Write

WHY = {"reason": "As agreed by phone"}


def rows(stage: Stage) -> dict[str, Write]:
    """What finance does with what we owe."""
    things, fia = money_going_back(stage.cast, stage.client), stage.cast.fia
    account = {"kind": "bankgiro", "account": "5050-1055", "reference": "Money back", "key": KEY}
    client = {"organisation_id": stage.client.organisation.pk, "currency": "SEK"}
    return {
        "desk-refunds": Write(fia, {}, {"refund": things.refund.pk, "act": "all"}),
        "desk-payout-new": Write(fia, client, account | {"amount": "150"}, other={"amount": "151"}),
        "desk-set-off": Write(fia, {}, {"invoice": things.opened.pk, "key": f"{KEY}-set-off"}, about="the client’s money"),
        "desk-payout-approve": Write(fia, {"payout_id": things.proposed.pk}),
        "desk-payout-paid": Write(fia, {"payout_id": things.approved.pk}, {"paid_on": "2026-11-18"}),
        "desk-payout-cancel": Write(fia, {"payout_id": things.cancelling.pk}, WHY),
        "desk-payout-file-make": Write(fia, {}, about="files for the bank"),
        "desk-invoice-unbacked": Write(fia, {"invoice_id": things.loose.pk}, WHY | {"act": "freeze"}),
    }
