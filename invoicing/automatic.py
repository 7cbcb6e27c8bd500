"""Invoices of automatic top-ups, issued by themselves where that is agreed (rules C2, I1): a job, after what is billable was drafted."""

from datetime import datetime

from django.db import transaction

from clients import access
from clients.models import StaffDuty
from core.batches import each
from core.errors import DomainError
from invoicing import issuing, terms
from invoicing.models import Invoice, InvoiceState
from notices import outbox


def issue_due(at: datetime) -> int:
    """Issue the drafts of automatic top-ups; how many. What is refused stays a draft, and finance is told of it once."""
    if terms.offered() is None:
        return 0
    drafts = Invoice.objects.filter(state=InvoiceState.DRAFT, lines__top_up__automatic__issues_at_once=True)
    return each(list(drafts.select_related("organisation").order_by("pk").distinct()), lambda draft: _issue(draft, at))


@transaction.atomic
def _issue(draft: Invoice, at: datetime) -> bool:
    try:
        with transaction.atomic():
            issuing.issue_automatically(draft, at=at)
    except DomainError as refusal:
        context = {"invoice": draft, "refusal": refusal}
        people = access.staff(StaffDuty.FINANCE)
        outbox.compose(cause=f"invoice:{draft.pk}:not-issued", people=people, template="invoicing/mail/not_issued", context=context, at=at)
        return False
    return True
