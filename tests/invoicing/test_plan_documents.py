"""An invoice of plan fees says which days it is for, on paper and for machines (rules I4, I7)."""

from datetime import date
from decimal import Decimal

import pytest

from clients.models import Provider
from invoicing import crediting
from invoicing.einvoice.agreement import NotInAgreement, require_agreement
from invoicing.said import facts_of
from tests.cast import NOON
from tests.invoicing.plan_scene import a_fee_invoice, a_paid_plan, bound, charging_terms
from tests.invoicing.test_invoice_documents import complete, judge_all, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def invoice(cast, acme):
    """The fees of half of November and of December."""
    Provider.objects.filter(pk=1).update(organisation_number="556036-0793", vat_number="SE556036079301")
    charging_terms(endpoint="5560360793")
    bound(complete(acme), a_paid_plan(), starts_on=date(2026, 11, 16))
    return a_fee_invoice(cast.fia)


def test_i7_the_periods_are_told_and_the_official_rules_agree(invoice):
    xml, paper = judge_all(invoice)

    facts = facts_of(invoice)
    assert facts.period == (date(2026, 11, 16), date(2026, 12, 31))
    assert [line.period for line in facts.lines] == [(date(2026, 11, 16), date(2026, 11, 30)), (date(2026, 12, 1), date(2026, 12, 31))]
    assert xml.count(b"<cac:InvoicePeriod>") == 3
    assert "Support (support), 16 Nov 2026 – 30 Nov 2026" in text_of(paper)


def test_i1_a_credit_note_of_a_part_is_right_by_the_official_rules(cast, invoice):
    line = invoice.lines.get(plan_charge__first=date(2026, 12, 1))

    note = crediting.credit(invoice, {line.pk: Decimal("2032.26")}, reason="The agreement ended", by=cast.fia, at=NOON, cause="x")

    judge_all(note)
    assert facts_of(note).period is None


def test_i7_a_line_outside_of_the_invoices_period_is_refused(invoice):
    facts = facts_of(invoice)

    with pytest.raises(NotInAgreement, match="outside of the invoice"):
        require_agreement(type(facts)(**{**vars(facts), "period": (date(2026, 12, 1), date(2026, 12, 31))}))
