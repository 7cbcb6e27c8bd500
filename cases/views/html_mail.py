"""The HTML of a mail, cleaned, on a page of its own that can do nothing (rule S8)."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from cases import html_mail
from cases.models import Case, Message, Voice
from clients.access import is_provider_staff
from people.models import Person

ALONE = "sandbox; default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


class SignedIn(HttpRequest):
    """A request of somebody who is signed in."""

    user: Person


@require_safe
@login_required
@cache_control(private=True, no_store=True)
def html_version(request: SignedIn, case_id: int, message_id: int) -> HttpResponse:
    """A message as its mail's HTML has it: no script, no image, nothing from elsewhere. 404 where it has none."""
    seen = Message.objects.filter(case__in=Case.objects.visible_to(request.user)).exclude(html="")
    if not is_provider_staff(request.user):
        seen = seen.exclude(voice=Voice.NOTE)
    message = get_object_or_404(seen, pk=message_id, case__pk=case_id)
    facts = {"message": message, "clean": html_mail.clean(message.html), "images": html_mail.images(message.html)}
    response = HttpResponse(render_to_string("cases/html_mail.html", facts, request))
    response["Content-Security-Policy"] = ALONE
    return response
