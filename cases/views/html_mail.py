"""The HTML of a mail, cleaned and shut in: nothing in it acts, and nothing is fetched from anywhere (rule S8)."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cases import html_mail
from cases.models import Case, Message, Voice
from cases.views.portal import SignedIn
from clients.access import is_provider_staff

SHUT_IN = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox allow-popups"


@require_safe
@login_required
def message_html(request: SignedIn, case_id: int, message_id: int) -> HttpResponse:
    """One message as its mail had it. What staff noted is for staff."""
    case = get_object_or_404(Case.objects.visible_to(request.user), pk=case_id)
    said = Message.objects.filter(case=case).exclude(html="")
    if not is_provider_staff(request.user):
        said = said.exclude(voice=Voice.NOTE)
    message = said.filter(pk=message_id).first()
    if message is None:
        raise Http404
    context = {"message": message, "case": case, "html": html_mail.clean(message.html, picture=_("picture left out"))}
    response = render(request, "cases/message_html.html", context)
    response["Content-Security-Policy"] = SHUT_IN
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    return response
