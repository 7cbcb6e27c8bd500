"""The money of Acme's plans, and guarantees that were missed, for the walk through every address (see `belongings.py`)."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

from cases.models import Case
from clients.models import Agreement, AgreementPlan
from invoicing import issuing, plan_drafting, plan_fees
from invoicing.models import Compensation, CompensationState, InvoicingTerms, PlanCredit, PriceIndex
from tests.cases.opened import a_case
from tests.cast import NOON, Cast, Client
from tests.invoicing.plan_scene import a_paid_plan
from tests.invoicing.scene import invoicing_terms
from tests.journeys.belongings import Own

ACTS = {"grant": "to_grant", "decline": "to_decline", "credit": "to_credit"}


def plan_fee_pages(cast: Cast, acme: Client) -> dict[str, Own]:
    """What finance takes back and announces, and what the account manager decides."""
    things = at_each_turn(cast, acme)
    theirs, others = [acme.approver, acme.requester, cast.tessa.person], [acme.approver, acme.requester, cast.tessa.person, cast.max]
    row = {"row_id": things.row.pk}
    client, staff = {"organisation_id": acme.organisation.pk}, [cast.tessa.person, cast.max, cast.fia]
    return {
        "guarantees": Own(client, acme.requester, strangers=staff),
        "desk-client-guarantees": Own(client, cast.max, strangers=[*theirs, cast.fia]),
        "desk-plan-credit-settle": Own({"credit_id": things.to_settle.pk}, cast.fia, acts_only=True, strangers=others),
        "desk-plan-credit-keep": Own({"credit_id": things.to_keep.pk}, cast.fia, strangers=others),
        "desk-plan-announce": Own(row, cast.fia, acts_only=True, strangers=others),
        "desk-plan-money": Own(row, cast.max, strangers=theirs),
        "desk-compensation": Own({"compensation_id": things.to_grant.pk}, cast.max, strangers=theirs),
        **{
            f"desk-compensation-{name}": Own(
                {"compensation_id": getattr(things, turn).pk},
                cast.fia if name == "credit" else cast.max,
                acts_only=True,
                strangers=others if name == "credit" else theirs,
            )
            for name, turn in ACTS.items()
        },
    }


def at_each_turn(cast: Cast, client: Client) -> SimpleNamespace:
    """An indexed plan that was charged and invoiced, days of it to take back, and a missed guarantee at each turn."""
    if not InvoicingTerms.objects.exists():
        invoicing_terms()
    InvoicingTerms.objects.update(plan_ahead_days=30, plan_fees_from=date(2026, 11, 1))
    agreement = Agreement.objects.filter(organisation=client.organisation).order_by("pk").first()
    assert agreement is not None
    clause = {"index_name": f"LCI {client.organisation.pk}", "index_month": date(2025, 9, 1), "index_value": Decimal(100)}
    plan = a_paid_plan(f"paid{client.organisation.pk}", price_notice_days=10, published_at=None)
    row = AgreementPlan.objects.create(agreement=agreement, plan=plan, index_from="january", **clause)
    PriceIndex.objects.create(name=row.index_name, month=date(2026, 9, 1), value=Decimal(110))
    charges = plan_fees.charge(row, at=NOON)
    draft = plan_drafting.draft_plan_fees(charges, by=None, at=NOON)
    assert draft is not None
    issuing.issue(draft, by=cast.fia, at=NOON)
    days = {"net": Decimal(500), "proposed_at": NOON}
    first = PlanCredit.objects.create(charge=charges[0], first=date(2026, 11, 20), until=date(2026, 11, 25), **days)
    second = PlanCredit.objects.create(charge=charges[1], first=date(2026, 12, 20), until=date(2026, 12, 25), **days)
    case = a_case(client, cause=f"missed:{client.organisation.pk}")
    missed = [_missed(case, row, number) for number in range(3)]
    Compensation.objects.filter(pk=missed[2].pk).update(state=CompensationState.GRANTED, decided_at=NOON, decided_by=cast.max)
    turns = dict(zip(ACTS.values(), missed, strict=True))
    return SimpleNamespace(row=row, to_settle=first, to_keep=second, **turns)


def _missed(case: Case, row: AgreementPlan, number: int) -> Compensation:
    """A target of the case that was missed, worth a tenth of a month."""
    return Compensation.objects.create(
        case=case,
        kind="response",
        missed_at=NOON.replace(minute=number),
        month=date(2026, 11, 1),
        agreement=row.agreement,
        plan=row.plan,
        grants="fee",
        percent=10,
        net=Decimal(300),
        currency="SEK",
        proposed_at=NOON,
    )
