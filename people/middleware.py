"""Every page in the reader's own language and time zone (rule P4)."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation


class PersonLocaleMiddleware:
    """For somebody signed in, the language and zone of that person; else what the browser asks for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.get_response(request)
        with translation.override(request.user.language), timezone.override(request.user.zone):
            request.LANGUAGE_CODE = request.user.language
            response = self.get_response(request)
            response.headers["Content-Language"] = request.user.language
            return response
