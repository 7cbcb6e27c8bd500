"""What the Peppol network asks to be referred to (rules I4, I8): without it there is no e-invoice, and so it is asked for before an issue.

An e-invoice bears the buyer's reference (BT-10) or the number of its order (BT-13): PEPPOL-EN16931-R003.
"""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from invoicing import terms
from invoicing.einvoice.texts import one_line
from invoicing.models import Buyer, Invoice, InvoiceKind, InvoiceState, SentBy

LACKING = _("Cannot be issued yet: it goes by Peppol, and lacks the client’s reference or an order number.")


class ReferenceMissing(DomainError):
    """The client receives by Peppol, where an invoice bears its reference or an order number, and the draft has neither (rule I8)."""

    message = _(
        "This client gets e-invoices by Peppol, which must bear the client’s reference or an order number, and the draft has neither. "
        "Nothing was issued; write one of them on the draft."
    )


def check(invoice: Invoice) -> None:
    """Raise ReferenceMissing for an invoice that is to go by Peppol and has nothing to be referred to."""
    if lacks(invoice, terms.buyer_of(invoice.organisation)):
        raise ReferenceMissing


def obstacles(invoices: Iterable[Invoice]) -> dict[int, str]:
    """Of each draft among them that waits for a reference, by its key: what it lacks. Asks nothing where their buyers are read already."""
    drafts = (invoice for invoice in invoices if invoice.state == InvoiceState.DRAFT)
    return {draft.pk: str(LACKING) for draft in drafts if lacks(draft, _buyer_read(draft))}


def lacks(invoice: Invoice, buyer: Buyer) -> bool:
    """Whether the draft waits for a reference. A credit note does not: what is wrong can always be credited, by PDF if need be."""
    is_draft = invoice.state == InvoiceState.DRAFT and invoice.kind == InvoiceKind.INVOICE
    has_any = one_line(invoice.buyer_reference) or one_line(invoice.order_reference)
    return is_draft and by_peppol(buyer) and not has_any


def of_credit_note(invoice: Invoice) -> str:
    """The buyer's reference on a credit note: its invoice's, or where that has nothing to be referred to, the client's own of today."""
    if one_line(invoice.buyer_reference) or one_line(invoice.order_reference):
        return invoice.buyer_reference
    return terms.buyer_of(invoice.organisation).reference


def by_peppol(buyer: Buyer) -> bool:
    """Whether the client receives in the network: it asks for that, and has an address there."""
    return bool(buyer.sent_by == SentBy.PEPPOL and buyer.endpoint_scheme and buyer.endpoint)


def _buyer_read(draft: Invoice) -> Buyer:
    """What its client asks, as it was read with the draft; nothing where nobody has written it down."""
    return getattr(draft.organisation, "buyer", None) or Buyer(organisation=draft.organisation)
