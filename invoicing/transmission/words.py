"""What is written about invoices on their way: the mail with the files to the buyer, and word to finance (rules I4, M4)."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.text import slugify

from clients import access, provider
from clients.models import StaffDuty
from invoicing.models import DocumentKind, Invoice, InvoiceDocument, Transmission
from notices import outbox
from notices.files import File, Files
from notices.models import Notice
from people.models import Person

KIND = "invoice"
TYPES = {DocumentKind.PDF: "application/pdf", DocumentKind.XML: "application/xml"}


def mail(transmission: Transmission, people: list[Person], *, at: datetime) -> list[Notice]:
    """Queue the mail with the documents: to these people, each in their language, or else to the address in the invoice's."""
    invoice = transmission.invoice
    files, cause = files_of(invoice), cause_of(transmission)
    template = f"invoicing/mail/{invoice.kind}_files"
    context: dict[str, Any] = {"invoice": invoice, "page": reverse("invoice", args=[invoice.pk]), "has_xml": len(files.files) > 1}
    if people:
        extras = {person.pk: files for person in people}
        return outbox.compose(cause=cause, people=people, template=template, context=context, at=at, extras=extras)
    reader = Addressee(invoice.language)
    shared = {**context, "provider": provider.current(), "base_url": settings.BASE_URL}
    text = outbox.render(f"{template}.subject.txt", shared, reader), outbox.render(f"{template}.body.txt", shared, reader)
    (address,) = transmission.recipients
    return [outbox.write_with_files(cause=cause, address=address, language=reader.language, text=text, at=at, files=files)]


def not_delivered(transmission: Transmission, *, at: datetime) -> None:
    """Tell finance, once for each transmission."""
    page = reverse("desk-invoice", args=[transmission.invoice_id])
    context = {"transmission": transmission, "invoice": transmission.invoice, "page": page}
    cause, finance = f"{cause_of(transmission)}:undelivered", access.staff(StaffDuty.FINANCE)
    outbox.compose(cause=cause, people=finance, template="invoicing/mail/not_delivered", context=context, at=at)


def cause_of(transmission: Transmission) -> str:
    """What the outbox knows its mails by."""
    return f"transmission:{transmission.pk}"


def files_of(invoice: Invoice) -> Files:
    """The documents that are kept of the invoice, the one for people first."""
    kept = InvoiceDocument.objects.filter(invoice=invoice).defer("content").order_by("kind")
    return Files(
        tuple(
            File(
                kind=KIND,
                key=document.pk,
                name=file_name(invoice, document.kind),
                content_type=TYPES[DocumentKind(document.kind)],
                digest=document.digest,
            )
            for document in kept
        )
    )


def file_name(invoice: Invoice, kind: str) -> str:
    """The name under which a document is handed out, in the invoice's language."""
    with translation.override(invoice.language):
        name = slugify(f"{invoice.get_kind_display()} {invoice.number}")
    return f"{name}.{kind}"


def content_of(document_id: int) -> bytes | None:
    """The bytes of a document that is kept."""
    found = InvoiceDocument.objects.filter(pk=document_id).values_list("content", flat=True).first()
    return None if found is None else bytes(found)


class Addressee:
    """Whoever reads the mail at an address for invoices: in the invoice's language, where the provider's dates are."""

    def __init__(self, language: str) -> None:
        self.language, self.zone = language, provider.current().zone
