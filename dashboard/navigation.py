"""What the top of every page needs to know."""

from typing import Any

from django.http import HttpRequest


def navigation(request: HttpRequest) -> dict[str, Any]:
    """The context of the header."""
    return {}
