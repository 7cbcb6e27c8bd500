"""The forms of invoices: drafting, issuing, payments, credit notes, what a client asks (see `writes.py`)."""

from invoicing import issuing_shown
from tests.journeys.belongings_of_invoicing import at_each_turn
from tests.proofs.writes import KEY, Stage, Write

WHY = {"reason": "As agreed by phone"}


def rows(stage: Stage) -> dict[str, Write]:
    """What finance does with invoices."""
    things, fia = at_each_turn(stage.cast, stage.client), stage.cast.fia
    client, quiet = {"organisation_id": stage.client.organisation.pk}, {"organisation_id": things.quiet.organisation.pk}
    references = {"buyer_reference": "Bo", "order_reference": "PO 7"}
    received = {"paid_on": "2026-11-17", "amount": "12000", "reference": "BG 991", "key": KEY}
    credited = {"what": "whole", "reason": "It was wrong", "key": KEY, "shown": "11250.00"}
    asked = {"email": "ap@acme.example", "sent_by": "mail", "reference": "Bo", "payment_days": "10"}
    return {
        "desk-invoices-draft": Write(fia),
        "desk-invoices-issue": Write(fia, {}, {"shown": issuing_shown.written([things.batched])}, about="batch"),
        "desk-invoice-references": Write(fia, {"invoice_id": things.named.pk}, references),
        "desk-invoice-issue": Write(fia, {"invoice_id": things.draft.pk}),
        "desk-invoice-drop": Write(fia, {"invoice_id": things.dropping.pk}, WHY),
        "desk-invoice-pay": Write(fia, {"invoice_id": things.issued.pk}, received, other={"amount": "1"}),
        "desk-invoice-credit": Write(fia, {"invoice_id": things.corrected.pk}, credited, other=WHY),
        "desk-payment-take-back": Write(fia, {"payment_id": things.payment.pk}, WHY),
        "invoice-card": Write(stage.client.approver, {"invoice_id": things.corrected.pk}, {"key": KEY}),
        "desk-card-return": Write(fia, {"card_payment_id": things.kept.pk}),
        "desk-buyer": Write(fia, client, asked),
        "desk-buyer-stop": Write(fia, client, WHY),
        "desk-buyer-resume": Write(fia, quiet),
    }
