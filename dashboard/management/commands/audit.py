"""`manage.py audit`: prove that the ledger holds and that whatever spends from it agrees with it (rule C15)."""

import sys
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand

from core.snapshots import one_snapshot
from credits.audit import Report
from credits.audit import audit as audit_ledger
from sessions.audit import audit as audit_sessions

AUDITS: dict[str, Callable[[], Report]] = {"ledger": audit_ledger, "sessions": audit_sessions}


class Command(BaseCommand):
    """Prints figures and findings; exits 1 where anything is wrong."""

    help = "Prove the ledger, and that sessions agree with it, over the whole database; exits 1 and names what is wrong."

    def handle(self, *args: Any, **options: Any) -> None:
        """Read everything in one snapshot, so that an audit beside running work raises no false alarm."""
        with one_snapshot():
            reports = {name: audit() for name, audit in AUDITS.items()}
        for report in reports.values():
            for name, value in report.figures.items():
                self.stdout.write(f"{value:>12,} {name}")
        findings = [f"{name}: {finding}" for name, report in reports.items() for finding in report.findings]
        if not findings:
            self.stdout.write(self.style.SUCCESS(f"Everything agrees: {', '.join(reports)}."))
            return
        self.stderr.write(self.style.ERROR("\n".join(findings)))
        sys.exit(1)
