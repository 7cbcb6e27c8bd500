"""Word about what is late: reminders and answers to the client, contests to finance and the account manager (rules I5, I8, M4)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.urls import reverse

from clients import access
from clients.models import StaffDuty
from invoicing import late_terms, messages
from invoicing.models import ContestOutcome, Invoice, InvoiceContest, InvoiceStop, Reminder
from notices import outbox
from people.models import Person

FRIENDLY, STRICT = "reminder_friendly", "reminder_strict"


def reminded(reminder: Reminder, readers: Iterable[Person], *, at: datetime) -> None:
    """The first step is friendly; from the second on the mail is strict."""
    invoice = reminder.invoice
    context = {"reminder": reminder, "bears_interest": late_terms.of(invoice).interest}
    _compose(f"invoice:{invoice.pk}:reminder:{reminder.step}", readers, FRIENDLY if reminder.step == 1 else STRICT, invoice, context, at)


def contested(contest: InvoiceContest, *, at: datetime) -> None:
    """Finance and the account manager are asked to answer."""
    _tell_ours("contested", contest, at)


def withdrawn(contest: InvoiceContest, *, at: datetime) -> None:
    """The same learn that they need not."""
    _tell_ours("contest_withdrawn", contest, at)


def answered(contest: InvoiceContest, *, at: datetime) -> None:
    """The client is told; and finance, where a credit note is to follow."""
    invoice = contest.invoice
    template = f"contest_{contest.outcome}"
    people = {person.pk: person for person in [contest.contested_by, *messages.readers(invoice, at=at)]}
    _compose(f"contest:{contest.pk}:{contest.outcome}", people.values(), template, invoice, {"contest": contest}, at)
    if contest.outcome == ContestOutcome.UPHELD:
        _tell_ours("contest_to_credit", contest, at, besides=contest.closed_by)


def extended(stop: InvoiceStop, *, at: datetime) -> None:
    """The client is told how long it has."""
    readers = messages.readers(stop.invoice, at=at)
    _compose(
        f"invoice-stop:{stop.pk}:extended",
        readers,
        "extended",
        stop.invoice,
        {"stop": stop, "bears_interest": late_terms.of(stop.invoice).interest},
        at,
    )


def _tell_ours(template: str, contest: InvoiceContest, at: datetime, *, besides: Person | None = None) -> None:
    """Finance and the account manager, but for who did it."""
    invoice = contest.invoice
    ours = [*access.staff(StaffDuty.FINANCE), *access.managers(invoice.organisation)]
    people = {person.pk: person for person in ours if besides is None or person.pk != besides.pk}
    context = {"contest": contest, "page": reverse("desk-contest", args=[contest.pk])}
    _compose(f"contest:{contest.pk}:{template}", people.values(), template, invoice, context, at)


def _compose(cause: str, people: Iterable[Person], template: str, invoice: Invoice, context: dict[str, Any], at: datetime) -> None:
    shared = {"invoice": invoice, "page": reverse("invoice", args=[invoice.pk]), **context}
    outbox.compose(cause=cause, people=people, template=f"invoicing/mail/{template}", context=shared, at=at)
