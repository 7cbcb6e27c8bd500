"""`manage.py audit_ledger`: prove that the ledger holds, or name what breaks it (rule C15)."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection, transaction

from credits.audit import CHECKS, audit


class Command(BaseCommand):
    """Prints figures and findings; exits 1 where anything is wrong."""

    help = "Prove rule C15 over the whole database; exits 1 and names the first wrong entry where it does not hold."

    def handle(self, *args: Any, **options: Any) -> None:
        """Read everything in one snapshot, so that an audit beside running work raises no false alarm."""
        own_transaction = not connection.in_atomic_block
        with transaction.atomic():
            if own_transaction and connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            report = audit()
        for name, value in report.figures.items():
            self.stdout.write(f"{value:>12,} {name}")
        if not report.findings:
            self.stdout.write(self.style.SUCCESS(f"All {len(CHECKS)} checks hold."))
            return
        for finding in report.findings:
            self.stderr.write(self.style.ERROR(str(finding)))
        self.stderr.write(f"The ledger is wrong; the first: {report.findings[0]}")
        sys.exit(1)
