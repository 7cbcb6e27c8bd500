"""`manage.py make_invoice_documents`: make the documents of all issued invoices that have none, and say how far it is.

The job does the same, fifty at a time (`invoicing.documents.make_due`). Stopped half-way, the next run goes on where this one
stopped; beside the job it makes none twice.
"""

import sys
from collections.abc import Iterator
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from invoicing import documents
from invoicing.models import Invoice

CHUNK = 50
EVERY_SECONDS = 1.0


class Command(BaseCommand):
    """Prints a line of progress; exits 1 where some could not be made, and names them."""

    help = "Make the documents of all issued invoices that have none; exits 1 and names those that could not be made."

    def handle(self, *args: Any, **options: Any) -> None:
        """One after the other, each in a step of its own."""
        wanted, failed, told = documents.missing().count(), [], 0.0
        number = 0
        for number, invoice in enumerate(_missing(), start=1):
            try:
                documents.keep(invoice, at=timezone.now())
            except Exception as error:
                failed.append(f"{invoice}: {type(error).__name__}: {error}")
            if monotonic() >= told + EVERY_SECONDS:
                told = monotonic()
                self.stdout.write(f"{number:,} of {max(wanted, number):,}")
        self.stdout.write(self.style.SUCCESS(f"{number - len(failed):,} invoices have their documents now."))
        for line in failed:
            self.stderr.write(self.style.ERROR(line))
        if failed:
            sys.exit(1)


def _missing() -> Iterator[Invoice]:
    """Each once, the oldest first, so many at a time that they never stand in memory together."""
    last = 0
    while found := list(documents.missing().filter(pk__gt=last)[:CHUNK]):
        yield from found
        last = found[-1].pk
