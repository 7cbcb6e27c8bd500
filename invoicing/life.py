"""The life of an invoice: locked rows, events, who may act (rule I1).

Locks are taken in this order: credit account, invoice, number series, bank transaction.
"""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from clients import provider
from clients.access import has_duty
from clients.models import StaffDuty
from core import rows
from core.errors import DomainError, NotAllowed
from core.reasons import LONGEST_REASON
from core.sentences import Sentence, in_language
from invoicing.models import SAID, Invoice, InvoiceEvent, InvoiceEventKind, InvoiceState
from people.models import Person


class InvoiceIssued(DomainError):
    """It has been issued: it never changes any more, and is corrected by a credit note (rule I1)."""

    message = _("This invoice has been issued, and never changes. Nothing was changed; correct it with a credit note.")


class NotIssued(DomainError):
    """It is a draft still."""

    message = _("This is a draft. Nothing has changed; issue it first.")


class FormUsed(DomainError):
    """The same form has said something else before."""

    message = _("This form has been used for something else before. Open the page again. Nothing has changed.")


def locked(invoice: Invoice) -> Invoice:
    """The row as it is now, locked until the transaction ends."""
    found = Invoice.objects.select_for_update(of=("self",)).select_related("organisation")
    return found.get(pk=invoice.pk)


def locked_draft(invoice: Invoice) -> Invoice:
    """The same of a draft. Raises InvoiceIssued."""
    current = locked(invoice)
    if current.state != InvoiceState.DRAFT:
        raise InvoiceIssued
    return current


def locked_issued(invoice: Invoice) -> Invoice:
    """The same of an issued one. Raises NotIssued."""
    current = locked(invoice)
    if current.state != InvoiceState.ISSUED:
        raise NotIssued
    return current


def check_finance(person: Person) -> None:
    """Raises NotAllowed for anybody but finance."""
    if not (person.is_active and has_duty(person, StaffDuty.FINANCE)):
        raise NotAllowed


def note(
    invoice: Invoice,
    kind: InvoiceEventKind,
    *,
    at: datetime,
    by: Person | None,
    reason: str | Sentence = "",
    facts: dict[str, Any] | None = None,
) -> InvoiceEvent:
    """Leave a trace: who did what when, and why. `by` None is the system itself.

    A reason of ours is kept in each language, too, so that everybody reads it in their own (rule P4).
    """
    said = {SAID: dict(reason.said)} if isinstance(reason, Sentence) else {}
    words = in_our_language(reason)[:LONGEST_REASON]
    event = InvoiceEvent(invoice=invoice, kind=kind, at=at, by=by, reason=words, facts={**(facts or {}), **said})
    rows.insert(event)
    return event


def in_our_language(words: str | Sentence) -> str:
    """For what is kept in one language only, for colleagues: the provider's."""
    return words if isinstance(words, str) else in_language(words, provider.current().language)
