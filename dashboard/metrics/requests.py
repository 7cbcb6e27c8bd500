"""Counting requests by route, method and status. A route is the name of an address, so that there are only so many."""

from collections.abc import Callable
from time import perf_counter

from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry, Counter, Histogram

from core.tracing import route_of

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BUCKETS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

REGISTRY = CollectorRegistry()
"""Of this process; with several, `installation.everything` reads them all."""
ANSWERED = Counter("tillgodo_requests", "Requests answered.", ["route", "method", "status"], registry=REGISTRY)
TOOK = Histogram("tillgodo_request_seconds", "How long answers took.", ["route"], buckets=BUCKETS, registry=REGISTRY)


class CountingMiddleware:
    """Counts each answer, and how long it took."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = perf_counter()
        response = self.get_response(request)
        route, method = route_of(request), request.method or ""
        ANSWERED.labels(route, method if method in METHODS else "other", str(response.status_code)).inc()
        TOOK.labels(route).observe(perf_counter() - began)
        return response
