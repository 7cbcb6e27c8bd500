"""An invoice as a file: the PDF, or the e-invoice, byte for byte as it is kept (rule I4)."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from clients.desk import StaffRequest, for_staff
from clients.portal import SignedIn, portal_page
from invoicing import documents
from invoicing.models import DocumentKind, Invoice
from invoicing.transmission import words
from invoicing.views import portal

HARMLESS = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Should anything but a reader of such files show it, nothing in it runs, and it fetches nothing."""


@require_safe
@cache_control(private=True, no_store=True)
@portal_page
def portal_document(request: SignedIn, invoice_id: int, kind: str) -> HttpResponse:
    """For the client's own people, of an issued invoice."""
    return _file(get_object_or_404(portal.of_member(request), pk=invoice_id), kind)


@require_safe
@cache_control(private=True, no_store=True)
@for_staff()
def desk_document(request: StaffRequest, invoice_id: int, kind: str) -> HttpResponse:
    """For staff who may see the invoice; a draft has none."""
    return _file(get_object_or_404(Invoice.objects.visible_to(request.user).issued(), pk=invoice_id), kind)


def _file(invoice: Invoice, kind: str) -> HttpResponse:
    content = documents.kept(invoice, kind) if kind in DocumentKind.values else None
    if content is None:
        raise Http404
    disposition = content_disposition_header(as_attachment=True, filename=words.file_name(invoice, kind)) or "attachment"
    headers = HARMLESS | {"Content-Disposition": disposition}
    return HttpResponse(content, content_type=words.TYPES[DocumentKind(kind)], headers=headers)
