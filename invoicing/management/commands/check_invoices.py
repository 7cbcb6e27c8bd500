"""`manage.py check_invoices`: prove that invoices, payments and payouts hold, or name what breaks them (rules I1 to I4)."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection, transaction
from django.utils import timezone, translation

from invoicing.checking import check


class Command(BaseCommand):
    """Prints figures and faults; exits 1 where anything is wrong."""

    help = "Check all invoices, payments and payouts; exits 1 and names the first fault where something is wrong."

    def handle(self, *args: Any, **options: Any) -> None:
        """Read everything in one snapshot, so that a check beside running work raises no false alarm."""
        own_transaction = not connection.in_atomic_block
        with transaction.atomic(), translation.override("en"):
            if own_transaction and connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            report = check(at=timezone.now())
        for name, value in report.figures.items():
            self.stdout.write(f"{value:>12,} {name}")
        if not report.faults:
            self.stdout.write(self.style.SUCCESS(f"All {report.checks} checks hold."))
            return
        for fault in report.faults:
            self.stderr.write(self.style.ERROR(str(fault)))
        self.stderr.write(f"Invoices are wrong; the first: {report.faults[0]}")
        sys.exit(1)
