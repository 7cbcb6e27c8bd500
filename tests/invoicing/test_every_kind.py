"""Each kind of invoice and credit note that the product makes, as it stands in the database, is right by the official rules (rule I4).

Top-ups of every treatment stand in `test_invoice_documents`, plan fees in `test_plan_documents`, late charges in `test_charging`.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from clients.models import Provider
from delivery.models import Billable, BillableKind
from invoicing import automatic, compensation, crediting, drafting, issuing, refunding
from invoicing.models import Compensation, Invoice
from invoicing.said import facts_of
from tests.cast import NOON, Cast, Client
from tests.delivery.scene import a_working, delivery_terms
from tests.invoicing import owing
from tests.invoicing.going_back import a_paid_invoice, a_refund, lot_of
from tests.invoicing.plan_scene import a_fee_invoice, a_paid_plan, bound, charging_terms
from tests.invoicing.scene import an_invoice, invoicing_terms
from tests.invoicing.test_automatic import LATER as AFTER_A_TICK
from tests.invoicing.test_automatic import ordered
from tests.invoicing.test_compensation import LATER, TENTH, missed
from tests.invoicing.test_invoice_documents import complete, judge_all

pytestmark = pytest.mark.django_db
Scene = Callable[[Cast, Client], Invoice]


def a_delivery(cast: Cast, client: Client) -> Invoice:
    """With the day of supply."""
    delivery_terms()
    sums = {"net": Decimal(24_000), "currency": "SEK", "vat_percent": Decimal(25)}
    task = a_working(cast, client)
    done = Billable.objects.create(task=task, kind=BillableKind.COMPLETION, cause="bill:1", text="Single sign-on", arose_at=NOON, **sums)
    draft = drafting.draft_delivery([done], by=None, at=NOON)
    assert draft is not None
    invoice = issuing.issue(draft, by=cast.fia, at=NOON)
    assert facts_of(invoice).supplied_on is not None
    return invoice


def what_was_owed(cast: Cast, client: Client) -> Invoice:
    """Hours that no credit covered, at the month's end."""
    owing.owes(client, 65, text="Disk is full")
    owing.owes(client, 50)
    return owing.invoiced(client, cast.fia)


def a_refund_of_unused_credit(cast: Cast, client: Client) -> Invoice:
    """Some minutes, at the price of their own lot."""
    return refunding.credit(a_refund(cast, lot_of(a_paid_invoice(client, cast.fia)), 110), by=cast.fia, at=NOON)


def a_rebate(cast: Cast, client: Client) -> Invoice:
    """A part of a line as one sum."""
    invoice = an_invoice(client, cast.fia)
    return crediting.credit(invoice, {invoice.lines.get().pk: Decimal("600.02")}, reason="A rebate.", by=cast.fia, at=NOON, cause="c")


def what_a_missed_guarantee_grants(cast: Cast, client: Client) -> Invoice:
    """A share of the plan's fee."""
    charging_terms(endpoint="5560360793")
    bound(client, a_paid_plan(**TENTH), starts_on=date(2026, 11, 1))
    missed(client)
    compensation.propose_due(LATER)
    granted = compensation.grant(Compensation.objects.get(), by=cast.max, at=LATER)
    a_fee_invoice(cast.fia)
    return compensation.credit(granted, by=cast.fia, at=LATER)


def an_automatic_top_up(cast: Cast, client: Client) -> Invoice:
    """Ordered and issued by nobody."""
    ordered(client, cast.fia)
    assert automatic.issue_due(at=AFTER_A_TICK) == 1
    return Invoice.objects.issued().get()


SCENES: list[Scene] = [a_delivery, what_was_owed, a_refund_of_unused_credit, a_rebate, an_automatic_top_up, what_a_missed_guarantee_grants]


@pytest.mark.parametrize("scene", SCENES)
def test_i4_every_kind_is_right_by_the_official_rules(cast, acme, scene):
    Provider.objects.filter(pk=1).update(organisation_number="556036-0793", vat_number="SE556036079301")
    if scene is not what_a_missed_guarantee_grants:
        invoicing_terms(endpoint="5560360793")

    judge_all(scene(cast, complete(acme)))
