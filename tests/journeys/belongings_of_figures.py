"""Checks of VAT numbers and statements of account, for the walk through every address (see `belongings.py`)."""

from invoicing import vat_checks
from invoicing.models import InvoicingTerms
from tests.cast import NOON, Cast, Client, a_client
from tests.invoicing.abroad import GERMAN, YES, Register, moved_to
from tests.invoicing.scene import an_invoice, invoicing_terms
from tests.journeys.belongings import Own


def figures_pages(cast: Cast, acme: Client) -> dict[str, Own]:
    """Acme's statement of account, which finance has at the desk as well; a buyer whose number can be asked about."""
    if not InvoicingTerms.objects.exists():
        invoicing_terms()
    an_invoice(acme, cast.fia)
    client = {"organisation_id": acme.organisation.pk}
    others = [acme.approver, acme.requester, cast.tessa.person, cast.max]
    staff = [cast.tessa.person, cast.max, cast.fia]
    return {
        "invoice-account": Own(client, acme.approver, strangers=staff),
        "invoice-account-pdf": Own(client, acme.approver, strangers=staff),
        "desk-invoice-account": Own(client, cast.fia, strangers=others),
        "desk-invoice-account-pdf": Own(client, cast.fia, strangers=others),
        "desk-report-csv": Own({"report": "vat", "place": 2}, cast.fia, strangers=others),
        "desk-report-xlsx": Own({"report": "penalties"}, cast.fia, strangers=others),
        "desk-buyer-vat-check": Own(client, cast.fia, acts_only=True, strangers=others),
    }


def a_german(cast: Cast, client: Client) -> Client:
    """A buyer abroad whose number VIES knows."""
    german = a_client(cast, f"German{client.organisation.pk}")
    moved_to(german, "DE", GERMAN)
    vat_checks.check(german.organisation, by=cast.fia, at=NOON, cause=f"walk:{client.organisation.pk}", checker=Register(YES))
    return german
