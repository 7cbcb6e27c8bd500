"""What the pages about plans and a client's support show (rules P2, P3)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from djmoney.money import Money

from cases import terms as case_terms
from clients import agreements, fees, plan_words, support_terms
from clients.models import (
    AgreedService,
    Agreement,
    AgreementPlan,
    AgreementTarget,
    AgreementTerm,
    FeePeriod,
    Organisation,
    Plan,
    SupportChannel,
)
from clients.models.overriding import label_of
from clients.support_terms import SupportTerms
from invoicing import plan_fees
from invoicing.plan_periods import fee_on
from people import languages


@dataclass(frozen=True)
class Price:
    """What a plan costs today: a fee per period, or nothing; and the next fee that is announced, with its first day.

    In an agreement: its `row` there, and what is `charged_next`, where this product charges plans (rule I7).
    """

    fee: Money
    per: str
    next: tuple[Money, date] | None
    row: AgreementPlan | None = None
    is_charged: bool = False
    charged_next: plan_fees.Next | None = None


@dataclass(frozen=True)
class Support:
    """What one client has: its agreement in force, plans with their prices, services, and what all that gives."""

    organisation: Organisation
    agreement: Agreement | None
    plans: list[tuple[Plan, Price]]
    services: list[AgreedService]
    given: dict[str, Any]


def given(terms: SupportTerms) -> dict[str, Any]:
    """What the terms give, in words, by the names that `portal/_given.html` knows."""
    lines = plan_words.target_lines(terms.targets)
    return {
        "lines": lines,
        "promises_nothing": not any(line.response or line.solution for line in lines),
        "responds": any(line.response for line in lines),
        "solves": any(line.solution for line in lines),
        "calendars": plan_words.calendars_of(lines),
        "channels": plan_words.channel_lines(terms),
        "entitlements": plan_words.entitlements(terms),
        "treatment": plan_words.treatment(terms),
        "changes": plan_words.changes_of_priority(terms, [line.priority for line in lines]),
        "not_covered": plan_words.not_covered(),
        "guide": case_terms.guide(case_terms.current()),
        "outage_phone": terms.outage_phone,
        "default": next((line.priority for line in lines if line.priority.number == terms.default_priority), None),
    }


def price_of(plan: Plan, *, on: date) -> Price:
    """What the plan costs on the provider's local date `on`."""
    fee, per = fees.fee_on(plan, on=on)
    later = fees.announced_after(plan, on=on)
    return Price(fee, str(FeePeriod(per).label) if per else "", (later.fee, later.starts_on) if later else None)


def price_in(row: AgreementPlan, *, on: date) -> Price:
    """What the plan costs in the agreement on the provider's local date `on`: by its index clause, where it has one (rule I7)."""
    known, charging = plan_fees.fees_of(row), plan_fees.charging()
    fee, later = fee_on(known, on), next((fee for fee in known if fee.starts_on > on), None)
    per = next((per for per, every in plan_fees.EVERY.items() if fee and fee.every == every), None)
    return Price(
        fee=Money(fee.amount, fee.currency) if fee else row.plan.fee,
        per=str(per.label) if per else "",
        next=(Money(later.amount, later.currency), later.starts_on) if later else None,
        row=row,
        is_charged=charging is not None,
        charged_next=plan_fees.next_of(row, charging, on=on) if charging else None,
    )


def support_of(organisation: Organisation) -> Support:
    """What the client has today."""
    now = timezone.now()
    on = agreements.local_date(now)
    agreement = agreements.in_force(organisation, on=on)
    bound = [] if agreement is None else agreement.plans.select_related("agreement", "plan").order_by("-plan__rank", "plan__code")
    return Support(
        organisation=organisation,
        agreement=agreement,
        plans=[(row.plan, price_in(row, on=on)) for row in bound],
        services=[] if agreement is None else list(agreement.services.order_by("name")),
        given=given(support_terms.in_force(organisation, on=on, at=now)),
    )


def own_targets(agreement: Agreement) -> list[tuple[AgreementTarget, plan_words.TargetLine]]:
    """The agreement's own targets, each with its line in words."""
    rows = list(agreement.targets.select_related("priority").order_by("priority__number"))
    lines = {line.priority.pk: line for line in plan_words.target_lines(support_terms.targets_of(rows))}
    return [(row, lines[row.priority_id]) for row in rows]


def own_terms(agreement: Agreement) -> list[tuple[AgreementTerm, str, str]]:
    """The agreement's own terms, each with its name and its value in words."""
    return [(term, label_of(term.name), _said(_named(term))) for term in agreement.terms.order_by("name")]


def _named(term: AgreementTerm) -> object:
    """The value of a term, with languages and channels by their names."""
    if term.name == "languages" and isinstance(term.value, dict):
        return {str(SupportChannel(channel).label): [languages.name_of(code) for code in codes] for channel, codes in term.value.items()}
    return languages.name_of(str(term.value)) if term.name == "fallback_language" else term.value


def _said(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: _("nothing"), True: _("yes"), False: _("no")}[value]
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_said(each)}" for key, each in sorted(value.items()))
    return ", ".join(str(each) for each in value) if isinstance(value, list) else str(value)
