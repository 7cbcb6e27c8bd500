"""`manage.py audit`: prove that the ledger holds, that what spends from it agrees, deadlines with their log, and delivery (C15, S6, D3)."""

import sys
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from django.core.management.base import BaseCommand

from cases.audit import audit as audit_cases
from core.snapshots import one_snapshot
from credits.audit import audit as audit_ledger
from delivery.audit import audit as audit_delivery
from sessions.audit import audit as audit_sessions


class Report(Protocol):
    """What an audit has to say: what it looked at, and what is wrong."""

    @property
    def figures(self) -> dict[str, int]:
        """How many of what were looked at."""

    @property
    def findings(self) -> Sequence[object]:
        """Each as a sentence."""


AUDITS: dict[str, Callable[[], Report]] = {
    "ledger": audit_ledger,
    "sessions": audit_sessions,
    "cases": audit_cases,
    "delivery": audit_delivery,
}


class Command(BaseCommand):
    """Prints figures and findings; exits 1 where anything is wrong."""

    help = "Prove the ledger, the sessions that spend from it, the deadlines of cases and delivery; exits 1 and names what is wrong."

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
