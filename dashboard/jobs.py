"""The due jobs as Celery runs them: one message for each job at each tick, and one function that does what it says.

Celery carries and ticks, and nothing else: what is due stands in the database. A message that is lost only delays
work until the next tick. One that comes twice, late, or to two workers at once finds nothing left to do, for every
job locks the row that it acts on and looks again (`core/batches.py`), and a notice is claimed before it is sent
(`notices/delivery.py`). So no message needs to be kept, and a tick that nobody took in time is thrown away.
"""

from typing import Any

from django.db import InterfaceError, OperationalError
from django.utils import timezone

from dashboard.due import FETCHERS, JOBS, Job
from notices import delivery

TICK_SECONDS = 60.0
MAIL_TICK_SECONDS = 5.0
"""Somebody may be waiting for a sign-in mail."""
EXPIRY_SECONDS = 60.0
"""A tick that is older is dropped: workers that come back do each job once, not once a minute of their absence."""
SENDERS: set[Job] = {delivery.deliver_due}
"""Jobs that talk to a mail server. They have a queue of their own, so that a slow one holds up no booking."""


class DatabaseFailed(Exception):
    """The database was away, or had us give way to somebody else's transaction: worth another try soon."""


def run(name: str) -> int:
    """Do what is due now of one job of `dashboard.due.JOBS`; returns how many things it did.

    Raises DatabaseFailed where another try may go well, else what the job raised. Nothing is lost by either: the next
    tick finds what is left.
    """
    try:
        return JOBS[name](at=timezone.now())
    except Exception as error:
        if _is_the_databases(error):
            raise DatabaseFailed(str(error)) from error
        raise


def ticks() -> dict[str, dict[str, Any]]:
    """When each job is sent, to which queue, and for how long it is worth doing, as Celery's beat reads it.

    One message for each job, so that a slow one, or one that fails, holds up no other.
    """
    return {
        name: {
            "task": "dashboard.jobs.run",
            "args": [name],
            "schedule": MAIL_TICK_SECONDS if job in SENDERS else TICK_SECONDS,
            "options": {"queue": _queue(job), "expires": EXPIRY_SECONDS, "shadow": name},
        }
        for name, job in JOBS.items()
    }


def _queue(job: Job) -> str:
    if job in FETCHERS:
        return "fetch"
    return "mail" if job in SENDERS else "default"


def _is_the_databases(error: Exception) -> bool:
    """A lost connection, a deadlock, a serialisation that failed; also as one of several things that failed."""
    if isinstance(error, ExceptionGroup):
        return error.subgroup((OperationalError, InterfaceError)) is not None
    return isinstance(error, OperationalError | InterfaceError)
