"""An estimate as a PDF: the one that the client was sent, byte for byte; for us, before that, a draft of it (rules D1, P4)."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from clients.desk import StaffRequest, for_staff
from clients.models import Organisation
from clients.portal import SignedIn, portal_page
from delivery import documents
from delivery.models import Estimate
from delivery.views import desk_estimates
from people.models import Language

HARMLESS = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Should anything but a reader of PDFs show it, nothing in it runs, and it fetches nothing."""


@require_safe
@cache_control(private=True, no_store=True)
@portal_page
def portal_document(request: SignedIn, estimate_id: int) -> HttpResponse:
    """The document that the client was sent, in the language of the reader, or in that which the address names."""
    mine = Organisation.objects.of_member(request.user).values("pk")
    found = Estimate.objects.visible_to(request.user).filter(task__organisation__in=mine).exclude(offered_at=None)
    return _kept(request, get_object_or_404(found, pk=estimate_id), _language(request, request.user.language))


@require_safe
@cache_control(private=True, no_store=True)
@for_staff()
def desk_document(request: StaffRequest, estimate_id: int) -> HttpResponse:
    """The same for staff; before it is approved, what it would look like."""
    estimate = desk_estimates.find(request, estimate_id)
    language = _language(request, estimate.task.organisation.language)
    if estimate.offered_at is not None:
        return _kept(request, estimate, language)
    return _file(documents.preview(estimate, language), estimate, language)


def _kept(request: HttpRequest, estimate: Estimate, language: str) -> HttpResponse:
    document = documents.kept(estimate, language)
    if document is None:
        raise Http404
    return _file(bytes(document.pdf), estimate, document.language)


def _language(request: HttpRequest, usual: str) -> str:
    asked = request.GET.get("language", "")
    return asked if asked in Language.values else usual


def _file(content: bytes, estimate: Estimate, language: str) -> HttpResponse:
    """The file under a name of plain letters and digits, whatever the title is made of."""
    name = slugify(f"d{estimate.task_id}-{estimate.number} {estimate.task.title}")[:80].strip("-")
    disposition = content_disposition_header(as_attachment=True, filename=f"{name}-{language}.pdf") or "attachment"
    headers = HARMLESS | {"Content-Disposition": disposition}
    return HttpResponse(content, content_type="application/pdf", headers=headers)
