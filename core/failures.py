"""What raised when it was due: counted, with its last error, and tried again after a growing pause with chance in it.

One thing that fails keeps neither its job nor other things waiting, and is not hammered at either. The job that runs says
so (`of_job`); `core.batches.each` then passes over what rests. What goes well again is forgotten.

The pause doubles from a minute to six hours, a fifth more or less. Errors of the database itself are not counted against
a thing: they say nothing of it.
"""

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, models, transaction
from django.db.models import F

from core.models import Failure

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=6)
LONGEST = Failure._meta.get_field("last_error").max_length or 300

_SECRETS = (
    (re.compile(r"\b([a-z][a-z0-9+.-]*://)[^\s/@]*@", re.IGNORECASE), r"\1…@"),
    (re.compile(r"(https?://[^\s/?#]+)[/?#][^\s'\")]*", re.IGNORECASE), r"\1/…"),
    (re.compile(r"\b(password|passwd|secret|token|key|authorization)\b(['\"]?\s*[=:]\s*)\S+", re.IGNORECASE), r"\1\2…"),
    (re.compile(r"[A-Za-z0-9_\-+/=]{32,}"), "…"),
)


@dataclass
class Running:
    """A job that runs now, and what of it failed before: its rows by thing."""

    job: str
    at: datetime
    known: dict[str, Failure] = field(default_factory=dict)
    acted_on: set[str] = field(default_factory=set)

    def rests(self, thing: str) -> bool:
        """Whether it is left alone this time."""
        row = self.known.get(thing)
        return row is not None and (row.given_up_at is not None or row.retry_at > self.at)


_running: ContextVar[Running | None] = ContextVar("running", default=None)


@contextmanager
def of_job(job: str, at: datetime) -> Iterator[Running]:
    """Inside, failures are this job's. One query."""
    running = Running(job, at, {row.thing: row for row in Failure.objects.filter(job=job)})
    token = _running.set(running)
    try:
        yield running
    finally:
        _running.reset(token)


def rests(thing: object) -> bool:
    """Whether the job that runs now leaves it alone this time. Outside of a job nothing rests."""
    running = _running.get()
    return running is not None and bool(running.known) and running.rests(name_of(thing))


def thing_failed(thing: object, error: Exception) -> None:
    """Count it, in the job that runs now."""
    running = _running.get()
    if running is not None:
        running.acted_on.add(name_of(thing))
        failed(running, name_of(thing), error)


def thing_went_well(thing: object) -> None:
    """Forget what it was, in the job that runs now."""
    running = _running.get()
    if running is not None and running.known:
        went_well(running, name_of(thing))


def name_of(thing: object) -> str:
    """The name of a row, or of whatever else a job acts on, the same at the next tick."""
    if isinstance(thing, models.Model):
        return f"{thing._meta.label_lower}:{thing.pk}"
    if isinstance(thing, tuple):
        return "/".join(name_of(part) for part in thing)[:120]
    return str(thing)[:120]


def failed(running: Running, thing: str, error: Exception) -> None:
    """Count it, and let it rest. Nothing where the database is the one that failed, unless it is the job as a whole."""
    if thing and is_the_databases(error):
        return
    row = running.known.get(thing)
    attempts = row.attempts + 1 if row else 1
    rests = timedelta(0) if is_the_databases(error) else pause_after(attempts)
    facts = {"last_at": running.at, "retry_at": running.at + rests, "last_error": said(error)}
    with transaction.atomic():
        standing = Failure.objects.filter(job=running.job, thing=thing)
        if not standing.update(attempts=F("attempts") + 1, **facts):
            first = {"since": running.at, **facts}
            running.known[thing] = Failure.objects.get_or_create(job=running.job, thing=thing, defaults=first)[0]


def went_well(running: Running, thing: str) -> None:
    """Forget what it was."""
    if running.known.pop(thing, None) is not None:
        Failure.objects.filter(job=running.job, thing=thing).delete()


def forget_gone(running: Running) -> None:
    """Things that were to be tried again, and of which nothing is due any more: somebody did it in another way."""
    gone = [
        row.pk
        for thing, row in running.known.items()
        if thing and thing not in running.acted_on and row.given_up_at is None and not running.rests(thing)
    ]
    if gone:
        Failure.objects.filter(pk__in=gone).delete()


def pause_after(attempts: int) -> timedelta:
    """How long it rests after so many failed tries: 1 min, 2 min, 4 min … 6 h, a fifth more or less."""
    pause: timedelta = min(FIRST_PAUSE * 2 ** min(attempts - 1, 12), LONGEST_PAUSE)
    return pause * random.uniform(0.8, 1.2)  # noqa: S311 -- spreads the load, keeps no secret


def said(error: Exception) -> str:
    """What went wrong, in one line without what may be secret: no rest of an address, no long token, no row of a table."""
    lines = str(error).strip().splitlines() or [""]  # further lines of a database's error show the row
    return cleaned(f"{type(error).__name__}: {lines[0]}".rstrip(": "))


def cleaned(text: str) -> str:
    """The text without what may be secret."""
    for secret, instead in _SECRETS:
        text = secret.sub(instead, text)
    return text[:LONGEST]


def is_the_databases(error: BaseException) -> bool:
    """A lost connection, a deadlock, a serialisation that failed; also as one of several things that failed."""
    if isinstance(error, BaseExceptionGroup):
        return error.subgroup((OperationalError, InterfaceError)) is not None
    return isinstance(error, OperationalError | InterfaceError)
