"""The proof that invoices hold, over the whole database, in bounded memory (rules I1 to I4, C4, C13).

Numbers run without gaps, sums are what the lines say, what was paid and credited is what payments and credit notes say, every
line has one source and every source one line, paid credit is there, documents are as they were made, clients' money is there.
It is computed anew, without the verbs, so that it shares none of their mistakes: set-based SQL that SQLite and PostgreSQL both
read (`checks_in_sql`), and one pass over the papers (`checks_of_papers`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from invoicing import checks_in_sql, checks_of_papers
from invoicing.books import ties
from invoicing.faults import Fault
from invoicing.models import Invoice, InvoiceDocument, InvoiceKind, InvoiceLine, Payment, Payout

MOST_NAMED = 20


@dataclass(frozen=True)
class Report:
    """What was looked at, how many sentences were tried, and the first faults."""

    figures: dict[str, int]
    checks: int
    faults: Sequence[Fault]


def check(*, at: datetime) -> Report:
    """Everything, as it is in this transaction; the first faults only. Changes nothing."""
    faults = [*_most(checks_in_sql.faults()), *_most(checks_of_papers.faults()), *_most(_ties(at))]
    checks = len(checks_in_sql.checks()) + len(checks_of_papers.SENTENCES) + ties.count()
    return Report(_figures(), checks, faults[:MOST_NAMED])


def _most(found: Iterable[Fault]) -> list[Fault]:
    return list(islice(found, MOST_NAMED))


def _figures() -> dict[str, int]:
    issued = Invoice.objects.issued()
    return {
        "invoices": issued.filter(kind=InvoiceKind.INVOICE).count(),
        "credit notes": issued.filter(kind=InvoiceKind.CREDIT_NOTE).count(),
        "lines": InvoiceLine.objects.count(),
        "payments": Payment.objects.count(),
        "documents": InvoiceDocument.objects.count(),
        "payouts": Payout.objects.count(),
    }


def _ties(at: datetime) -> Iterable[Fault]:
    """What the books do not agree with, where there are books (rule I6)."""
    for finding in ties.check(at):
        yield Fault("the books agree with what clients have left", str(finding), "", "")
