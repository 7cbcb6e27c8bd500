"""Acme's money on its way back, for the walk through every address (see `belongings.py`)."""

from types import SimpleNamespace

from clients.models import Agreement
from credits import winding_up
from invoicing import payout_files, payouts, refunding, settlement
from invoicing.models import InvoicingTerms
from tests.cast import NOON, Cast, Client, a_client
from tests.invoicing.going_back import a_paid_invoice, a_payout, a_refund, an_opening_lot, lot_of
from tests.invoicing.scene import an_invoice, invoicing_terms
from tests.journeys.belongings import Own

BUTTONS = {"approve": "proposed", "paid": "approved", "cancel": "cancelling"}


def payout_pages(cast: Cast, acme: Client) -> dict[str, Own]:
    """Acme's receipt of a refund, which staff have at the desk, and what finance does about Acme's money."""
    things = money_going_back(cast, acme)
    others = [acme.approver, acme.requester, cast.tessa.person, cast.max]
    return {
        "refund": Own({"refund_id": things.unsold.pk}, acme.approver, strangers=[cast.tessa.person, cast.max, cast.fia]),
        "desk-refund": Own({"refund_id": things.unsold.pk}, cast.fia, strangers=others),
        "desk-payout-new": Own({"organisation_id": acme.organisation.pk, "currency": "SEK"}, cast.fia, strangers=others),
        "desk-payout": Own({"payout_id": things.proposed.pk}, cast.fia, strangers=others),
        "desk-payout-file": Own({"file_id": things.file.pk}, cast.fia, strangers=others),
        **{
            f"desk-payout-{name}": Own({"payout_id": getattr(things, turn).pk}, cast.fia, acts_only=True, strangers=others)
            for name, turn in BUTTONS.items()
        },
        "desk-invoice-unbacked": Own({"invoice_id": things.loose.pk}, cast.fia, strangers=others),
        "desk-settlement": Own({"agreement_id": things.ended.pk}, cast.fia, strangers=others),
    }


def money_going_back(cast: Cast, client: Client) -> SimpleNamespace:
    """Refunds with and without an invoice, payouts at each turn, an open invoice, credit without its money, an agreement wound up."""
    if not InvoicingTerms.objects.exists():
        invoicing_terms()
    fia, sold = cast.fia, a_paid_invoice(client, cast.fia, 600)
    refunding.credit(a_refund(cast, lot_of(sold), 120), by=fia, at=NOON)
    unsold = a_refund(cast, an_opening_lot(client.account), 60)
    proposed, approved, cancelling, filed, fresh = (a_payout(client, fia, amount) for amount in (100, 200, 300, 400, 500))
    payouts.approve(filed, by=fia, at=NOON)
    file = payout_files.make(by=fia, at=NOON)
    for payout in (approved, fresh):
        payouts.approve(payout, by=fia, at=NOON)
    loose = a_paid_invoice(client, fia)
    settlement.take_back(loose.payments.get(), reason="The bank was wrong", by=fia, at=NOON)
    return SimpleNamespace(
        unsold=unsold,
        proposed=proposed,
        approved=approved,
        cancelling=cancelling,
        file=file,
        loose=loose,
        refund=a_refund(cast, lot_of(sold), 60),
        opened=an_invoice(client, fia),
        ended=_wound_up(cast, client),
    )


def _wound_up(cast: Cast, client: Client) -> Agreement:
    """Another client's agreement, which has ended and was wound up."""
    gone = a_client(cast, f"Left{client.organisation.pk}")
    a_paid_invoice(gone, cast.fia)
    agreement = Agreement.objects.get(organisation=gone.organisation)
    Agreement.objects.filter(pk=agreement.pk).update(ends_on=NOON.date().replace(day=1), ended_by="provider")
    agreement.refresh_from_db()
    winding_up.wind_up(agreement=agreement, reason="The end", by=cast.max, at=NOON)
    return agreement
