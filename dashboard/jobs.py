"""The due jobs as Celery runs them: one message for each job at each tick, and one function that does what it says.

Celery carries and ticks, and nothing else: what is due stands in the database. A message that is lost only delays
work until the next tick. One that comes twice, late, or to two workers at once finds nothing left to do, for every
job locks the row that it acts on and looks again (`core/batches.py`), and a notice is claimed before it is sent
(`notices/delivery.py`). So no message needs to be kept, and a tick that nobody took in time is thrown away.

That is also why workers of two releases may run side by side: a tick that one does not know is dropped there, and what
it stood for waits in the database for the next tick that is understood.
"""

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from django.utils import timezone

from core import clock, failures
from dashboard import ticks as ticks_kept
from dashboard.due import DRAWERS, FETCHERS, JOBS, Job, count_failure, run_one
from notices import delivery

logger = logging.getLogger(__name__)

TICK_SECONDS = 60.0
MAIL_TICK_SECONDS = 5.0
"""Somebody may be waiting for a sign-in mail."""
EXPIRY_SECONDS = 60.0
"""A tick that is older is dropped: workers that come back do each job once, not once a minute of their absence."""
SENDERS: set[Job] = {delivery.deliver_due}
"""Jobs that talk to a mail server. They have a queue of their own, so that a slow one holds up no booking."""


class DatabaseFailed(Exception):
    """The database was away, or had us give way to somebody else's transaction: worth another try soon."""


class JobTookTooLong(Exception):
    """The job was told to end. What it had committed is done; the rest is for the next tick."""


class _TimeIsUp(BaseException):
    """Raised in the middle of a job; no exception of its own, so that nobody takes it for a fault of the thing at hand."""


def run(name: str, *newer: object, **newer_too: object) -> int:
    """Do what is due now of one job of `dashboard.due.JOBS`; returns how many things it did.

    A name or arguments of a newer release do nothing here. Raises ClockAstray, JobTookTooLong, DatabaseFailed where
    another try may go well, else what the job raised. Nothing is lost by any: the next tick finds what is left.
    """
    if name not in JOBS or newer or newer_too:
        logger.warning("A tick of another release was dropped: %s. What is due waits for the next one", name)
        return 0
    at = timezone.now()
    try:
        clock.check(at)
        with _told_to_end(name):
            done = run_one(name, at=at)
    except JobTookTooLong as error:
        count_failure(name, error, at=at)
        ticks_kept.note(failed=[name], at=at)
        raise
    except Exception as error:
        ticks_kept.note(failed=[name], at=at)
        if failures.is_the_databases(error):
            raise DatabaseFailed(str(error)) from error
        raise
    if done is None:
        return 0
    ticks_kept.note(done=[name], at=at)
    return done


def ticks() -> dict[str, dict[str, Any]]:
    """When each job is sent, to which queue, and for how long it is worth doing, as Celery's beat reads it.

    One message for each job, so that a slow one, or one that fails, holds up no other.
    """
    return {
        name: {
            "task": "dashboard.jobs.run",
            "args": [name],
            "schedule": MAIL_TICK_SECONDS if job in SENDERS else TICK_SECONDS,
            "options": {"queue": queue_of(job), "expires": EXPIRY_SECONDS, "shadow": name},
        }
        for name, job in JOBS.items()
    }


def queue_of(job: Job) -> str:
    """The queue that brings it to a worker (docs/running.md)."""
    if job in FETCHERS:
        return "fetch"
    if job in DRAWERS:
        return "pdf"
    return "mail" if job in SENDERS else "default"


@contextmanager
def _told_to_end(name: str) -> Iterator[None]:
    """Celery's soft time limit comes as SIGUSR1, and is raised past every `except Exception` that keeps a batch going."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        raise _TimeIsUp

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGUSR1, end)
    try:
        yield
    except _TimeIsUp:
        message = f"“{name}” took too long and was told to end; the next tick does the rest"
        raise JobTookTooLong(message) from None
    finally:
        signal.signal(signal.SIGUSR1, before)
