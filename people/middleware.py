"""Every page in the reader's own language and time zone (rule P4)."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from core import tracing
from people.models import Person


class PersonLocaleMiddleware:
    """For somebody signed in, the language and zone of that person; else what the browser asks for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        person = request.user
        if not isinstance(person, Person):
            return self.get_response(request)
        tracing.person(person.pk)
        with translation.override(person.language), timezone.override(person.zone):
            request.LANGUAGE_CODE = person.language
            response = self.get_response(request)
            response.headers["Content-Language"] = person.language
            return response
