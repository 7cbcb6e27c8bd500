"""One late invoice as the desk sees it: what it costs day by day, its reminders, charges and contests (rules I5, I8)."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from djmoney.money import Money

from clients import provider
from credits.ledger import Lot
from invoicing import freezing, late, late_terms, pressing
from invoicing.interest import RateUnknown
from invoicing.models import Invoice, InvoiceContest, InvoiceStop, LateCharge, Reminder, ReminderStep
from invoicing.pressing import Halt


@dataclass(frozen=True, kw_only=True)
class Days:
    """Days that cost: from the first through the last, at one rate and one debt."""

    first: date
    last: date
    days: int
    debt: Money
    percent: Decimal
    interest: Money


@dataclass(frozen=True, kw_only=True)
class Costs:
    """What it costs late so far; `rest` is what no charge was made for."""

    days: list[Days]
    interest: Money
    fees: Money
    compensation: Money
    total: Money
    rest: Money


@dataclass(frozen=True, kw_only=True)
class Shown:
    """All of it. `costs` None: the reference rate from `rate_unknown` on is not known."""

    days_late: int
    halt: Halt | None
    stop: InvoiceStop | None
    next_step: ReminderStep | None
    next_on: date | None
    costs: Costs | None
    rate_unknown: date | None
    smallest: Decimal
    reminders: list[Reminder]
    charges: list[LateCharge]
    contests: list[InvoiceContest]
    frozen: list[Lot]

    @property
    def may_charge(self) -> bool:
        """Whether there is enough to be charged."""
        rest = self.costs.rest.amount if self.costs is not None and self.halt != Halt.CONTESTED else Decimal(0)
        return rest > 0 and rest >= self.smallest


def of(invoice: Invoice, *, today: date) -> Shown:
    """The invoice as it stands on that day."""
    halt, following = pressing.halt(invoice, today=today), pressing.next_reminder(invoice, pressing.steps())
    is_open = invoice.open.amount > 0
    next_step, next_on = following if following and is_open and halt is None else (None, None)
    costs, unknown = _costs(invoice, today)
    until = today if is_open else late.paid_up_on(invoice) or today
    return Shown(
        days_late=max((until - (invoice.due_on or until)).days, 0),
        halt=halt,
        stop=pressing.standing_stop(invoice, today=today),
        next_step=next_step,
        next_on=provider.working_days().first_from(max(next_on, today)) if next_on else None,
        costs=costs,
        rate_unknown=unknown,
        smallest=late_terms.current().smallest,
        reminders=list(invoice.reminders.select_related("sent_by", "invoice").order_by("step")),
        charges=list(invoice.late_charges.select_related("waived_by", "invoice", "invoice_line__invoice").order_by("pk")),
        contests=list(invoice.contests.select_related("contested_by", "closed_by").order_by("-pk")),
        frozen=freezing.frozen_for(invoice),
    )


def _costs(invoice: Invoice, today: date) -> tuple[Costs | None, date | None]:
    try:
        found = late.cost(invoice, on=today, rates=late.reference_rates())
    except RateUnknown as unknown:
        return None, unknown.on

    def worth(amount: Decimal) -> Money:
        return Money(amount, invoice.currency)

    days = [
        Days(
            first=span.since,
            last=span.until - timedelta(days=1),
            days=span.days,
            debt=worth(span.debt),
            percent=span.percent,
            interest=worth(span.interest),
        )
        for span in found.spans
    ]
    rest = worth(sum(late.beyond(invoice, found), Decimal(0)))
    sums = {"interest": found.interest, "fees": found.reminders, "compensation": found.compensation, "total": found.total}
    return Costs(days=days, rest=rest, **{name: worth(amount) for name, amount in sums.items()}), None
