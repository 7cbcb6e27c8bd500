"""The job loops of the embedded default: they run what is due, every few seconds, until told to stop.

One does what is done here, the other asks other servers (`dashboard.due.FETCHERS`): a slow one holds up nothing else.

What is due stands in the database, so that a round that fails, or a loop that is killed, only delays it.
"""

import logging
import signal
import threading
from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections
from django.utils import timezone

from core import clock
from dashboard import ticks
from dashboard.due import FETCHERS, JOBS, Job, run_due

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Run the due jobs every few seconds until told to stop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--every", type=float, default=5.0, metavar="SECONDS", help="default: 5")

    def handle(self, *args: Any, every: float, **options: Any) -> None:
        told_to_stop = threading.Event()
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: told_to_stop.set())
        fetching = {name: job for name, job in JOBS.items() if job in FETCHERS}
        beside = threading.Thread(target=_loop, args=[fetching, told_to_stop, every], daemon=True)  # what it does may be cut off
        beside.start()
        _loop({name: job for name, job in JOBS.items() if job not in FETCHERS}, told_to_stop, every)


def _loop(jobs: Mapping[str, Job], told_to_stop: threading.Event, every: float) -> None:
    while not told_to_stop.is_set():
        _round(jobs)
        told_to_stop.wait(every)


def _round(jobs: Mapping[str, Job]) -> None:
    """One round; what goes wrong is logged, and tried again in the next."""
    close_old_connections()
    try:
        at = timezone.now()
        clock.check(at)
        done, failed = run_due(at=at, jobs=jobs)
        ticks.note(done=done, failed=failed, at=at)
    except clock.ClockAstray as astray:
        log.error("No job runs: %s", astray)  # noqa: TRY400 the sentence says it all
    except Exception:
        log.exception("A round of jobs failed; the next one tries again")
    finally:
        close_old_connections()
