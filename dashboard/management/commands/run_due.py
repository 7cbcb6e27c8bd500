"""`manage.py run_due`: do all that is due now. Call it every minute or so; `manage.py serve` calls it by itself."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core import clock
from dashboard import ticks
from dashboard.due import run_due


class Command(BaseCommand):
    """Runs the due jobs once."""

    help = "Run the jobs that are due: waiting bookings, reminders, disputes, mails. Running it late or twice is harmless."

    def handle(self, *args: Any, **options: Any) -> None:
        """Say what was done; fail when a job failed, after all have run."""
        at = timezone.now()
        try:
            clock.check(at)
        except clock.ClockAstray as astray:
            raise CommandError(str(astray)) from astray
        done, failed = run_due(at=at)
        ticks.note(done=done, failed=failed, at=at)
        for name, count in done.items():
            if count and options["verbosity"]:
                self.stdout.write(f"{name}: {count}")
        if failed:
            msg = f"These jobs failed, see the log: {', '.join(failed)}"
            raise CommandError(msg)
