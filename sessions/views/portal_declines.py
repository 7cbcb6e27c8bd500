"""What the client answers to a declined invitation: the session stands (rule C10). Cancelling has a page of its own."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clients.portal import SignedIn, portal_page
from core.errors import DomainError, NotAllowed
from sessions import declines, portal


@require_POST
@portal_page
def session_keep(request: SignedIn, session_id: int) -> HttpResponse:
    """Keep the session although somebody declined."""
    found = get_object_or_404(portal.sessions_of(request.user), pk=session_id)
    try:
        declines.keep(session=found, by=request.user, at=timezone.now())
    except NotAllowed:
        raise
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The session stands as agreed."))
    return redirect("session", found.pk)
