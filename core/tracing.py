"""What ties the lines of a log together: the request or the job they belong to, and the number of the person.

A request is named by `X-Request-ID` where the proxy gave one that is well formed, else by one of ours; the answer bears it,
so that a person can name it to whoever reads the log. Its line tells the route, never the address, which may hold a
secret or what somebody searched for; and neither a body nor a browser.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter
from uuid import uuid4

import structlog
from django.http import HttpRequest, HttpResponse
from django_structlog.middlewares import RequestMiddleware

WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
QUIET = frozenset({"healthz", "readyz", "readyz-pages", "metrics"})
"""Asked by machines several times a minute: only what went wrong there is logged."""
NO_ROUTE = "none"
_began: ContextVar[float] = ContextVar("began")


def route_of(request: HttpRequest) -> str:
    """The name of the address that was asked for, without ids; the administration's pages are one."""
    match = request.resolver_match
    if match is None or not match.view_name:
        return NO_ROUTE
    return "admin" if match.view_name.startswith("admin:") else match.view_name


@contextmanager
def job(name: str) -> Iterator[None]:
    """Whatever is logged inside bears the name of the job, and an id of this run."""
    known = structlog.contextvars.get_contextvars().get("job_id")
    with structlog.contextvars.bound_contextvars(job=name, job_id=known or uuid4().hex):
        yield


def person(number: int) -> None:
    """Whatever is logged from here on in this request bears the number of the person."""
    structlog.contextvars.bind_contextvars(person_id=number)


class RequestLogMiddleware(RequestMiddleware):
    """One line for each request: route, method, status, milliseconds; with the ids that all its lines bear."""

    def prepare(self, request: HttpRequest) -> None:
        """Name the request."""
        given = request.headers.get("X-Request-ID", "")
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=given if WELL_FORMED.fullmatch(given) else uuid4().hex)
        _began.set(perf_counter())

    def handle_response(self, request: HttpRequest, response: HttpResponse) -> None:
        """Log how it ended."""
        response.headers["X-Request-ID"] = structlog.contextvars.get_contextvars()["request_id"]
        if route_of(request) in QUIET and response.status_code < 400:
            structlog.contextvars.clear_contextvars()
            return
        structlog.contextvars.bind_contextvars(ms=round((perf_counter() - _began.get()) * 1000, 1))
        super().handle_response(request, response)

    def process_got_request_exception(self, *args: object, **kwargs: object) -> None:
        """Django logs what went wrong, once is enough."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """Method and route."""
        return f"{request.method} {route_of(request)}"

    @staticmethod
    def bind_user_id(request: HttpRequest) -> None:
        """Bound by `people.middleware`, where it is known."""
