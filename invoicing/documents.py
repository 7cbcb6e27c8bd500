"""An invoice as files: a PDF for people, with the machine-readable invoice inside, and the e-invoice of Peppol (rule I4).

Both are made of what was frozen on the row, its look too, and dated when it was issued, so that the same invoice gives the same
bytes whatever the provider's profile says by then (`invoicing.look`).
Drawing takes a second: it is done before anything is locked. What an e-invoice lacks it lacks for ever, since an issued
invoice never changes; and where it would break a rule there is none. The reason stands among the invoice's events, and the
invoice goes by PDF. Kept, the documents are on their way to the buyer in the same transaction (`invoicing.transmission`).

The invoice inside the PDF is of another form, that no rule of the network is about: it is there wherever the law's own demands are met.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from hashlib import sha256
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.template.loader import render_to_string
from django.utils import translation

from core import pdf
from core.batches import each
from core.errors import DomainError
from core.sentences import Sentence, sentence
from invoicing import life, look, sheets
from invoicing.einvoice import cii, vetting
from invoicing.facts import InvoiceFacts
from invoicing.models import DocumentKind, Invoice, InvoiceDocument, InvoiceEventKind
from invoicing.said import facts_of
from invoicing.transmission import queueing

INSIDE = "factur-x.xml"
"""The name by which programs find the invoice inside the PDF (Factur-X 1.0)."""
MOST_AT_ONCE = 50


@dataclass(frozen=True)
class Drawn:
    """The bytes by kind, and why there is no e-invoice, where there is none."""

    files: dict[DocumentKind, bytes]
    why_not: Sentence | None = None


@dataclass(frozen=True)
class Making:
    """How far the documents are of what was issued since the oldest invoice that has none."""

    made: int
    all: int


def draw(invoice: Invoice) -> Drawn:
    """The documents of an issued invoice. Locks nothing, keeps nothing. Raises NotIssued, RulesNotAsked: to be tried again."""
    invoice = Invoice.objects.select_related("preceding").get(pk=invoice.pk)
    facts = facts_of(invoice)
    files, why_not = {DocumentKind.PDF: _pdf(invoice, facts)}, None
    try:
        files[DocumentKind.XML] = vetting.made(facts)
    except DomainError:
        why_not = sentence(partial(_refusal_of, facts))
    return Drawn(files, why_not)


def keep(invoice: Invoice, *, at: datetime) -> dict[str, InvoiceDocument]:
    """The documents of an issued invoice by kind: kept once, whoever asks again, and however many at once. Raises NotIssued."""
    standing = _kept(invoice)
    return standing if DocumentKind.PDF in standing else _keep(invoice, draw(invoice), at)


def kept(invoice: Invoice, kind: str) -> bytes | None:
    """One of them; drawn for this once where the job has not come to it yet, and None where there is none."""
    standing = _kept(invoice)
    if DocumentKind.PDF in standing:
        return bytes(standing[kind].content) if kind in standing else None
    if kind == DocumentKind.PDF:
        invoice = Invoice.objects.select_related("preceding").get(pk=invoice.pk)
        return _pdf(invoice, facts_of(invoice))
    return _drawn_xml(invoice) if kind in DocumentKind.values else None


def has_e_invoice(invoice: Invoice) -> bool:
    """Whether machines can have it: not where something that they ask for was missing when its documents were made. One query."""
    made = set(InvoiceDocument.objects.filter(invoice=invoice).values_list("kind", flat=True))
    return DocumentKind.XML in made or DocumentKind.PDF not in made


def make_due(at: datetime, *, most: int = MOST_AT_ONCE) -> int:
    """Make what is missing, the oldest first, each invoice in a step of its own; so many in a run that others have their turn."""
    return each(missing().iterator(chunk_size=most), lambda invoice: bool(keep(invoice, at=at)), most=most)


def missing() -> QuerySet[Invoice]:
    """The issued invoices that have no documents yet."""
    made = InvoiceDocument.objects.filter(invoice=OuterRef("pk"), kind=DocumentKind.PDF)
    return Invoice.objects.issued().filter(~Exists(made)).order_by("pk")


def making() -> Making | None:
    """How far the job is; None where nothing is missing."""
    oldest = missing().values_list("issued_at", flat=True).first()
    if oldest is None:
        return None
    issued = Invoice.objects.issued().filter(issued_at__gte=oldest).count()
    return Making(max(issued - missing().count(), 0), issued)


@transaction.atomic
def _keep(invoice: Invoice, drawn: Drawn, at: datetime) -> dict[str, InvoiceDocument]:
    current = life.locked_issued(invoice)
    standing = _kept(current)
    if DocumentKind.PDF in standing:
        return standing
    InvoiceDocument.objects.bulk_create(
        InvoiceDocument(invoice=current, kind=kind, content=content, digest=sha256(content).hexdigest(), made_at=at)
        for kind, content in drawn.files.items()
    )
    if drawn.why_not:
        life.note(current, InvoiceEventKind.NO_XML, at=at, by=None, reason=drawn.why_not)
    queueing.first(current, at=at)
    return _kept(current)


def _kept(invoice: Invoice) -> dict[str, InvoiceDocument]:
    return {document.kind: document for document in InvoiceDocument.objects.filter(invoice=invoice)}


def _drawn_xml(invoice: Invoice) -> bytes | None:
    try:
        return draw(invoice).files.get(DocumentKind.XML)
    except vetting.RulesNotAsked:
        return None


def _pdf(invoice: Invoice, facts: InvoiceFacts) -> bytes:
    shown, issued_at = look.of(invoice), invoice.issued_at
    if issued_at is None:
        raise life.NotIssued
    with translation.override(facts.language):
        context = {
            "provider": sheets.letterhead_of(facts.seller),
            "sheet": sheets.of(facts),
            "facts": facts,
            "footer": shown.footer,
            "logo": shown.logo,
        }
    paper = pdf.Paper(variant=pdf.ARCHIVED, inside=_inside(facts), colour=shown.colour, files=look.files_of(shown))
    zone = ZoneInfo(shown.zone)
    return pdf.render(template="invoicing/pdf/invoice.html", context=context, language=facts.language, zone=zone, at=issued_at, paper=paper)


def _refusal_of(facts: InvoiceFacts) -> str:
    """Why it cannot be an e-invoice, in the active language: what is missing is put into words when it is looked for."""
    try:
        vetting.made(facts)
    except DomainError as refusal:
        return str(refusal)
    return ""


def _inside(facts: InvoiceFacts) -> pdf.Inside | None:
    """The same for machines; None where the law's own demands are not met, which the e-invoice's refusal tells too."""
    try:
        content = cii.written_cii(facts)
    except DomainError:
        return None
    return pdf.Inside(name=INSIDE, content=content, description="Factur-X", metadata=_metadata())


@cache
def _metadata() -> bytes:
    """What makes programs look for the invoice inside (Factur-X 1.0, with the extension schema that PDF/A asks for)."""
    return render_to_string("invoicing/pdf/factur-x.xml", {"name": INSIDE}).encode()
