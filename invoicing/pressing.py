"""How far an overdue invoice is pressed: what halts it, from when its days count, which reminder is next (rules I5, I8).

It is halted while it is contested or stopped, and while its client gets no reminders. Days count from the due date, or from the
day to which more time was given, or from the one that a rejected contest set.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import models
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from clients import provider
from core.once import once
from invoicing import pace
from invoicing.models import ContestOutcome, Invoice, InvoiceContest, InvoiceKind, InvoiceStop, Reminder, ReminderStep
from invoicing.pace import Sent, Step

SEEN_WITH = ("reminders", "stops", "contests")
HALF_A_CENT = Decimal("0.005")


class Halt(models.TextChoices):
    """Why nothing is demanded just now."""

    CONTESTED = "contested", _("Contested")
    EXTENDED = "extended", _("More time to pay")
    STOPPED = "stopped", _("Reminders stopped")
    CLIENT = "client", _("Client gets no reminders")


def overdue(today: date) -> QuerySet[Invoice]:
    """The issued invoices of which something is open after the last day to pay, the oldest first."""
    is_open = Q(payable__gt=F("paid") + F("credited") + HALF_A_CENT)
    late = Invoice.objects.issued().filter(is_open, kind=InvoiceKind.INVOICE, due_on__lt=today)
    return late.select_related("organisation__buyer").prefetch_related(*SEEN_WITH).order_by("due_on", "pk")


def steps() -> list[ReminderStep]:
    """The steps of reminding, in order."""
    return once("steps of reminding", lambda: list(ReminderStep.objects.order_by("number")))


def halt(invoice: Invoice, *, today: date) -> Halt | None:
    """Why nothing is demanded of the invoice on that day; None where it is."""
    if open_contest(invoice) is not None:
        return Halt.CONTESTED
    if (stop := standing_stop(invoice, today=today)) is not None:
        return Halt.STOPPED if stop.until_on is None else Halt.EXTENDED
    buyer = getattr(invoice.organisation, "buyer", None)
    return Halt.CLIENT if buyer is not None and buyer.reminders_stopped_at is not None else None


def open_contest(invoice: Invoice) -> InvoiceContest | None:
    """The contest that waits for an answer."""
    return next((contest for contest in invoice.contests.all() if contest.closed_at is None), None)


def standing_stop(invoice: Invoice, *, today: date) -> InvoiceStop | None:
    """The stop in force on that day."""
    return next(
        (stop for stop in invoice.stops.all() if stop.resumed_at is None and (stop.until_on is None or stop.until_on >= today)), None
    )


def counted_from(invoice: Invoice) -> date:
    """The day that reminders and freezing count from."""
    days = [invoice.due_on] if invoice.due_on else []
    days += [
        contest.remind_from for contest in invoice.contests.all() if contest.outcome == ContestOutcome.REJECTED and contest.remind_from
    ]
    days += [_given_until(stop) for stop in invoice.stops.all() if stop.until_on]
    return max(days)


def last_reminder(invoice: Invoice) -> Reminder | None:
    """The last one that was sent."""
    return max(invoice.reminders.all(), key=lambda reminder: reminder.step, default=None)


def next_reminder(invoice: Invoice, among: Sequence[ReminderStep]) -> tuple[ReminderStep, date] | None:
    """The next step and the working day it is due on; None where all were sent."""
    last = last_reminder(invoice)
    sent = Sent(number=last.step, on=_local(last.sent_at)) if last else None
    steps_ = [Step(number=step.number, days=step.days) for step in among]
    step = pace.following(steps_, sent)
    if step is None:
        return None
    found = next(row for row in among if row.number == step.number)
    return found, provider.working_days().first_from(pace.due_on(step, steps_, counted_from=counted_from(invoice), last=sent))


def _given_until(stop: InvoiceStop) -> date:
    """The day to which more time was given, or on which it was taken back."""
    until = stop.until_on or date.min
    return until if stop.resumed_at is None else min(until, _local(stop.resumed_at))


def _local(at: datetime) -> date:
    return at.astimezone(once("zone of the provider", lambda: provider.current().zone)).date()
