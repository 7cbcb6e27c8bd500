"""What Acme owes, for the walk through every address (see `belongings.py`)."""

from credits.accounts import CreditAccount, open_account
from invoicing.models import InvoicingTerms
from tests.cast import Cast, Client
from tests.invoicing.owing import owes
from tests.invoicing.scene import invoicing_terms
from tests.journeys.belongings import Own


def debt_pages(cast: Cast, acme: Client) -> dict[str, Own]:
    """An account of Acme's that owes something: its people read it, finance invoices it."""
    account = {"account_id": owing_account(acme).pk}
    others = [cast.tessa.person, cast.max]
    return {
        "owed": Own(account, acme.requester, strangers=[*others, cast.fia]),
        "desk-debts-invoice": Own(account, cast.fia, acts_only=True, strangers=[acme.approver, *others]),
    }


def owing_account(client: Client) -> CreditAccount:
    """An account of the client's without credit, that owes an hour."""
    if not InvoicingTerms.objects.exists():
        invoicing_terms()
    account = open_account(organisation=client.organisation, name="Owing")
    owes(client, account=account)
    return account
