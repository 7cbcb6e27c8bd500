"""The beat of production. Any number of them may run: one sends the ticks, and the others stand by.

Which one it is stands in a lease row of the database, kept by the database's own clock. A beat that dies, or loses the
database, is followed by another within `LEASE`. Celery's own beat reads the clock of its machine, and after a leap back
by an hour would keep silent for that hour: here a leap makes the schedule begin anew.
"""

import logging
import os
import socket
import time
import uuid
from datetime import timedelta
from typing import Any

from celery.beat import Scheduler
from django.db import DatabaseError, connection

from core import leases

LEASE = timedelta(seconds=30)
RENEW_SECONDS = 5.0
LEAP_SECONDS = 10.0

logger = logging.getLogger(__name__)


class LeasedScheduler(Scheduler):  # type: ignore[misc]  # Celery tells no types
    """Celery's scheduler, which sends only while it holds the lease, and does not wait for a clock that went back."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self.leads = False
        self._renew_at = 0.0
        self._offset = _offset()
        super().__init__(*args, **kwargs)

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Send what is due, if it is ours to send; returns the seconds until the next look."""
        if abs(_offset() - self._offset) > LEAP_SECONDS:
            self._begin_anew()
        if not self._may_send():
            return RENEW_SECONDS
        return min(float(super().tick(*args, **kwargs)), RENEW_SECONDS)

    def close(self) -> None:
        """Whoever stands by need not wait."""
        try:
            if self.leads:
                leases.give_back("beat", holder=self.holder)
        except DatabaseError:
            logger.warning("The lease of beat could not be given back: it runs out by itself")
        super().close()

    def _may_send(self) -> bool:
        if time.monotonic() < self._renew_at:
            return self.leads
        led, self.leads = self.leads, self._take()
        self._renew_at = time.monotonic() + RENEW_SECONDS
        if self.leads and not led:
            logger.info("This beat sends the ticks now: %s", self.holder)
        elif led and not self.leads:
            logger.warning("This beat sends no more: another holds the lease, or the database is away")
        return self.leads

    def _take(self) -> bool:
        try:
            return leases.take("beat", holder=self.holder, length=LEASE)
        except DatabaseError as error:
            logger.warning("Beat cannot ask the database whether it may send: %s", type(error).__name__)
            connection.close()
            return False

    def _begin_anew(self) -> None:
        logger.warning("The clock of this machine has leapt: the schedule begins anew")
        self._offset = _offset()
        for entry in self.schedule.values():
            entry.last_run_at = entry.default_now()
        self._heap = None


def _offset() -> float:
    """How far the clock on the wall is from one that never leaps."""
    return time.time() - time.monotonic()
