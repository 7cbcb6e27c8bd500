"""The forms by which invoices are sent again, and batches taken back (see `writes.py`)."""

from tests.journeys.belongings_of_sending import on_the_way
from tests.proofs.writes import KEY, Stage, Write


def rows(stage: Stage) -> dict[str, Write]:
    """What finance does about invoices on their way."""
    things, fia = on_the_way(stage.cast, stage.client), stage.cast.fia
    sent = {"channel": "mail", "address": "other@acme.example", "key": KEY}
    return {
        "desk-transmission-again": Write(fia, {"transmission_id": things.failed.pk}),
        "desk-invoice-send": Write(fia, {"invoice_id": things.arrived.invoice_id}, sent, other={"address": "third@acme.example"}),
        "desk-batch-cancel": Write(fia, {"batch_id": things.batch.pk}),
    }
