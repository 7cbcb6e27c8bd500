"""Make this installation of a copy that `manage.py backup` made. Stop the web server and the jobs first.

    python manage.py restore tillgodo.backup
    python manage.py restore tillgodo.backup --replace         # take away what is here

Nothing leaves the restored installation until `manage.py release_outgoing`, and everybody signs in again.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.sessions.models import Session
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.utils import timezone

from core.backup import installation, restoring
from core.backup.errors import BackupFailed
from dashboard.backup_secrets import add_secrets, secret_of
from notices import holding


class Command(BaseCommand):
    help = "Make this installation of a copy. It refuses one with anything in it, unless --replace takes that away."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--replace", action="store_true", help="take away what is in this installation")
        parser.add_argument("--no-input", action="store_true", help="do not ask before --replace")
        add_secrets(parser)

    def handle(self, **options: Any) -> None:
        if options["replace"] and not options["no_input"]:
            name = Path(str(connection.settings_dict["NAME"])).name
            self.stdout.write(f"Everything in the database {name} and all files here will be taken away.")
            if input(f"Type {name} to go on: ").strip() != name:
                raise CommandError("Nothing has changed.")
        try:
            secret = secret_of(options, twice=False)
            facts = restoring.restore(options["file"], installation.current(), secret=secret, replace=options["replace"], finish=finish)
        except (BackupFailed, DatabaseError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(self.style.SUCCESS(f"Restored, and equal to the copy of {facts['made_at']}: {len(facts['tables'])} tables."))
        self.stdout.write(
            "Nothing leaves it until `manage.py release_outgoing`. Where a role of its own runs it: `manage.py database_role ROLE`."
        )


def finish(alias: str) -> None:
    """Hold what would go out, and let nobody be signed in whom the original may have signed out since."""
    Session.objects.using(alias).all().delete()
    holding.hold(reason=holding.RESTORED, at=timezone.now(), using=alias)
