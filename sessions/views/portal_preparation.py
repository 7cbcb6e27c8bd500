"""What the client's people do for a session beforehand and meanwhile: how we get in, the agenda, notes (rules R1, R3, C10).

How we get in is read by POST alone, and what answers it is kept nowhere.
"""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from clients.portal import SignedIn, portal_page
from core.errors import DomainError, NotAllowed
from sessions import access, portal, preparation
from sessions.models import AccessInstructions, Session
from sessions.preparation_forms import AccessForm, AgendaForm, NoteForm
from sessions.views.portal_facts import facts


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables()
@sensitive_post_parameters()
@cache_control(no_store=True)
@portal_page
def instructions(request: SignedIn, session_id: int) -> HttpResponse:
    """Say how we get in, instead of what was said before; that is not shown here."""
    found, at = _found(request, session_id), timezone.now()
    form = AccessForm(request.POST if request.method == "POST" else None)
    if form.carried_out(lambda said: access.write(session=found, text=said["instructions"], by=request.user, at=at)):
        messages.success(request, _("It is kept, sealed. Only the technicians who do the session and your own people can read it."))
        return redirect("session", found.pk)
    is_written = AccessInstructions.objects.filter(session=found).exists()
    context = {"session": found, "form": form, "may_write": access.may_write(request.user, found, at=at), "is_written": is_written}
    return render(request, "sessions/portal/instructions.html", context, status=form.status)


@require_POST
@sensitive_variables()
@cache_control(no_store=True)
@portal_page
def instructions_look(request: SignedIn, session_id: int) -> HttpResponse:
    """Read how we get in; the look is recorded."""
    found, at = _found(request, session_id), timezone.now()
    try:
        text = access.read(session=found, by=request.user, at=at)
    except NotAllowed:
        raise
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("session", found.pk)
    return render(request, "sessions/portal/instructions_look.html", {"session": found, "text": text, "now": at})


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page
def agenda(request: SignedIn, session_id: int) -> HttpResponse:
    """Say anew what it is about and what should be done."""
    found, at = _found(request, session_id), timezone.now()
    form = AgendaForm(request.POST if request.method == "POST" else None, session=found)
    if form.carried_out(lambda said: preparation.change_agenda(session=found, by=request.user, at=at, **said)):
        messages.success(request, _("The agenda is as you wrote it, and our technicians see it."))
        return redirect("session", found.pk)
    is_open = found.state in preparation.BEFORE_THE_END
    return render(request, "sessions/portal/agenda.html", {"session": found, "form": form, "is_open": is_open}, status=form.status)


@require_POST
@portal_page
def note(request: SignedIn, session_id: int) -> HttpResponse:
    """Note something for all who see the session."""
    found, at = _found(request, session_id), timezone.now()
    form = NoteForm(request.POST)
    if form.added_to(found, by=request.user, at=at):
        messages.success(request, _("It is noted, for all who see the session."))
        return redirect(f"{reverse('session', args=[found.pk])}#notes")
    context = facts(found, person=request.user, at=at) | {"note_form": form}
    return render(request, "sessions/portal/session.html", context, status=form.status)


def _found(request: SignedIn, session_id: int) -> Session:
    """The session, if it is one of the client's whose person asks; 404 otherwise."""
    mine = portal.sessions_of(request.user).select_related("organisation", "account", "hold", "purpose")
    return get_object_or_404(mine, pk=session_id)
