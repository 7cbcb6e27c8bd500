"""Acme's invoices on their way, and a batch of its drafts, for the walk through every address (see `belongings.py`)."""

from itertools import count
from types import SimpleNamespace

from invoicing import documents, issue_batches
from invoicing.models import InvoicingTerms, Transmission
from tests.cast import NOON, Cast, Client
from tests.invoicing.scene import a_draft, an_invoice, invoicing_terms
from tests.journeys.belongings import Own

_batches = count(1)


def sending_pages(cast: Cast, acme: Client) -> dict[str, Own]:
    """How Acme's invoices got out, which is for finance only."""
    things = on_the_way(cast, acme)
    others = [acme.approver, acme.requester, cast.tessa.person, cast.max]
    batch = {"batch_id": things.batch.pk}
    return {
        "desk-transmission-again": Own({"transmission_id": things.failed.pk}, cast.fia, acts_only=True, strangers=others),
        "desk-invoice-send": Own({"invoice_id": things.arrived.invoice_id}, cast.fia, acts_only=True, strangers=others),
        "desk-batch": Own(batch, cast.fia, strangers=others),
        "desk-batch-cancel": Own(batch, cast.fia, acts_only=True, strangers=others),
    }


def on_the_way(cast: Cast, client: Client) -> SimpleNamespace:
    """A mail that was given up, one that went out, and a batch that waits."""
    if not InvoicingTerms.objects.exists():
        invoicing_terms()
    failed, arrived = (_sent(cast, client) for _ in range(2))
    Transmission.objects.filter(pk=failed.pk).update(state="given_up", answer="550 no such user", ended_at=NOON, due_at=None)
    Transmission.objects.filter(pk=arrived.pk).update(state="sent", sent_at=NOON, due_at=None)
    batch = issue_batches.begin([a_draft(client)], by=cast.fia, at=NOON, cause=f"test:batch:{next(_batches)}")
    return SimpleNamespace(failed=failed, arrived=arrived, batch=batch)


def _sent(cast: Cast, client: Client) -> Transmission:
    invoice = an_invoice(client, cast.fia)
    documents.keep(invoice, at=NOON)
    return Transmission.objects.get(invoice=invoice)
