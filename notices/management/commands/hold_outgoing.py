"""Let nothing leave the house: run it before anything else in a copy that `manage.py restore` did not make.

    python manage.py hold_outgoing

Such as a database that PostgreSQL's own recovery brought back to a point in time. `manage.py release_outgoing` ends it.
"""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from notices import holding


class Command(BaseCommand):
    help = "Hold all mail, texts, webhooks, e-invoices and payments: this is a copy whose original may live."

    def handle(self, **options: Any) -> None:
        holding.hold(reason=holding.RESTORED, at=timezone.now())
        self.stdout.write(self.style.SUCCESS("Nothing leaves this installation until `manage.py release_outgoing`."))
