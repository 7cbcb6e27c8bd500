"""Many documents in one file, written while it is sent, so that however many they are they never stand in memory (rule I4)."""

from collections.abc import Iterator
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.zipped import Sink
from invoicing import documents
from invoicing.models import DocumentKind, InvoiceDocument, InvoiceQuerySet
from invoicing.transmission import words

MOST = 500
CHUNK = 20


class NothingToZip(DomainError):
    """Nothing of what was chosen has been issued."""

    message = _("Nothing of this list has been issued. There are no documents to fetch.")


class TooManyToZip(DomainError):
    """More than one file takes."""

    message = _("One file takes 500 documents at most. Narrow the list, for instance by month.")


class NotAllMade(DomainError):
    """Some documents are still being made."""

    message = _("Some of these documents are still being made. Try again in a minute.")


def chosen(invoices: InvoiceQuerySet) -> list[int]:
    """The issued ones of these, the oldest first, all with their documents. Raises NothingToZip, TooManyToZip, NotAllMade."""
    keys = list(invoices.issued().order_by("pk").values_list("pk", flat=True)[: MOST + 1])
    if not keys:
        raise NothingToZip
    if len(keys) > MOST:
        raise TooManyToZip
    if documents.missing().filter(pk__in=keys).exists():
        raise NotAllMade
    return keys


def pieces(keys: list[int]) -> Iterator[bytes]:
    """The PDFs of these invoices as one ZIP, piece by piece. They are packed already: nothing is gained by packing them again."""
    sink = Sink()
    with ZipFile(sink, "w", ZIP_STORED) as packed:
        rows = InvoiceDocument.objects.filter(invoice__in=keys, kind=DocumentKind.PDF).select_related("invoice").order_by("invoice")
        for document in rows.iterator(chunk_size=CHUNK):
            day = document.invoice.issued_on or document.made_at.date()
            name = ZipInfo(words.file_name(document.invoice, document.kind), (day.year, day.month, day.day, 0, 0, 0))
            packed.writestr(name, bytes(document.content))
            yield sink.taken()
    yield sink.taken()
