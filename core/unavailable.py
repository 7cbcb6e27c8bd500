"""When the database is away or had us give way, a disk is full, or papers take too long, a page says so: 503 with Retry-After (REL10).

Where it had us give way to somebody else's transaction (SQLSTATE 40001, 40P01), the request is first done again by
itself, a few times within a second. That does nothing twice: whatever the first try did was rolled back, or is found
again by the key of its form (`core/once.py` and the causes of the ledger). A connection that was lost is not tried
again, for nobody knows what became of the last statement; the person looks, and the form's key keeps it single.
"""

import errno
import logging
import random
import sys
import time
from collections.abc import Callable

from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.template import loader
from django.views.defaults import server_error

from core.errors import DomainError
from core.middleware import refused
from core.pdf_process import TooBusyToDraw

RETRY_AFTER_SECONDS = 5
MOST_RETRIES = 3
FIRST_PAUSE_SECONDS = 0.05
GAVE_WAY = {"40001", "40P01"}
"""serialization_failure, deadlock_detected (PostgreSQL, appendix A)."""
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

logger = logging.getLogger(__name__)


class UnavailableMiddleware:
    """Does again what gave way, and answers 503 where the database does not serve."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer of whoever comes after."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """An answer where the database or a disk is what failed; anything else is left to Django."""
        for retries in range(MOST_RETRIES):
            if not (gave_way(exception) and _may_do_again(request)):
                break
            _pause(retries)
            try:
                return _again(request)
            except DomainError as refusal:
                return refused(request, refusal)
            except DatabaseError as another:
                exception = another
        return page(request) if _is_away(exception) else None


def patiently(work: Callable[[], None]) -> None:
    """Do `work`, which is one transaction, and do it again where it gave way: a few times within a second. Raises what came last."""
    for retries in range(MOST_RETRIES):
        try:
            return work()
        except OperationalError as error:
            if not gave_way(error) or connection.in_atomic_block:
                raise
        _pause(retries)
    return work()


def gave_way(error: BaseException | None) -> bool:
    """Whether the database rolled this back in favour of another transaction."""
    cause = error.__cause__ if isinstance(error, OperationalError) else None
    return str(getattr(cause, "sqlstate", "")) in GAVE_WAY


def page(request: HttpRequest) -> HttpResponse:
    """The page, which asks the database nothing."""
    logger.error("503: the database, or a disk, did not serve %s", request.path, exc_info=sys.exc_info()[0] is not None)
    answer = HttpResponse(loader.get_template("503.html").render(), status=503)
    answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def handler500(request: HttpRequest) -> HttpResponse | HttpResponseServerError:
    """The same for what fails before or after a view, as reading a session does."""
    return page(request) if _is_away(sys.exc_info()[1]) else server_error(request)


def _pause(retries: int) -> None:
    time.sleep(FIRST_PAUSE_SECONDS * 2**retries * random.uniform(0.5, 1.5))  # noqa: S311 -- spreads the load


def _is_away(error: BaseException | None) -> bool:
    if isinstance(error, OSError) and error.errno in FULL:
        return True
    return isinstance(error, OperationalError | InterfaceError | TooBusyToDraw)


def _may_do_again(request: HttpRequest) -> bool:
    """Not with files, which have been read; not inside a transaction, which cannot be begun anew here."""
    return request.resolver_match is not None and not connection.in_atomic_block and not (request.method == "POST" and request.FILES)


def _again(request: HttpRequest) -> HttpResponse:
    called = request.resolver_match
    if called is None:
        raise LookupError(request.path)
    answer: HttpResponse = called.func(request, *called.args, **called.kwargs)
    return answer
