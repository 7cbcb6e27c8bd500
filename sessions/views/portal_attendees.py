"""Who comes to a session on the client's side: the page on which its people change that (rules C10, R4)."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from clients.portal import SignedIn, portal_page
from core.errors import DomainError, NotAllowed
from sessions import attendance, portal
from sessions.attendee_forms import AttendeeForm, ColleagueForm
from sessions.models import Session

INVITE = (attendance.invite, ColleagueForm, _("%(name)s is invited, and gets a mail."))
EXCUSE = (attendance.excuse, AttendeeForm, _("%(name)s is no longer invited."))


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page
def session_attendees(request: SignedIn, session_id: int) -> HttpResponse:
    """Everybody who is invited, what they answered, and who else can be."""
    found = get_object_or_404(portal.sessions_of(request.user).select_related("organisation"), pk=session_id)
    if request.method != "POST":
        return _page(request, found)
    act, kind, said = EXCUSE if request.POST.get("act") == "excuse" else INVITE
    form = kind(request.POST, session=found)
    if not form.is_valid():
        return _page(request, found, form)
    person = form.cleaned_data["person"]
    try:
        act(session=found, person=person, by=request.user, at=timezone.now())
    except NotAllowed:
        raise
    except DomainError as refusal:
        return _page(request, found, refusal=refusal)
    messages.success(request, said % {"name": person})
    return redirect("session-attendees", found.pk)


def _page(request: SignedIn, session: Session, sent: forms.Form | None = None, *, refusal: DomainError | None = None) -> HttpResponse:
    """The page, with the form that was `sent` and not well filled in, or the `refusal` of what was asked for."""
    form = sent if isinstance(sent, ColleagueForm) else ColleagueForm(session=session)
    context = {
        "session": session,
        "attendees": attendance.attending(session),
        "may_arrange": attendance.may_arrange(request.user, session, at=timezone.now()),
        "form": form,
        "refusal": refusal,
    }
    return render(request, "sessions/portal/attendees.html", context, status=409 if refusal else 422 if sent else 200)
