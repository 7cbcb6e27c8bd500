"""What those who do a session read and note about it (rules R1, R3). How to get in is read by POST alone, and kept nowhere."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from clients.desk import StaffRequest, for_staff
from core.errors import DomainError, NotAllowed
from sessions import access
from sessions.preparation_forms import NoteForm
from sessions.views import desk_page


@require_POST
@sensitive_variables()
@cache_control(no_store=True)
@for_staff()
def instructions_look(request: StaffRequest, session_id: int) -> HttpResponse:
    """Read how to get in; the look is recorded, and the client sees it."""
    found, at = desk_page.find(request, session_id), timezone.now()
    try:
        text = access.read(session=found, by=request.user, at=at)
    except NotAllowed:
        raise
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("desk-session", found.pk)
    return render(request, "sessions/desk/instructions_look.html", {"session": found, "text": text, "now": at})


@require_POST
@for_staff()
def note(request: StaffRequest, session_id: int) -> HttpResponse:
    """Note something for all who see the session, the client too."""
    found = desk_page.find(request, session_id)
    form = NoteForm(request.POST)
    if not form.added_to(found, by=request.user, at=timezone.now()):
        return desk_page.show(request, session_id, refused={"note": form})
    messages.success(request, _("It is noted, for all who see the session."))
    return redirect(f"{reverse('desk-session', args=[found.pk])}#notes")
