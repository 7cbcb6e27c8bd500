"""A refusal that no view caught becomes a page that says so, never a stack trace."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.errors import DomainError, NotAllowed


class RefusalMiddleware:
    """Turns a `DomainError` into the page `refused.html` with status 409, or 403 for `NotAllowed`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page for a refusal; any other exception is left to Django."""
        if not isinstance(exception, DomainError):
            return None
        status = 403 if isinstance(exception, NotAllowed) else 409
        return render(request, "refused.html", {"refusal": exception}, status=status)
