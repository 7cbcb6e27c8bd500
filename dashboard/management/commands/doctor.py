"""`manage.py doctor`: is this installation well? Looks at everything it leans on, changes nothing, sends nothing.

python manage.py doctor                      # a line each, with what to do
python manage.py doctor --json               # the same for machines
python manage.py doctor --only jobs outbox   # these alone

Exits 0 if nothing is wrong, else 1, naming the fault to see to first.
"""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from dashboard.health import checks
from dashboard.health.findings import Finding, State

MARKS = {State.OK: "ok   ", State.NOTE: "note ", State.FAULT: "FAULT"}


class Command(BaseCommand):
    help = "Look whether this installation is well: database, broker, mail, keys, jobs and the rest; says what to do."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", dest="as_json", help="for machines")
        parser.add_argument("--only", nargs="+", choices=list(checks.CHECKS), metavar="CHECK", help=", ".join(checks.CHECKS))

    def handle(self, *args: Any, as_json: bool, only: list[str] | None, **options: Any) -> None:
        findings = checks.look(only or checks.CHECKS, timezone.now())
        first = checks.first_fault(findings)
        if as_json:
            told = {"well": first is None, "first_fault": first.name if first else None, "findings": [asdict(each) for each in findings]}
            self.stdout.write(json.dumps(told, ensure_ascii=False, indent=2))
        else:
            self._tell(findings)
        if first:
            self.stderr.write(f"First see to this: {first.name}: {first.says}. {first.advice}")
            sys.exit(1)

    def _tell(self, findings: list[Finding]) -> None:
        for finding in findings:
            self.stdout.write(f"{MARKS[finding.state]}  {finding.name:13}  {finding.says}")
            if finding.advice:
                self.stdout.write(f"{'':22}{finding.advice}")
