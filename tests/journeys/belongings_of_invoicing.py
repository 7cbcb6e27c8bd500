"""Invoices of Acme's at each turn of their course, for the walk through every address (see `belongings.py`)."""

from decimal import Decimal
from types import SimpleNamespace

from invoicing import buyers, crediting
from invoicing.cards import paying
from invoicing.models import InvoicingTerms
from tests.cast import NOON, Cast, Client, a_client
from tests.invoicing.card_service import a_kept_card_payment
from tests.invoicing.scene import a_draft, a_top_up, an_invoice, invoicing_terms, paid
from tests.journeys.belongings import Own

DRAFTS = {"references": "named", "issue": "draft", "drop": "dropping"}
BUTTONS = {"references", "issue"}


def invoicing_pages(cast: Cast, acme: Client) -> dict[str, Own]:
    """Acme's own invoices, which staff have at the desk, and the desk's, which Acme does not have."""
    things = at_each_turn(cast, acme)
    others = [acme.approver, acme.requester, cast.tessa.person, cast.max]
    client = {"organisation_id": acme.organisation.pk}
    return {
        "invoice": Own({"invoice_id": things.issued.pk}, acme.approver, strangers=[cast.tessa.person, cast.max, cast.fia]),
        "desk-invoice": Own({"invoice_id": things.issued.pk}, cast.fia, strangers=others),
        **{
            f"desk-invoice-{name}": Own({"invoice_id": getattr(things, turn).pk}, cast.fia, acts_only=name in BUTTONS, strangers=others)
            for name, turn in DRAFTS.items()
        },
        "desk-invoice-pay": Own({"invoice_id": things.issued.pk}, cast.fia, acts_only=True, strangers=others),
        "desk-invoice-credit": Own({"invoice_id": things.issued.pk}, cast.fia, strangers=others),
        "desk-payment-take-back": Own({"payment_id": things.payment.pk}, cast.fia, strangers=others),
        "invoice-card": Own({"invoice_id": things.issued.pk}, acme.approver, strangers=[cast.tessa.person, cast.max, cast.fia]),
        "card-payment": Own({"card_payment_id": things.begun.pk}, acme.approver, strangers=[cast.tessa.person, cast.max, cast.fia]),
        "desk-card-return": Own({"card_payment_id": things.kept.pk}, cast.fia, acts_only=True, strangers=others),
        "desk-buyer": Own(client, cast.fia, strangers=others),
        "desk-buyer-stop": Own(client, cast.fia, acts_only=True, strangers=others),
        "desk-buyer-resume": Own(client, cast.fia, acts_only=True, strangers=others),
    }


def at_each_turn(cast: Cast, client: Client) -> SimpleNamespace:
    """An invoice of the client's at each turn, an order that waits to be drafted, and a client that gets no reminders."""
    if not InvoicingTerms.objects.exists():
        invoicing_terms()
    drafts = {turn: a_draft(client) for turn in ("named", "draft", "batched", "dropping")}
    issued, paid_in_part, corrected = (an_invoice(client, cast.fia) for _ in range(3))
    payment = paid(paid_in_part, 5000, cast.fia)
    line = corrected.lines.get()
    note = crediting.credit(corrected, {line.pk: Decimal(600)}, reason="Agreed", by=cast.fia, at=NOON, cause=f"note:{corrected.pk}")
    quiet = a_client(cast, f"Quiet{client.organisation.pk}")
    buyers.stop_reminders(quiet.organisation, reason="They contest it", by=cast.fia, at=NOON)
    a_top_up(client)
    begun = paying.begin(issued, by=client.approver, at=NOON, cause=f"card:{issued.pk}")
    kept = a_kept_card_payment(client, cast.fia)
    return SimpleNamespace(**drafts, begun=begun, kept=kept, issued=issued, payment=payment, corrected=corrected, note=note, quiet=quiet)
