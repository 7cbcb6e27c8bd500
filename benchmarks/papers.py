"""An invoice's PDF of one page in a batch, beside bare WeasyPrint drawing the same page (SPD10, rule I4).

What the limit leaves out is what the product is for: facts read back from the row, the invoice for machines written, judged and put
inside, PDF/A with its metadata and tags, and nothing fetched but our own files.
"""

import gc
import os
import re
import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from unittest.mock import patch

from django.conf import settings
from django.utils import timezone
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from benchmarks.clients import Work
from clients.models import Organisation, Provider, StaffDuty, StaffRole
from core import pdf_process
from credits import topups
from credits.models import CreditAccount
from invoicing import documents, drafting, issuing
from invoicing.models import Buyer, Invoice, InvoicingTerms
from people.models import Person

WARM, MANY = 50, 500
SOME = 20
SELLER = {"organisation_number": "556036-0793", "vat_number": "SE556036079301", "address": "Storgatan 1\n111 22 Stockholm"}
BUYER = {"organisation_number": "556703-7485", "vat_number": "SE556703748501", "address": "Sveavägen 2\n753 10 Uppsala", "country": "SE"}


def fill(count: int = SOME) -> list[Invoice]:
    """So many issued invoices of one page, with all that an e-invoice asks for; those that are there already come first."""
    Provider.objects.filter(pk=1).update(**SELLER)
    InvoicingTerms.objects.get_or_create(pk=1, defaults={"bankgiro": "5050-1055", "endpoint_scheme": "0007", "endpoint": "5560360793"})
    by, _ = Person.objects.get_or_create(email="finance@bench.example", defaults={"name": "Fia"})
    StaffRole.objects.get_or_create(person=by, duty=StaffDuty.FINANCE)
    account = CreditAccount.objects.order_by("pk")[0]
    Organisation.objects.filter(pk=account.organisation_id).update(**BUYER)
    account = CreditAccount.objects.select_related("organisation").get(pk=account.pk)
    fields = {"endpoint_scheme": "0007", "endpoint": "5567037485", "reference": "ref-4711"}
    Buyer.objects.get_or_create(organisation=account.organisation, defaults=fields)
    for _number in range(count - Invoice.objects.issued().count()):
        _issue(account, by)
    return list(Invoice.objects.issued().order_by("pk")[:count])


def drawn(invoices: list[Invoice]) -> Work:
    """Ours: both documents of one invoice after the other, as the job draws them."""
    for invoice in cycle(invoices):
        documents.draw(invoice)
        yield


def bare(invoices: list[Invoice]) -> Work:
    """The limit: the very page, with its style sheet and fonts at hand, given to WeasyPrint and nothing else done."""
    folder = Path(settings.STATICFILES_DIRS[0]).resolve()
    fonts = FontConfiguration()
    sheet = CSS(filename=folder / pdf_process.STYLE_SHEET, font_config=fonts)
    pages = [page_of(invoice) for invoice in invoices]
    for page in cycle(pages):
        HTML(string=page, base_url=f"{folder.as_uri()}/").write_pdf(stylesheets=[sheet], font_config=fonts)
        yield


def page_of(invoice: Invoice) -> str:
    """The page that the product gives to WeasyPrint."""
    with patch.object(pdf_process, "draw", wraps=pdf_process.draw) as drawn:
        documents.draw(invoice)
    return str(drawn.call_args.args[0].html)


def report() -> Iterator[str]:
    """Lines about the memory of the process that draws the documents of many invoices, and of the one that has them drawn."""
    invoices = fill()
    work, begun = drawn(invoices), time.perf_counter()
    few = _memory_after(work, WARM)
    many = _memory_after(work, MANY)
    took = time.perf_counter() - begun
    yield f"{WARM + MANY:9,} invoices drawn in {took:.0f} s"
    for name, before, after in zip(("drawing", "ordering"), few, many, strict=True):
        yield f"{'':9} {name}: {before / 1024:.1f} MiB at most after {WARM}, {after / 1024:.1f} MiB after all"


def _memory_after(work: Work, count: int) -> tuple[int, int]:
    """The most memory both processes ever had after so many more, in KiB (Linux)."""
    for _ in islice(work, count):
        pass
    gc.collect()
    return _most_of(pdf_process.process_id()), _most_of(os.getpid())


def _most_of(process: int) -> int:
    (most,) = re.findall(r"^VmHWM:\s*(\d+) kB$", Path(f"/proc/{process}/status").read_text(), re.MULTILINE)
    return int(most)


def _issue(account: CreditAccount, by: Person) -> None:
    now = timezone.now()
    order = topups.order(account=account, minutes=480, cause=f"paper:{account.pk}:{now.timestamp()}", by=_approver(account), at=now)
    draft = drafting.draft_top_up(order, by=None, at=now)
    if draft is not None:
        issuing.issue(draft, by=by, at=now)


def _approver(account: CreditAccount) -> Person:
    return Person.objects.filter(memberships__organisation=account.organisation).order_by("pk")[0]
