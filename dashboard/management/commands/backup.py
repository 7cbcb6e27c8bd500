"""A copy of the whole installation in one file: database, files, and what both must add up to. Never the keys.

python manage.py backup tillgodo.backup
python manage.py backup tillgodo.backup --encrypt          # with BACKUP_PASSPHRASE, or a passphrase that is asked for
python manage.py backup tillgodo.backup --key-file KEY     # with a key of 32 bytes (manage.py reseal --new-key)
python manage.py backup tillgodo.backup --verify           # read a copy to its end and change nothing
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.backup import installation, making, restoring, unfinished
from core.backup.errors import BackupFailed
from dashboard.backup_secrets import add_secrets, secret_of


class Command(BaseCommand):
    help = "Copy the whole installation into one file, or read such a file to its end (--verify). The keys are not in it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--verify", action="store_true", help="read the file to its end, compare everything in it, and change nothing")
        add_secrets(parser)

    def handle(self, **options: Any) -> None:
        file, here = options["file"], installation.current()
        try:
            secret = secret_of(options, twice=not options["verify"])
            if options["verify"]:
                with unfinished.by_us():
                    facts = restoring.check(file, here, secret=secret)
            else:
                facts = making.make(file, here, secret=secret, at=timezone.now())
        except BackupFailed as error:
            raise CommandError(str(error)) from error
        done = "is whole and fits this installation" if options["verify"] else "is written"
        rows = sum(total["rows"] for total in facts["tables"].values())
        told = f"{len(facts['tables'])} tables, {rows:,} rows, {len(facts['files']):,} files, {file.stat().st_size:,} bytes"
        self.stdout.write(self.style.SUCCESS(f"{file} {done}: {told}, made {facts['made_at']}."))
