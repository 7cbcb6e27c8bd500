"""Django's `migrate`, which on PostgreSQL makes nobody wait long: it waits briefly for a table, steps back and tries again.

    python manage.py migrate

LOCK_TIMEOUT_SECONDS (1) is for how long it waits, LOCK_TRIES (60) how often it tries. What a try had done stays done.
"""

import random
import time
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections

from core.migrating import lock_timeout, was_locked

LONGEST_PAUSE_SECONDS = 5.0


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        if connection.vendor != "postgresql":
            super().handle(*args, **options)
            return
        for attempt in range(1, settings.LOCK_TRIES + 1):
            try:
                with lock_timeout(connection, settings.LOCK_TIMEOUT_SECONDS):
                    super().handle(*args, **options)
            except OperationalError as error:
                if not was_locked(error):
                    raise
                self.stderr.write(f"A table is in use; stepping back ({attempt} of {settings.LOCK_TRIES}).")
                time.sleep(_pause(attempt))
            else:
                return
        raise CommandError("A table was in use at every try. What was done so far is done; run it again, and see who holds the table.")


def _pause(attempt: int) -> float:
    """Seconds: a little more after each try, and never quite the same."""
    return min(0.2 * attempt, LONGEST_PAUSE_SECONDS) * random.uniform(0.5, 1.5)  # noqa: S311 -- keeps no secret
