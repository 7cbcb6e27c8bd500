"""`manage.py import_opening FILE.csv [--dry-run]`: clients, people and opening balances from a spreadsheet (rules C12, C14)."""

from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clients.csv_rows import MOST_BYTES, FileRefused
from core.errors import DomainError
from core.formatting import hours
from credits.opening.applying import import_opening


class Command(BaseCommand):
    help = "Imports clients, people and opening balances from a CSV file (docs/opening.md), wholly or not at all."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the CSV file, for instance docs/opening-sample.csv")
        parser.add_argument("--dry-run", action="store_true", help="say what would be imported, and import nothing")

    def handle(self, *args: Any, file: Path, dry_run: bool, **options: Any) -> None:
        try:
            with file.open("rb") as opened:
                data = opened.read(MOST_BYTES + 1)
        except OSError as error:
            raise CommandError(_("%(file)s cannot be read: %(error)s") % {"file": file, "error": error.strerror}) from error
        try:
            with transaction.atomic():
                added = import_opening(data=data, at=timezone.now())
                transaction.set_rollback(dry_run)
        except FileRefused as refused:
            raise CommandError("\n".join([*(problem.told(file) for problem in refused.problems), str(refused)])) from refused
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal
        for line in _report(added):
            self.stdout.write(line)
        if dry_run:
            self.stdout.write(_("Nothing was imported: this was a dry run."))


def _report(added: Counter[str]) -> list[str]:
    """What was added, in words."""
    if not added.total():
        return [_("All of it is there already: nothing changed.")]
    lots, minutes = added["lots"], added["minutes"]
    return [
        ngettext("%(count)s organisation", "%(count)s organisations", added["organisations"]) % {"count": added["organisations"]},
        ngettext("%(count)s person", "%(count)s people", added["people"]) % {"count": added["people"]},
        ngettext("%(count)s membership", "%(count)s memberships", added["memberships"]) % {"count": added["memberships"]},
        ngettext("%(count)s account", "%(count)s accounts", added["accounts"]) % {"count": added["accounts"]},
        ngettext("%(count)s balance, %(hours)s in all", "%(count)s balances, %(hours)s in all", lots)
        % {"count": lots, "hours": hours(minutes)},
    ]
