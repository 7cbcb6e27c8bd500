"""SPD10.

The documents of many invoices in one process: each is made once, the style sheet and the fonts are unpacked once for all of them,
and memory stays where it was (rule I4).
"""

import gc
import os
from itertools import islice
from pathlib import Path

import pytest

from benchmarks import papers
from core import pdf
from invoicing import documents
from invoicing.models import InvoiceDocument
from tests.cast import NOON, a_client, a_provider
from tests.invoicing.access_points import a_buyer, a_seller
from tests.invoicing.scene import an_invoice
from tests.proofs.sizes import SIZE, say

pytestmark = pytest.mark.django_db
WARM = 5
MOST_GROWN = 32 * 1024 * 1024
"""Bytes that the process may grow by over all of them: far less than a drawn page each would come to."""


def test_i4_the_documents_of_many_are_made_once_each_and_memory_stays_flat():
    cast = a_provider()
    a_seller()
    client = a_buyer(a_client(cast), sent_by="portal")
    invoices = [an_invoice(client, cast.fia) for _ in range(SIZE.papers)]

    documents.make_due(NOON, most=WARM)
    few = _standing()
    unpacked = pdf._style.cache_info().misses
    while documents.make_due(NOON):
        pass
    grown = _standing() - few

    say("SPD10", invoices=len(invoices), grown_kib=grown // 1024)
    assert InvoiceDocument.objects.filter(kind="pdf").count() == InvoiceDocument.objects.filter(kind="xml").count() == len(invoices)
    assert pdf._style.cache_info().misses == unpacked
    assert grown < MOST_GROWN


def test_i4_the_limit_that_it_is_measured_by_draws_the_same_page():
    cast = a_provider()
    a_seller()
    invoice = an_invoice(a_buyer(a_client(cast), sent_by="portal"), cast.fia)

    page = papers.page_of(invoice)

    assert str(invoice.number) in page
    assert len(list(islice(papers.bare([invoice]), 1))) == len(list(islice(papers.drawn([invoice]), 1))) == 1


def _standing() -> int:
    """Bytes of memory that the process has now (Linux)."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
