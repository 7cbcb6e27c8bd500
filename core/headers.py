"""Headers that every answer bears, beside those that Django and django-csp set (ASVS 5, 3.4 and 14.3)."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

UNUSED = ("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "hid", "magnetometer", "microphone")
UNUSED_TOO = ("midi", "payment", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking")
PERMISSIONS_POLICY = ", ".join(f"{feature}=()" for feature in UNUSED + UNUSED_TOO)


class HeadersMiddleware:
    """Switches off what no page of ours uses, lets no other site embed what we answer, and keeps pages out of caches.

    What an answer says of caching itself stays: a calendar's ETag, and static files, which are the same for everybody.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Cache-Control", "private, no-cache" if "ETag" in response.headers else "no-store")
        return response
