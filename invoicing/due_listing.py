"""What is overdue, for the desk: by client, with age, the step reached, the next one and its day, and what it costs so far (rule I5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.db.models import QuerySet
from djmoney.money import Money

from clients import provider
from clients.models import Organisation
from core.once import at_one_moment
from invoicing import late, pressing
from invoicing.models import Invoice, InvoiceContest, InvoiceStop, Reminder, ReminderStep
from invoicing.pressing import Halt
from people.models import Person


@dataclass(frozen=True, kw_only=True)
class Row:
    """An overdue invoice. `cost` None: a reference rate is missing. `refusal`: why nothing was done about it just now."""

    invoice: Invoice
    days: int
    reminder: Reminder | None
    next_step: ReminderStep | None
    next_on: date | None
    halt: Halt | None
    contest: InvoiceContest | None
    stop: InvoiceStop | None
    cost: Money | None
    refusal: str = ""


@dataclass(frozen=True)
class Group:
    """The overdue invoices of one client, and what is open of them by currency."""

    client: Organisation
    rows: list[Row]
    open: list[Money]


def overdue(person: Person, *, today: date) -> QuerySet[Invoice]:
    """What the person may see of what is overdue, client by client."""
    found = pressing.overdue(today).filter(pk__in=Invoice.objects.visible_to(person).values("pk"))
    return found.prefetch_related(*late.SEEN_WITH).order_by("organisation__name", "organisation_id", "due_on", "pk")


@at_one_moment()
def rows(invoices: Iterable[Invoice], *, today: date, refused: dict[int, str] | None = None) -> list[Row]:
    """Each of them as it stands today."""
    steps, said = pressing.steps(), refused or {}
    return [_row(invoice, steps, today, said.get(invoice.pk, "")) for invoice in invoices]


def groups(listed: Iterable[Row]) -> list[Group]:
    """The same, client by client."""
    found = []
    for _key, members in groupby(listed, key=lambda row: row.invoice.organisation_id):
        together = list(members)
        found.append(Group(together[0].invoice.organisation, together, _sums(together)))
    return found


def _row(invoice: Invoice, steps: list[ReminderStep], today: date, refusal: str) -> Row:
    halt, following = pressing.halt(invoice, today=today), pressing.next_reminder(invoice, steps)
    next_step, next_on = following or (None, None)
    return Row(
        invoice=invoice,
        days=(today - (invoice.due_on or today)).days,
        reminder=pressing.last_reminder(invoice),
        next_step=next_step,
        next_on=provider.working_days().first_from(max(next_on, today)) if next_on and halt is None else None,
        halt=halt,
        contest=pressing.open_contest(invoice),
        stop=pressing.standing_stop(invoice, today=today),
        cost=_cost(invoice, today),
        refusal=refusal,
    )


def _cost(invoice: Invoice, today: date) -> Money | None:
    try:
        return Money(late.cost(invoice, on=today, rates=late.reference_rates()).total, invoice.currency)
    except late.RateUnknown:
        return None


def _sums(listed: list[Row]) -> list[Money]:
    found: dict[str, Money] = {}
    for row in listed:
        found[row.invoice.currency] = found.get(row.invoice.currency, Money(0, row.invoice.currency)) + row.invoice.open
    return [found[currency] for currency in sorted(found)]
