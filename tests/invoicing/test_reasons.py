"""Why no VAT is charged is frozen in the invoice's language, and shown as it was frozen (rules I1, I2)."""

import pytest
from django.utils import translation

from clients.vat import Treatment
from invoicing import issuing, paper
from invoicing.said import facts_of
from tests.cast import NOON
from tests.invoicing.abroad import GERMAN, drafted, moved_to
from tests.invoicing.scene import invoicing_terms

pytestmark = pytest.mark.django_db
REASON = "Reverse charge: the buyer accounts for the VAT"


@pytest.fixture
def german(acme):
    invoicing_terms()
    moved_to(acme, "DE", GERMAN)
    return acme


@pytest.mark.parametrize("active", ["en", "sv"])
@pytest.mark.parametrize("language", ["en", "sv"])
def test_i2_the_reason_is_in_the_language_of_the_invoice_whoever_issues_it(cast, german, active, language):
    moved_to(german, "DE", GERMAN, language=language)
    with translation.override(language):
        wanted = str(Treatment.REVERSE_CHARGE.label)

    with translation.override(active):
        invoice = issuing.issue(drafted(german, (1000, 0)), by=cast.fia, at=NOON)
    invoice.refresh_from_db()

    assert [row["reason"] for row in invoice.vat_rows] == [wanted]
    assert facts_of(invoice).vat_rows[0].reason == wanted
    with translation.override("sv" if language == "en" else "en"):
        assert [rate.reason for rate in paper.of(invoice).rates] == [wanted]


def test_i2_a_draft_says_it_in_the_words_of_its_reader(german):
    draft = drafted(german, (1000, 0))

    with translation.override("sv"):
        in_swedish = [rate.reason for rate in paper.of(draft).rates]
    with translation.override("en"):
        in_english = [rate.reason for rate in paper.of(draft).rates]

    assert in_english == [REASON]
    assert in_swedish != in_english
