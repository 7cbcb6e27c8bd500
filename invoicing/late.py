"""What an invoice costs late as of a day: interest, fees of reminders, compensation (rules I5, I8).

Interest runs on what was rightly demanded and not yet paid, not on what was credited, and not while the invoice is contested.
Compensation is due once a day costs; fees of reminders are then due only beyond it, as directive 2011/7/EU (art. 6) has it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from clients import provider
from core.once import once
from invoicing import interest, late_terms
from invoicing.interest import Late, RateUnknown, Span
from invoicing.models import Invoice, Payment, ReferenceRate

__all__ = ["SEEN_WITH", "Late", "RateUnknown", "beyond", "cost", "paid_up_on", "reference_rates"]

A_DAY = timedelta(days=1)
NOTHING = Decimal("0.00")
SEEN_WITH = ("reminders", "contests", "payments", "late_charges")
"""What `cost` and `beyond` look at: a list fetches them beforehand."""


def reference_rates() -> dict[date, Decimal]:
    """The reference rate in percent by the first day of each half-year."""
    return once("reference rates", lambda: {rate.starts_on: rate.percent for rate in ReferenceRate.objects.all()})


def cost(invoice: Invoice, *, on: date, rates: Mapping[date, Decimal]) -> Late:
    """What the invoice costs late through the day `on`. Raises RateUnknown where interest runs and no rate is known."""
    agreed, payments = late_terms.of(invoice), _payments(invoice)
    debt = invoice.payable - invoice.credited
    until = min(on, paid_up_on(invoice) or on)
    demanded = _without((_first(invoice), until + A_DAY), _contested(invoice, until)) if debt > 0 else []
    counted = interest.Terms(points=agreed.points)
    spans: list[Span] = []
    for first, end in demanded if agreed.interest else []:
        days = {"due_on": first - A_DAY, "until": end - A_DAY}
        found = interest.interest(debt, **days, reference_rates=rates, payments=payments, terms=counted)
        spans += [span for span in found if span.debt]
    is_late = any(sum(sum_ for day, sum_ in payments if day < first) < debt for first, _end in demanded)
    compensation = agreed.compensation if is_late else NOTHING
    fees = sum((reminder.fee for reminder in invoice.reminders.all()), NOTHING)
    return Late(spans=spans, reminders=max(fees - compensation, NOTHING), compensation=compensation)


def beyond(invoice: Invoice, so_far: Late) -> tuple[Decimal, Decimal, Decimal]:
    """Of `so_far` what no charge was made for yet: interest, fees, compensation. What was waived is not asked for again."""
    charges = list(invoice.late_charges.all())
    return (
        max(so_far.interest - sum((charge.interest for charge in charges), NOTHING), NOTHING),
        max(so_far.reminders - sum((charge.fees for charge in charges), NOTHING), NOTHING),
        max(so_far.compensation - sum((charge.compensation for charge in charges), NOTHING), NOTHING),
    )


def paid_up_on(invoice: Invoice) -> date | None:
    """The day of the payment after which nothing was open; None while something is."""
    payments = _payments(invoice)
    return max(day for day, _sum in payments) if payments and invoice.open.amount <= 0 else None


def _payments(invoice: Invoice) -> list[tuple[date, Decimal]]:
    """What was paid and stands, by day, up to what was owed."""
    rows = list(invoice.payments.all())
    undone = {row.reverses_id for row in rows if row.reverses_id}
    standing = sorted((row for row in rows if row.amount > 0 and not row.reverses_id and row.pk not in undone), key=_by_day)
    left, found = max(invoice.payable - invoice.credited, NOTHING), []
    for row in standing:
        part = min(row.amount, left)
        found.append((row.paid_on, part))
        left -= part
    return found


def _by_day(payment: Payment) -> tuple[date, int]:
    return payment.paid_on, payment.pk


def _first(invoice: Invoice) -> date:
    """The first day that can cost."""
    return (invoice.due_on or date.max - A_DAY) + A_DAY


def _contested(invoice: Invoice, until: date) -> list[tuple[date, date]]:
    """The days, half-open, on which the invoice was contested: the first one counts, the one of the answer does not."""
    zone = once("zone of the provider", lambda: provider.current().zone)
    return sorted(
        (
            contest.contested_at.astimezone(zone).date(),
            contest.closed_at.astimezone(zone).date() if contest.closed_at else until + A_DAY,
        )
        for contest in invoice.contests.all()
    )


def _without(whole: tuple[date, date], gaps: Iterable[tuple[date, date]]) -> Sequence[tuple[date, date]]:
    """The half-open span without the `gaps`, which come in order."""
    first, end = whole
    found = []
    for begins, ends in gaps:
        if begins > first:
            found.append((first, min(begins, end)))
        first = max(first, ends)
    found.append((first, end))
    return [(begins, ends) for begins, ends in found if begins < ends]
