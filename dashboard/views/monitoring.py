"""What machines ask: does it live, is it ready, how does it stand; and where people report weaknesses (RFC 9116).

None of this needs a session, and strangers learn nothing but yes or no. Whoever bears the token of the environment
(`Authorization: Bearer …`) reads details and figures; without a token in the environment there are none.
"""

from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from dashboard.health import checks
from dashboard.metrics import installation

TEXT = "text/plain; charset=utf-8"
FIGURES = "text/plain; version=0.0.4; charset=utf-8"
PROMISED = timedelta(days=180)
"""For how long the contact is good: less than a year, as RFC 9116 wants."""


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """This process lives; asks nobody else."""
    return HttpResponse("alive\n", content_type=TEXT)


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether all work is being done: 200 or 503."""
    return _readiness(request, checks.WORK)


@require_safe
def readyz_pages(request: HttpRequest) -> HttpResponse:
    """Whether pages can be shown, for whoever balances between web processes: 200 or 503."""
    return _readiness(request, checks.PAGES)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus, for the bearer of the token; for anybody else there is nothing here."""
    if not _bears_token(request):
        raise Http404
    return HttpResponse(installation.everything(), content_type=FIGURES)


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """Where weaknesses are reported (RFC 9116)."""
    until = (timezone.now() + PROMISED).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = (
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {until:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en, sv",
        f"Canonical: {settings.BASE_URL}/.well-known/security.txt",
    )
    return HttpResponse("\n".join(lines) + "\n", content_type=TEXT)


def _readiness(request: HttpRequest, names: tuple[str, ...]) -> HttpResponse:
    findings = checks.look(names, timezone.now())
    fault = checks.first_fault(findings)
    status = 503 if fault else 200
    if _bears_token(request):
        found = {finding.name: {"state": finding.state, "says": finding.says} for finding in findings}
        return JsonResponse({"ready": fault is None, "checks": found}, status=status)
    return HttpResponse("not ready\n" if fault else "ready\n", content_type=TEXT, status=status)


def _bears_token(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return (
        bool(settings.MONITORING_TOKEN) and scheme.lower() == "bearer" and constant_time_compare(token.strip(), settings.MONITORING_TOKEN)
    )
