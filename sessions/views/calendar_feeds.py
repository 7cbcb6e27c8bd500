"""One's own private calendar address (rule R4): the page about it, and the calendar that is read at it.

The page is for everybody who can sign in. The calendar is read by programs that cannot sign in: the address is all that
they have.
"""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from people.models import Person
from sessions import feeds
from sessions.feeds import Edition, Known
from sessions.models import CalendarFeed

HEADERS = {
    "Cache-Control": "private, max-age=0, must-revalidate",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


@require_safe
@login_required
def my_calendar(request: HttpRequest) -> HttpResponse:
    """Whether I have a calendar address, and since when."""
    return _page(request)


@require_POST
@never_cache
@login_required
def my_calendar_make(request: HttpRequest) -> HttpResponse:
    """Make an address, or a new one for the old; it is shown in the answer to this, and never again."""
    person = get_object_or_404(Person, pk=request.user.pk)
    token = feeds.make_feed(person=person, at=timezone.now())
    address = settings.BASE_URL + reverse("calendar-feed", args=[token])
    return _page(request, address=address, subscription=f"webcal:{address.partition(':')[2]}")


@require_POST
@login_required
def my_calendar_drop(request: HttpRequest) -> HttpResponse:
    """Remove my address."""
    person = get_object_or_404(Person, pk=request.user.pk)
    try:
        feeds.drop_feed(person=person, at=timezone.now())
    except feeds.NoFeed as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Your calendar address is removed. Programs that used it get nothing more."))
    return redirect("my-calendar")


@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar at a private address, or 304 where its reader has it already (SPD11)."""
    known = feeds.find(token=token)
    if known is None:
        raise Http404
    edition = feeds.edition(known, at=timezone.now())
    unchanged = get_conditional_response(request, etag=f'"{edition.etag}"')
    if unchanged is not None:
        return _with_headers(unchanged, known, edition)
    whole = edition if edition.document is not None else feeds.kept(known)
    if whole is None:
        raise Http404
    response = HttpResponse(whole.document, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = 'inline; filename="sessions.ics"'
    return _with_headers(response, known, whole)


def _with_headers(response: HttpResponse, known: Known, edition: Edition) -> HttpResponse:
    for name, value in {**HEADERS, "ETag": f'"{edition.etag}"', "Content-Language": known.person.language}.items():
        response.headers[name] = value
    return response


def _page(request: HttpRequest, **made: str) -> HttpResponse:
    mine = CalendarFeed.objects.filter(person=request.user.pk).only("made_at").first()
    return render(request, "sessions/calendar_feed.html", {"feed": mine, **made})
