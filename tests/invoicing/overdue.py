"""Invoices that are late, for tests: steps at 5, 15 and 30 days, 60 kr from the second on, interest at 8 points above 2 %."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from credits.models import CreditAccount
from invoicing import contesting, reminding
from invoicing.contesting import Objection
from invoicing.models import Invoice, InvoiceContest, LateTerms, ReferenceRate, Reminder, ReminderStep
from people.models import Person
from tests.cast import NOON, Client
from tests.invoicing.scene import an_invoice

_numbers = count(1)
STEPS = [(5, 0), (15, 60), (30, 60)]
DUE = date(2026, 12, 18)
"""When an invoice of NOON is due: a Friday."""


def late_terms(**fields: Any) -> LateTerms:
    """Interest is charged, nothing else; with the steps and the rates of 2026 and 2027."""
    for number, (days, fee) in enumerate(STEPS, start=1):
        ReminderStep.objects.get_or_create(number=number, defaults={"days": days, "fee": Decimal(fee)})
    for year in (2026, 2027):
        for half in (1, 2):
            ReferenceRate.objects.get_or_create(year=year, half=half, defaults={"percent": Decimal(2)})
    return LateTerms.objects.create(pk=1, **({"charges_interest": True} | fields))


def days_late(days: int, *, after: date = DUE) -> datetime:
    """Noon so many days after an invoice of NOON is due."""
    return NOON + (after - NOON.date()) + timedelta(days=days)


def steps_sent(invoice: Invoice) -> list[int]:
    """Which steps were sent, in the order of sending."""
    return list(Reminder.objects.filter(invoice=invoice).order_by("sent_at", "pk").values_list("step", flat=True))


def run(*days: int) -> list[int]:
    """The job on each of these days after the due date: how many reminders each sent."""
    return [reminding.remind_due(days_late(day)) for day in days]


def contested(
    invoice: Invoice, by: Person, *, at: datetime, reason: str = "We ordered less", positions: tuple[int, ...] = ()
) -> InvoiceContest:
    """The client says that it is wrong."""
    said = Objection(reason=reason, positions=positions)
    return contesting.contest(invoice, said, by=by, at=at, cause=f"test:contest:{next(_numbers)}")


def trusted(client: Client, finance: Person) -> Invoice:
    """An invoice whose credit was granted when it was ordered."""
    client.organisation.agreements.update(credit_on="issue")
    return an_invoice(client, finance)


def minutes(client: Client) -> tuple[int, int]:
    """Available and frozen minutes of the client's account."""
    account = CreditAccount.objects.get(pk=client.account.pk)
    return account.available_minutes, account.frozen_minutes
