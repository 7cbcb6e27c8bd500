"""Documents of Acme's invoices, and money that waits at the bank, for the walk through every address (see `belongings.py`)."""

from itertools import count
from types import SimpleNamespace

from invoicing import bank, resolving
from invoicing.models import BankTransaction, InvoicingTerms
from tests.cast import NOON, Cast, Client
from tests.invoicing.bank_files import Ntry, Tx, camt053
from tests.invoicing.scene import an_invoice, invoicing_terms
from tests.journeys.belongings import Own

_services = count(1)


def bank_pages(cast: Cast, acme: Client) -> dict[str, Own]:
    """Acme's own documents, which staff fetch at the desk, and the bank, which is for finance only."""
    things = at_the_bank(cast, acme)
    document, others = {"invoice_id": things.invoice.pk, "kind": "pdf"}, [cast.tessa.person, cast.max]
    return {
        "invoice-document": Own(document, acme.requester, strangers=[cast.tessa.person, cast.max, cast.fia]),
        "desk-invoice-document": Own(document, cast.fia, strangers=[acme.approver, cast.tessa.person]),
        "desk-bank-transaction": Own({"transaction_id": things.waits.pk}, cast.fia, strangers=[acme.approver, *others]),
    }


def at_the_bank(cast: Cast, client: Client) -> SimpleNamespace:
    """An invoice, a payment of the client's that waits, and money of the client's with us."""
    if not InvoicingTerms.objects.exists():
        invoicing_terms()
    made = SimpleNamespace(invoice=an_invoice(client, cast.fia), waits=_came(cast, "700.00"))
    resolving.keep(_came(cast, "300.00"), client.organisation, by=cast.fia, at=NOON)
    return made


def _came(cast: Cast, amount: str) -> BankTransaction:
    """A payment of nobody's."""
    details = [Tx(amount=amount, payer="Nobody", payer_account=None)]
    file = bank.read(camt053(Ntry(amount=amount, service=f"B{next(_services)}", details=details)), name="bank.xml", by=cast.fia, at=NOON)
    return BankTransaction.objects.get(file=file)
