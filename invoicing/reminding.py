"""Reminders of overdue invoices, in steps (rule I5).

The job sends each step of each invoice once, one in a run: what was missed while it was away is not made up for all at once
(`invoicing.pace`). Nothing goes out for an invoice that is paid, contested or stopped, or to a client that gets no reminders
(`invoicing.pressing`). Whatever was paid meanwhile counts: the invoice is locked, and looked at again.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients import provider
from clients.agreements import local_date
from core.batches import each
from core.errors import DomainError
from core.once import at_one_moment
from invoicing import due_messages, late_terms, life, messages, pressing, terms
from invoicing.models import Invoice, InvoiceEventKind, InvoiceKind, Reminder, ReminderStep
from invoicing.pressing import Halt
from people.models import Person


class NotOverdue(DomainError):
    """Nothing of it is open, or there is time to pay still."""

    message = _("This invoice is not overdue. Nothing was sent.")


class Halted(DomainError):
    """It is contested or stopped, or its client gets no reminders."""

    def __init__(self, halt: Halt) -> None:
        super().__init__(halt)
        self.halt = halt

    @property
    def message(self) -> str:
        """Which of them."""
        return _("No reminder goes out for this invoice (%(why)s). Nothing was sent.") % {"why": self.halt.label}


class AllSent(DomainError):
    """Every step has been sent."""

    message = _("All reminders of this invoice have been sent. Nothing was sent.")


class RemindedToday(DomainError):
    """One a day is enough."""

    message = _("A reminder of this invoice has gone out today. Nothing was sent.")


class NobodyToRemind(DomainError):
    """The client has nobody who decides, and can sign in."""

    message = _("This client has nobody to be reminded. Nothing was sent.")


@at_one_moment()
def remind_due(at: datetime) -> int:
    """Send what is due, on working days, one step an invoice; how many were sent."""
    today = local_date(at)
    if terms.offered() is None or not pressing.steps() or provider.working_days().first_from(today) != today:
        return 0
    found = [invoice for invoice in pressing.overdue(today) if _due(invoice, at) is not None]
    return each(found, lambda invoice: _remind(invoice, at))


@transaction.atomic
def remind(invoice: Invoice, *, by: Person, at: datetime, cause: str) -> Reminder:
    """Send the next step now, whenever it would be due. The same `cause` again returns what it sent.

    Raises NotAllowed for anybody but finance, NotIssued, NotOverdue, Halted, AllSent, RemindedToday, NobodyToRemind.
    """
    life.check_finance(by)
    invoice = life.locked_issued(invoice)
    if found := Reminder.objects.filter(cause=cause, invoice=invoice).first():
        return found
    _check(invoice, at)
    step = pressing.next_reminder(invoice, pressing.steps())
    if step is None:
        raise AllSent
    last = pressing.last_reminder(invoice)
    if last is not None and local_date(last.sent_at) >= local_date(at):
        raise RemindedToday
    reminder = _send(invoice, step[0], at=at, by=by, cause=cause)
    if reminder is None:
        raise NobodyToRemind
    return reminder


@transaction.atomic
def _remind(invoice: Invoice, at: datetime) -> bool:
    """Under the lock everything is asked again: it may have been paid, or another loop been quicker."""
    invoice = life.locked_issued(invoice)
    step = _due(invoice, at)
    if step is None:
        return False
    return _send(invoice, step, at=at, by=None, cause=f"reminder:{invoice.pk}:{step.number}") is not None


def _due(invoice: Invoice, at: datetime) -> ReminderStep | None:
    """The step that is due; None where none is."""
    try:
        _check(invoice, at)
    except DomainError:
        return None
    found = pressing.next_reminder(invoice, pressing.steps())
    return found[0] if found is not None and found[1] <= local_date(at) else None


def _check(invoice: Invoice, at: datetime) -> None:
    today = local_date(at)
    is_late = invoice.kind == InvoiceKind.INVOICE and invoice.due_on is not None and invoice.due_on < today
    if not is_late or invoice.open.amount <= 0:
        raise NotOverdue
    halt = pressing.halt(invoice, today=today)
    if halt is not None:
        raise Halted(halt)


def _send(invoice: Invoice, step: ReminderStep, *, at: datetime, by: Person | None, cause: str) -> Reminder | None:
    """The reminder, its word to the client, and its trace; None where there is nobody to be told."""
    readers = messages.readers(invoice, at=at)
    if not readers:
        return None
    fee = min(step.fee, late_terms.of(invoice).fees.get(step.number, late_terms.NOTHING))
    reminder = Reminder.objects.create(
        invoice=invoice, step=step.number, cause=cause, sent_at=at, sent_by=by, open=invoice.open.amount, fee=fee
    )
    due_messages.reminded(reminder, readers, at=at)
    life.note(invoice, InvoiceEventKind.REMINDED, at=at, by=by, facts={"step": step.number, "fee": str(fee), "open": str(reminder.open)})
    return reminder
