"""REL16.

Many issue invoices at once, and one in ten is rolled back: the numbers have no gap and no double, and the sums are those of the
lines; each payment reference is valid, and holds its invoice's number (rules I1, I3).
"""

from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import Sum

from clients.models import StaffDuty
from invoicing import issuing, ocr
from invoicing.models import Invoice, InvoiceEvent, InvoiceEventKind, InvoiceLine, NumberSeries
from people.models import Person
from tests.cast import NOON, a_client, a_colleague, a_provider
from tests.invoicing.scene import a_draft, invoicing_terms
from tests.proofs.crowd import Crowd
from tests.proofs.sizes import SIZE, chance, say

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def test_i1_many_issue_at_once_and_some_roll_back_and_the_numbers_have_no_gap():
    cast, crowd = a_provider(), Crowd()
    invoicing_terms()
    clients = [a_client(cast, f"Client{number}") for number in range(SIZE.issuers)]
    drafts = [a_draft(clients[number % SIZE.issuers], 480 + 10 * (number % 7)) for number in range(SIZE.issuers * SIZE.issued_each)]
    finance = [a_colleague(f"Finance{number}", StaffDuty.FINANCE) for number in range(SIZE.issuers)]

    def serve(number: int) -> int:
        mine = drafts[number * SIZE.issued_each : (number + 1) * SIZE.issued_each]
        dice = chance("REL16", number)
        with crowd.seat():
            return sum(_issue(draft, finance[number], fails=dice.random() < 0.1) for draft in mine)

    crowd.run(SIZE.issuers, serve)

    issued = Invoice.objects.issued().order_by("sequence")
    sequences = list(issued.values_list("sequence", flat=True))
    say("REL16", issued=len(sequences), rolled_back=sum(crowd.answers.values()), most_inside=crowd.most_inside)
    assert crowd.errors == []
    assert sequences == list(range(1, len(drafts) + 1))
    assert NumberSeries.objects.get().last == len(drafts)
    assert len({invoice.ocr for invoice in issued}) == len(drafts)
    assert [invoice.number for invoice in issued if not _names(invoice)] == []
    assert InvoiceEvent.objects.filter(kind=InvoiceEventKind.ISSUED).count() == len(drafts)
    assert sum(crowd.answers.values()) > 0
    assert crowd.most_inside >= 2
    assert _net_of_lines() == issued.aggregate(net=Sum("net"))["net"]
    assert all(invoice.total == invoice.net + invoice.vat for invoice in issued)


def _issue(draft: Invoice, by: Person, *, fails: bool) -> int:
    """Issue it; where something fails afterwards it is rolled back, and issued once more. How many times it failed."""
    with transaction.atomic():
        issuing.issue(draft, by=by, at=NOON)
        transaction.set_rollback(fails)
    return 1 + _issue(draft, by, fails=False) if fails else 0


def _names(invoice: Invoice) -> bool:
    """Whether its reference is one that a bank takes, and holds its number before the two control digits."""
    return ocr.is_valid(invoice.ocr) and invoice.ocr[:-2] == invoice.number


def _net_of_lines() -> Decimal:
    return InvoiceLine.objects.filter(invoice__state="issued").aggregate(net=Sum("net"))["net"] or Decimal(0)
