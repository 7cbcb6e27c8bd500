"""Files of a case are handed out here and nowhere else: after an access check, to be saved, never to be shown (rule S1)."""

from collections.abc import Iterator

from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.http import Http404, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from cases import attachments
from cases.models import Attachment, Case
from clients.portal import SignedIn

HARMLESS = {
    "Content-Type": "application/octet-stream",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Should a browser show it nevertheless, nothing in it runs, and it fetches nothing."""


@require_safe
@cache_control(private=True, no_store=True)
@login_required
def case_file(request: SignedIn, case_id: int, attachment_id: int) -> StreamingHttpResponse:
    """One file, under its name, as bytes of no type. Those of internal notes are for staff."""
    case = get_object_or_404(Case.objects.visible_to(request.user), pk=case_id)
    found = get_object_or_404(attachments.visible(case, request.user), pk=attachment_id)
    if not default_storage.exists(str(found.content.name)):
        raise Http404
    disposition = content_disposition_header(as_attachment=True, filename=found.name) or "attachment"
    headers = HARMLESS | {"Content-Disposition": disposition, "Content-Length": str(found.size)}
    return StreamingHttpResponse(_bytes_of(found), headers=headers)


def _bytes_of(attachment: Attachment) -> Iterator[bytes]:
    """The bytes, piece by piece; the file is open only while somebody reads."""
    with attachment.content.open("rb") as content:
        yield from content.chunks()
