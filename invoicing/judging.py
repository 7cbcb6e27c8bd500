"""Stored e-invoices, judged anew: by our own checks, the official schemas and rules, and further ones of the operator's (rule I4)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from invoicing.einvoice import checks, official
from invoicing.einvoice.findings import Finding
from invoicing.models import DocumentKind, Invoice, InvoiceDocument

CHUNK = 50


class NumbersUnknown(Exception):
    """No e-invoice is stored under these numbers: no such invoice was issued, or none was made of it."""

    def __init__(self, unknown: Sequence[str], without: Sequence[str]) -> None:
        super().__init__(unknown, without)
        self.unknown, self.without = tuple(unknown), tuple(without)


@dataclass(frozen=True)
class Judgement:
    """Of one e-invoice: what was found, how often rules fired, by their set; `why_not` where they did not run, which is no verdict."""

    number: str
    findings: tuple[Finding, ...] = ()
    fired: dict[str, int] = field(default_factory=dict)
    is_broken: bool = True
    why_not: str = ""


def judge(numbers: Sequence[str], *, further: Path | None) -> Iterator[Judgement]:
    """Each stored e-invoice, or those with these numbers, the oldest first; a few at a time are in memory. Raises NumbersUnknown."""
    documents = InvoiceDocument.objects.filter(kind=DocumentKind.XML)
    if numbers:
        _require_stored(set(numbers))
        documents = documents.filter(invoice__number__in=set(numbers))
    for document in documents.select_related("invoice").order_by("invoice_id").iterator(chunk_size=CHUNK):
        yield _judged(document.invoice.number or "", bytes(document.content), further)


def _require_stored(wanted: set[str]) -> None:
    issued = set(Invoice.objects.issued().filter(number__in=wanted).values_list("number", flat=True))
    stored = InvoiceDocument.objects.filter(kind=DocumentKind.XML, invoice__number__in=wanted)
    without = issued - set(stored.values_list("invoice__number", flat=True))
    if wanted != issued - without:
        raise NumbersUnknown(sorted(wanted - issued), sorted(str(number) for number in without))


def _judged(number: str, document: bytes, further: Path | None) -> Judgement:
    try:
        verdict = official.judged(document, further=further)
    except official.RulesDidNotRun as fault:
        return Judgement(number, why_not=str(fault))
    ours = checks.findings_of(document)
    fired = {path.name: count for path, count in verdict.applied.items()}
    return Judgement(number, (*ours, *verdict.findings), fired, is_broken=bool(ours) or not verdict.is_valid)
