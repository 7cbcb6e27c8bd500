"""The estimate on paper: what it says, in both languages, the same bytes each time, kept once (rules D1, D3, D6, P4)."""

from decimal import Decimal
from hashlib import sha256

import pytest
from django.db import IntegrityError, transaction

from delivery import documents, estimates, life, review
from delivery.models import Basis, EstimateDocument
from tests.cast import NOON
from tests.core.papers import pages_of
from tests.delivery.reviewing import ALL_KINDS, TWO_STEPS, handed_in
from tests.delivery.scene import A_DAY, TWENTY_HOURS, a_draft, a_task, a_working, delivery_terms

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def terms(cast):
    return delivery_terms()


def paper(estimate, language="en"):
    """All its pages as one text."""
    return " ".join(pages_of(documents.draw(estimate).pdfs[language]))


def test_d1_the_paper_says_who_to_whom_what_for_how_much_and_until_when(cast, acme):
    acme.organisation.address = "Kungsgatan 4"
    acme.organisation.save()
    estimate = handed_in(cast, acme, *ALL_KINDS, milestones=TWO_STEPS, intro="Your people sign in with one account.")

    said = paper(estimate)

    for words in (
        "Example Support AB Storgatan 1 111 22 Stockholm Organisation number 556677-8899",
        "Acme Kungsgatan 4 Organisation number 556000-0000 Attention: Rolf Testsson",
        f"Number and version D{estimate.task_id}:1 Date 18 Nov 2026 Valid until and including 18 Dec 2026",
        "Your account manager Max Testsson",
        "Without VAT SEK 35,729.00 With VAT SEK 44,589.24",
        "never more than this sum",
        "Your people sign in with one account.",
        "20.5 h SEK 1,200.00 25% SEK 24,600.00",
        "3 h SEK 800.00 25% SEK 2,400.00",
        "142 km SEK 25.00 25% SEK 3,550.00",
        "2 SEK 189.50 6% SEK 379.00",
        "VAT 6% of SEK 379.00 SEK 22.74",
        "VAT 25% of SEK 35,350.00 SEK 8,837.50",
        "Total SEK 44,589.24",
        "Works in the test environment 15 Dec 2026 SEK 20,000.00",
        "An approver of Acme accepts or declines it on its page, until and including 18 Dec 2026.",
        f"/delivery/{estimate.task_id}/",
        "max@provider.example",
        "Our terms.",
    ):
        assert words in said
    assert "prepaid credit" not in said
    assert "Draft" not in said


def test_p4_a_swedish_reader_gets_a_swedish_paper_with_its_own_numbers(cast, acme):
    said = paper(handed_in(cast, acme, *ALL_KINDS), "sv")

    for words in ("1 200,00 kr 25 % 24 600,00 kr", "44 589,24 kr", "18 dec 2026"):
        assert words in said.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("basis", "meaning"),
    [
        (Basis.FIXED, "Fixed price: this is what you pay, whatever time it takes."),
        (Basis.CEILING, "Ceiling: you pay for the hours and expenses that are used, and never more than this sum."),
        (Basis.RUNNING, "Running account: you pay for hours and expenses as they are used, within this sum."),
    ],
)
def test_d1_the_paper_says_what_the_price_means(cast, acme, basis, meaning):
    assert meaning in paper(handed_in(cast, acme, basis=basis))


def test_d6_the_rate_of_credit_stands_on_the_paper_where_it_is_offered(cast, acme):
    assert "an hour of credit pays SEK 1,100.00 without VAT" in paper(handed_in(cast, acme, credit_price_per_hour=Decimal(1100)))


def test_i2_reverse_charge_stands_in_words_with_the_buyers_number(cast, acme):
    acme.organisation.country, acme.organisation.vat_number = "DE", "DE136695976"
    acme.organisation.save()

    said = paper(handed_in(cast, acme))

    for words in ("VAT number DE136695976", "Reverse charge: the buyer accounts for the VAT", "To pay SEK 24,000.00"):
        assert words in said
    assert "25%" not in said


def test_d3_a_change_says_on_top_of_what_it_comes(cast, acme):
    task = a_working(cast, acme)
    change = estimates.submit(a_draft(task, cast.tessa.person), by=cast.tessa.person, at=NOON)

    said = paper(change)

    assert "Change estimate Single sign-on" in said
    assert "This comes on top of SEK 24,000.00 that you have accepted for this task; together SEK 48,000.00" in said


def test_p4_the_same_rows_give_the_same_bytes_in_two_languages(cast, acme):
    estimate = handed_in(cast, acme)

    first, second = documents.draw(estimate), documents.draw(estimate)

    assert first == second
    assert first.pdfs["en"] != first.pdfs["sv"]
    assert all(pdf.startswith(b"%PDF") for pdf in first.pdfs.values())


def test_d1_what_is_kept_is_what_was_approved_with_its_digest_once(cast, acme):
    estimate = review.approve(handed_in(cast, acme), by=cast.max, at=NOON)
    drawn = documents.draw(estimate)

    kept = documents.keep(estimate)

    assert {language: bytes(document.pdf) for language, document in kept.items()} == drawn.pdfs
    assert all(document.digest == sha256(document.pdf).hexdigest() for document in kept.values())
    assert documents.keep(estimate) == kept
    assert EstimateDocument.objects.count() == 2


def test_d1_a_document_never_changes(cast, acme):
    review.approve(handed_in(cast, acme), by=cast.max, at=NOON)

    for change in (lambda: EstimateDocument.objects.update(digest="x"), lambda: EstimateDocument.objects.all().delete()):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_d1_nothing_is_kept_of_a_draft_or_of_what_was_handed_in_before(cast, acme):
    draft = a_draft(a_task(acme, cast.tessa.person), cast.tessa.person)
    estimate = handed_in(cast, acme)
    drawn = documents.draw(estimate)
    review.give_back(estimate, reason="More", by=cast.max, at=NOON)
    estimates.write(estimate, estimates.Content([TWENTY_HOURS] * 2), by=cast.tessa.person, at=NOON)
    again = estimates.submit(estimate, by=cast.tessa.person, at=NOON + A_DAY)

    with pytest.raises(life.EstimateMovedOn):
        documents.keep(draft)
    with pytest.raises(life.EstimateMovedOn):
        documents.keep(again, drawn=drawn)

    assert not EstimateDocument.objects.exists()


def test_p4_what_somebody_typed_stays_text(cast, acme):
    estimate = handed_in(cast, acme, intro='<img src="http://127.0.0.1/x"> & <b>bold</b>')

    assert '<img src="http://127.0.0.1/x"> & <b>bold</b>' in paper(estimate)


def test_d1_a_preview_is_marked_as_a_draft(cast, acme):
    draft = a_draft(a_task(acme, cast.tessa.person), cast.tessa.person)

    said = " ".join(pages_of(documents.preview(draft, "en")))

    assert "Draft. Not approved, and not sent to the client." in said
    assert "until and including 18 Dec 2026" in said
