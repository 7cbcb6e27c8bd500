"""Plans that cost something, and a provider who charges them, for tests."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from djmoney.money import Money

from clients.models import Agreement, AgreementPlan, Plan
from invoicing import drafting, issuing, plan_fees
from invoicing.models import Invoice, InvoicingTerms
from people.models import Person
from tests.cases.opened import a_plan
from tests.cast import NOON, Client
from tests.invoicing.scene import invoicing_terms


def charging_terms(**fields: Any) -> InvoicingTerms:
    """Plans are charged 30 days ahead by the calendar, with 25 % VAT, for days from 2026 on."""
    return invoicing_terms(**({"plan_ahead_days": 30, "plan_fees_from": date(2026, 1, 1)} | fields))


def a_paid_plan(code: str = "support", *, fee: str = "3000", per: str = "month", currency: str = "SEK", **fields: Any) -> Plan:
    """A plan for 3 000 a month."""
    names = {"name_en": "Support", "name_sv": "Stöd"}
    return a_plan(code, fee=Money(Decimal(fee), currency), fee_period=per, **(names | fields))


def bound(client: Client, plan: Plan, *, starts_on: date, ends_on: date | None = None, **fields: Any) -> AgreementPlan:
    """The client's agreement, over these days, names the plan."""
    agreement = Agreement.objects.get(organisation=client.organisation)
    agreement.starts_on, agreement.ends_on = starts_on, ends_on
    agreement.save()
    return AgreementPlan.objects.create(agreement=agreement, plan=plan, **fields)


def ended(row: AgreementPlan, ends_on: date | None) -> AgreementPlan:
    """The agreement ends before this day."""
    row.agreement.ends_on = ends_on
    row.agreement.save()
    return row


def at_noon(on: date) -> datetime:
    """Noon of a day, in UTC."""
    return datetime(on.year, on.month, on.day, 12, tzinfo=UTC)


def charged(row: AgreementPlan) -> list[tuple[str, str, str]]:
    """What was charged: from, until before, and for how much."""
    rows = row.agreement.plan_charges.filter(plan=row.plan).order_by("first", "turn")
    return [(str(charge.first), str(charge.until), str(charge.net)) for charge in rows]


def a_fee_invoice(finance: Person, *, at: datetime = NOON) -> Invoice:
    """What is due is charged, drafted and issued; the only draft of it."""
    plan_fees.charge_due(at)
    [draft] = drafting.pull(at=at)
    return issuing.issue(draft, by=finance, at=at)


def days(first: date, number: int) -> list[date]:
    """So many days from the first on."""
    return [first + timedelta(days=each) for each in range(number)]
