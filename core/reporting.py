"""What a report of an error shows of the request that met it."""

from typing import Any

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter


class DiscreetReport(SafeExceptionReporterFilter):
    """Hides what is marked as secret whatever the mode: also on the page that is shown while developing (rule R3)."""

    def is_active(self, request: HttpRequest | None) -> bool:
        """Always."""
        return True

    def get_post_parameters(self, request: HttpRequest | None) -> Any:
        """Nothing of a form that came to grief before its view could say what is secret in it."""
        return super().get_post_parameters(request) if getattr(request, "resolver_match", None) else {}
