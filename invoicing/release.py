"""Issuing whatever was drafted, at the desk: an invoice, or a credit note, which takes something off its invoice too (rule I1)."""

from collections.abc import Iterable
from datetime import datetime

from core.errors import DomainError
from invoicing import crediting, issuing
from invoicing.models import Invoice, InvoiceKind
from people.models import Person


def issue(document: Invoice, *, by: Person, at: datetime) -> Invoice:
    """Issue a draft of either kind. Raises what `issuing.issue` and `crediting.issue` raise."""
    verb = crediting.issue if document.kind == InvoiceKind.CREDIT_NOTE else issuing.issue
    return verb(document, by=by, at=at)


def issue_all(documents: Iterable[Invoice], *, by: Person, at: datetime) -> tuple[list[Invoice], dict[int, str]]:
    """Issue these drafts, each in a step of its own: those that were, and for each of the others, by key, why not."""
    done, refused = [], {}
    for document in documents:
        try:
            done.append(issue(document, by=by, at=at))
        except DomainError as refusal:
            refused[document.pk] = str(refusal)
    return done, refused
