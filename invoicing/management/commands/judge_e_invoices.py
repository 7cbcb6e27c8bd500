"""`manage.py judge_e_invoices [NUMBER…] [--rules FOLDER]`: judge the stored e-invoices by the official rules and further ones (rule I4).

It reads and prints, and changes nothing. What did not run is a failure: a number without an e-invoice, a folder without rules, a set
of rules that had nothing to say.
"""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from invoicing import judging
from invoicing.einvoice import official, vetting
from invoicing.judging import Judgement, NumbersUnknown


class Command(BaseCommand):
    """Prints of each e-invoice what was found and how many rules fired; exits 1 where one is broken, or was not judged."""

    help = "Judge the stored e-invoices, or those named, by the official rules and further ones; exits 1 where a rule is broken."
    requires_system_checks = []  # one of them is about these rules, and says less

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("numbers", nargs="*", metavar="NUMBER", help="numbers of invoices and credit notes; all where none is named")
        parser.add_argument("--rules", type=Path, metavar="FOLDER", help="a folder of further rules, instead of EINVOICE_RULES")

    def handle(self, *args: Any, **options: Any) -> None:
        """One after the other, as the first of them were made."""
        further = options["rules"] or vetting.folder_of_rules()
        count = {"judged": 0, "broken": 0, "fired": 0}
        with translation.override("en"):
            try:
                official.require_ready(further=further)
                for judgement in judging.judge(options["numbers"], further=further):
                    count["judged"] += 1
                    count["broken"] += judgement.is_broken
                    count["fired"] += sum(judgement.fired.values())
                    self._tell(judgement)
            except official.RulesDidNotRun as fault:
                raise CommandError(f"Nothing was judged: {fault}.") from fault
            except NumbersUnknown as fault:
                raise CommandError(f"Nothing was judged. {_named(fault)}") from fault
        if not count["judged"]:
            raise CommandError("Nothing was judged: no e-invoice has been made yet.")
        self._conclude(**count)

    def _tell(self, judgement: Judgement) -> None:
        if judgement.why_not:
            self.stderr.write(self.style.ERROR(f"{judgement.number}: not judged, for {judgement.why_not}"))
            return
        sets = ", ".join(f"{name} {count:,}" for name, count in judgement.fired.items())
        word = "broken" if judgement.is_broken else "good"
        fired = sum(judgement.fired.values())
        self.stdout.write(f"{judgement.number}: {word}; findings: {len(judgement.findings)}; rules fired: {fired:,} ({sets})")
        for finding in judgement.findings:
            self.stdout.write(f"  {finding.rule} ({finding.gravity}): {finding.sentence} [{finding.place}]")

    def _conclude(self, *, judged: int, broken: int, fired: int) -> None:
        told = f"E-invoices: {judged:,}; rules fired: {fired:,}"
        if broken:
            self.stderr.write(self.style.ERROR(f"{told}; broken, or not judged: {broken:,}."))
            sys.exit(1)
        self.stdout.write(self.style.SUCCESS(f"{told}; none breaks a rule."))


def _named(fault: NumbersUnknown) -> str:
    parts = {
        "No invoice or credit note has been issued under": fault.unknown,
        "No e-invoice is stored of": fault.without,
    }
    return " ".join(f"{words} {', '.join(numbers)}." for words, numbers in parts.items() if numbers)
