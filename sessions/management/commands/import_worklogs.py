"""`manage.py import_worklogs FILE.csv [--dry-run]`: sessions from before Tillgodo, as history only (rules C14, R7)."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clients.csv_rows import MOST_BYTES, FileRefused
from sessions.past_work import import_past_work


class Command(BaseCommand):
    help = "Imports past sessions from a CSV file (docs/opening.md) as history: they are shown and counted, and cost nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the CSV file, for instance docs/worklogs-sample.csv")
        parser.add_argument("--dry-run", action="store_true", help="say what would be imported, and import nothing")

    def handle(self, *args: Any, file: Path, dry_run: bool, **options: Any) -> None:
        try:
            with file.open("rb") as opened:
                data = opened.read(MOST_BYTES + 1)
        except OSError as error:
            raise CommandError(_("%(file)s cannot be read: %(error)s") % {"file": file, "error": error.strerror}) from error
        try:
            with transaction.atomic():
                added = import_past_work(data=data, at=timezone.now())
                transaction.set_rollback(dry_run)
        except FileRefused as refused:
            raise CommandError("\n".join([*(problem.told(file) for problem in refused.problems), str(refused)])) from refused
        if added:
            self.stdout.write(ngettext("%(count)s past session", "%(count)s past sessions", added) % {"count": added})
        else:
            self.stdout.write(_("All of it is there already: nothing changed."))
        if dry_run:
            self.stdout.write(_("Nothing was imported: this was a dry run."))
