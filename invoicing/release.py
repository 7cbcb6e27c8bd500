"""Issuing whatever was drafted, at the desk: an invoice, or a credit note, which takes something off its invoice too (rule I1)."""

from datetime import datetime

from invoicing import crediting, issuing
from invoicing.models import Invoice, InvoiceKind
from people.models import Person


def issue(document: Invoice, *, by: Person, at: datetime) -> Invoice:
    """Issue a draft of either kind. Raises what `issuing.issue` and `crediting.issue` raise."""
    verb = crediting.issue if document.kind == InvoiceKind.CREDIT_NOTE else issuing.issue
    return verb(document, by=by, at=at)
