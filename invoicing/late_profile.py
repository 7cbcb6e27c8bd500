"""`[[invoicing.reminders]]` and `[invoicing.late]` of the provider profile: steps, interest, compensation, rates (rules P1, I5).

All of it may be left out: then nobody is reminded, and nothing is charged. Reference rates that the file does not name stay.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clients.models import Provider
from clients.profile import write_row
from clients.profile_table import Table
from invoicing.models import LateTerms, ReferenceRate, ReminderStep

LATE = {
    "charges_interest": "interest",
    "points": "points",
    "compensation": "compensation",
    "smallest": "smallest_invoice",
    "contest_days": "reminders_after_contest",
}
STEP = {"days": "after", "fee": "fee"}
MOST_STEPS = 9


@dataclass(frozen=True)
class Overdue:
    """What was read. `terms` None: the file says nothing of late payment."""

    steps: Sequence[ReminderStep]
    terms: LateTerms | None
    rates: Sequence[ReferenceRate]


def validate(table: Table) -> Overdue:
    """What these tables say; faults go to the table."""
    steps = [_step(number, item, table) for number, item in enumerate(table.tables("reminders", required=False), start=1)]
    days = [step.days for step in steps]
    if days != sorted(set(days)) or len(days) > MOST_STEPS:
        table.fault("reminders", _("must come in order, each later than the one before, nine at most"))
    if "late" not in table.values:
        table.table("late", required=False)
        return Overdue(steps, None, [])
    late = table.table("late")
    terms, rates = _terms(late, table), [_rate(item) for item in late.tables("reference_rates", required=False)]
    if len({(rate.year, rate.half) for rate in rates}) < len(rates):
        late.fault("reference_rates", _("names something twice"))
    late.close()
    return Overdue(steps, terms, rates)


def apply(read: Overdue, source: str) -> list[str]:
    """Write the steps, which are then all there are, the terms of late payment, and the rates."""
    changes: list[str] = []
    standing = {step.number: step for step in ReminderStep.objects.all()}
    for step in read.steps:
        changes += write_row(standing.pop(step.number, None), step, source=source)
    for gone in standing.values():
        gone._change_reason = source  # type: ignore[attr-defined]  # how django-simple-history takes it
        gone.delete()
        changes.append(_("%(row)s: removed") % {"row": f"{ReminderStep._meta.verbose_name} ({gone})"})
    found = LateTerms.objects.filter(pk=1).first()
    if read.terms is not None or found is not None:
        changes += write_row(found, read.terms or LateTerms(pk=1), source=source)
    for rate in read.rates:
        changes += write_row(ReferenceRate.objects.filter(year=rate.year, half=rate.half).first(), rate, source=source)
    return changes


def _step(number: int, item: Table, section: Table) -> ReminderStep:
    step = ReminderStep(number=number, days=item.count("after", "day", least=1), fee=_sum(item, "fee", section, Decimal(0)))
    item.close()
    item.fits(step, STEP)
    return step


def _terms(late: Table, section: Table) -> LateTerms:
    terms = LateTerms(
        pk=1,
        charges_interest=late.flag("interest"),
        points=late.percent("points") if "points" in late.values else Decimal(8),
        compensation=_sum(late, "compensation", section, Decimal(0)),
        smallest=_sum(late, "smallest_invoice", section, Decimal(50)),
        contest_days=late.count("reminders_after_contest", "day") if "reminders_after_contest" in late.values else 10,
    )
    late.known += [key for key in LATE.values() if key not in late.known]
    late.fits(terms, LATE)
    return terms


def _sum(table: Table, key: str, section: Table, left_out: Decimal) -> Decimal:
    """A sum in the currency of the books; what is meant where it is left out."""
    if key not in table.values:
        table.known.append(key)
        return left_out
    ours = section.sections.get("provider")
    return Decimal(table.money(key, ours.currency if isinstance(ours, Provider) else "").amount)


def _rate(item: Table) -> ReferenceRate:
    first = date.fromisoformat(item.checked("from", _half_year) or "2000-01-01")
    rate = ReferenceRate(year=first.year, half=1 if first.month == 1 else 2, percent=Decimal(item.checked("percent", _percent) or 0))
    item.close()
    item.fits(rate, {"year": "from", "half": "from"})
    return rate


def _half_year(text: str) -> str:
    """The first day of a half-year."""
    if not re.fullmatch(r"20\d\d-0[17]-01", text):
        raise ValidationError(_("must be the first day of a half-year, like 2027-01-01 or 2027-07-01"))
    return text


def _percent(text: str) -> str:
    """A rate, which may be less than nothing; its number alone."""
    found = re.fullmatch(r"(-?\d{1,2}(?:\.\d{1,2})?) ?%", text)
    if found is None:
        raise ValidationError(_("must be a rate like “1.75 %” or “-0.5 %”"))
    return str(Decimal(found[1]).quantize(Decimal("0.01")))
