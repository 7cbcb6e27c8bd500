"""What has happened to an invoice is told on its page (rules I1, I3)."""

import pytest
from django.urls import reverse

from invoicing import settlement
from tests.cast import NOON
from tests.invoicing.scene import an_invoice, invoicing_terms, paid

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("language", "paid_in", "taken_back"),
    [
        ("en", "Payment</strong> SEK 5,000.00", "Payment taken back</strong> SEK 5,000.00"),
        ("sv", "Betalning</strong> 5 000,00 kr", "Betalning återtagen</strong> 5 000,00 kr"),
    ],
)
def test_i3_what_was_paid_and_taken_back_stands_there_with_its_sum(cast, acme, client_of, language, paid_in, taken_back):
    invoicing_terms()
    entry = paid(an_invoice(acme, cast.fia), 5000, cast.fia)
    settlement.take_back(entry, reason="It was of Borealis", by=cast.fia, at=NOON)
    cast.fia.language = language
    cast.fia.save()

    page = client_of(cast.fia).get(reverse("desk-invoice", args=[entry.invoice.pk])).content.decode()

    history = " ".join(page.replace("\u00a0", " ").replace("\u202f", " ").partition('class="timeline"')[2].split())
    assert paid_in in history
    assert taken_back in history
