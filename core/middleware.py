"""A refusal that no view caught becomes a page that says so, never a stack trace; nothing is served of half an installation.

What is asked for too often is refused first.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme

from core import rate_limits
from core.backup import unfinished
from core.errors import DomainError, NotAllowed
from core.rate_limits import AskedTooOften

_turns: ContextVar[ExitStack] = ContextVar("turns")


class RestoreMiddleware:
    """Answers 503 to everybody while a restore has not come to its end: asks no database, for there is no whole one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not unfinished.stands():
            return self.get_response(request)
        return HttpResponse(loader.render_to_string("restoring.html"), status=503, headers={"Retry-After": "120"})


class RefusalMiddleware:
    """Turns a `DomainError` into the page `refused.html` with status 409, or 403 for `NotAllowed`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page for a refusal; any other exception is left to Django."""
        return refused(request, exception) if isinstance(exception, DomainError) else None


def refused(request: HttpRequest, refusal: DomainError) -> HttpResponse:
    """The page that says what a rule said."""
    status = 403 if isinstance(refusal, NotAllowed) else 409
    return render(request, "refused.html", {"refusal": refusal, "back": _back(request)}, status=status)


class StillTooOftenMiddleware:
    """Answers again what was refused a moment ago, before anything is read for it: a refusal must not cost what it is to save."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            rate_limits.still(request)
        except AskedTooOften as refusal:
            return _told_to_wait(refusal)
        return self.get_response(request)


class RateLimitMiddleware:
    """Answers 429 with Retry-After, and a page that says so, where somebody asks too often for what costs much.

    What is not refused holds the turn of its client until it is answered.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with ExitStack() as turns:
            _turns.set(turns)
            return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Callable[..., HttpResponse], _args: Sequence[object], _kwargs: Mapping[str, object]
    ) -> HttpResponse | None:
        """The page that refuses, or nothing."""
        try:
            _turns.get().enter_context(rate_limits.count(request, (request.resolver_match and request.resolver_match.view_name) or ""))
        except AskedTooOften as refusal:
            return _told_to_wait(refusal)
        return None


def _told_to_wait(refusal: AskedTooOften) -> HttpResponse:
    """The page, which asks the database nothing and knows nobody."""
    with translation.override(refusal.language):
        page = loader.render_to_string("wait.html", {"seconds": refusal.seconds})
    headers = {"Retry-After": str(refusal.seconds), "Cache-Control": "private, no-store", "Content-Language": refusal.language}
    return HttpResponse(page, status=429, headers=headers)


def _back(request: HttpRequest) -> str:
    """The page of ours that somebody came from; a page elsewhere is none to send anybody to."""
    came_from = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(came_from, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return came_from if ours else ""
