"""Files of a case are handed out here and nowhere else: after an access check, to be saved, never to be shown (rule S1)."""

from django.contrib.auth.decorators import login_required
from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from cases import attachments
from cases.models import Attachment, Case
from clients.portal import SignedIn

HARMLESS = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Should a browser show it nevertheless, nothing in it runs, and it fetches nothing."""


@require_safe
@cache_control(private=True, no_store=True)
@login_required
def case_file(request: SignedIn, case_id: int, attachment_id: int) -> FileResponse:
    """One file, under its name, as bytes of no type. Those of internal notes are for staff."""
    case = get_object_or_404(Case.objects.visible_to(request.user), pk=case_id)
    found: Attachment = get_object_or_404(attachments.visible(case, request.user), pk=attachment_id)
    response = FileResponse(
        found.content.open("rb"), as_attachment=True, filename=found.name, content_type="application/octet-stream", headers=HARMLESS
    )
    response.headers["Content-Length"] = str(found.size)
    return response
