"""Keeping when each due job last ran. Whoever runs jobs says so here: the loop, the command, Celery's workers.

It tells whoever watches, and nothing depends on it: what is due stands in the queries of the jobs.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import DatabaseError

from dashboard.models import JobRun

PAUSE = timedelta(seconds=30)
"""A job that goes well is noted no more often than this: some run every five seconds."""

logger = logging.getLogger(__name__)


def note(*, done: Iterable[str] = (), failed: Iterable[str] = (), at: datetime) -> None:
    """Keep that these jobs were `done` at this instant, and that those `failed`. Never fails itself."""
    done, failed = list(done), list(failed)
    try:
        known = {run.name: run for run in JobRun.objects.filter(name__in=[*done, *failed])}
        runs = [_done(name, at) for name in done if _is_news(known.get(name), at)] + [_failed(name, known.get(name), at) for name in failed]
        if runs:
            runs.sort(key=lambda run: run.name)  # two workers lock the rows in one order
            JobRun.objects.bulk_create(
                runs, update_conflicts=True, unique_fields=["name"], update_fields=["ran_at", "succeeded_at", "failures"]
            )
    except DatabaseError as error:
        logger.warning("when jobs ran was not noted: %s", type(error).__name__)


def _is_news(run: JobRun | None, at: datetime) -> bool:
    return run is None or bool(run.failures) or run.ran_at <= at - PAUSE


def _done(name: str, at: datetime) -> JobRun:
    return JobRun(name=name, ran_at=at, succeeded_at=at)


def _failed(name: str, before: JobRun | None, at: datetime) -> JobRun:
    if before is None:
        return JobRun(name=name, ran_at=at, failures=1)
    return JobRun(name=name, ran_at=at, succeeded_at=before.succeeded_at, failures=before.failures + 1)
