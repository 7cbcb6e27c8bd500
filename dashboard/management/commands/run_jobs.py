"""The job loop of the embedded default: runs what is due, every few seconds, until told to stop.

What is due stands in the database, so that a round that fails, or a loop that is killed, only delays it.
"""

import logging
import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import close_old_connections

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Run the due jobs every few seconds until told to stop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--every", type=float, default=5.0, metavar="SECONDS", help="default: 5")

    def handle(self, *args: Any, every: float, **options: Any) -> None:
        told_to_stop = threading.Event()
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: told_to_stop.set())
        while not told_to_stop.is_set():
            _run_due()
            told_to_stop.wait(every)


def _run_due() -> None:
    """One round; what goes wrong is logged, and tried again in the next."""
    close_old_connections()
    try:
        call_command("run_due", verbosity=0)
    except Exception:
        log.exception("A round of jobs failed; the next one tries again")
    finally:
        close_old_connections()
