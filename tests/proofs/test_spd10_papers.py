"""SPD10.

The documents of many invoices: each is made once, one process draws them all, which unpacks the style sheet and the fonts once, and
neither its memory grows nor that of the process that orders them (rule I4).
"""

import gc
import os
from itertools import islice
from pathlib import Path

import pytest

from benchmarks import papers
from core import pdf_process
from invoicing import documents
from invoicing.models import InvoiceDocument
from tests.cast import NOON, a_client, a_provider
from tests.invoicing.access_points import a_buyer, a_seller
from tests.invoicing.scene import an_invoice
from tests.proofs.sizes import SIZE, say

pytestmark = pytest.mark.django_db
WARM = 5
MOST_GROWN = 32 * 1024 * 1024
"""Bytes that each process may grow by over all of them: far less than a drawn page each would come to."""


def test_i4_the_documents_of_many_are_made_once_each_and_memory_stays_flat():
    cast = a_provider()
    a_seller()
    client = a_buyer(a_client(cast), sent_by="portal")
    invoices = [an_invoice(client, cast.fia) for _ in range(SIZE.papers)]

    documents.make_due(NOON, most=WARM)
    few = _standing()
    drawing = pdf_process.process_id()
    while documents.make_due(NOON):
        pass
    grown = {name: now - few[name] for name, now in _standing().items()}

    say("SPD10", invoices=len(invoices), **{f"{name}_grown_kib": more // 1024 for name, more in grown.items()})
    assert InvoiceDocument.objects.filter(kind="pdf").count() == InvoiceDocument.objects.filter(kind="xml").count() == len(invoices)
    assert pdf_process.process_id() == drawing
    assert all(more < MOST_GROWN for more in grown.values())


def test_i4_the_limit_that_it_is_measured_by_draws_the_same_page():
    cast = a_provider()
    a_seller()
    invoice = an_invoice(a_buyer(a_client(cast), sent_by="portal"), cast.fia)

    page = papers.page_of(invoice)

    assert str(invoice.number) in page
    assert len(list(islice(papers.bare([invoice]), 1))) == len(list(islice(papers.drawn([invoice]), 1))) == 1


def _standing() -> dict[str, int]:
    """Bytes of memory that both processes have now (Linux)."""
    gc.collect()
    processes = {"drawing": pdf_process.process_id(), "ordering": os.getpid()}
    return {name: int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") for name, pid in processes.items()}
