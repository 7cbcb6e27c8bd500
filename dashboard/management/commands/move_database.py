"""Move this installation from SQLite to PostgreSQL. Stop the web server and the jobs first.

    python manage.py move_database --to postgres://user:password@host:5432/tillgodo

All or nothing: where it is killed the other database stays without rows, and it may be run again. Afterwards name the other
database in DATABASE_URL and start again; the old one is left as it was, but for this: nothing leaves it any more.
"""

from argparse import ArgumentParser
from typing import Any

import environ
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.utils import timezone

from core import databases, moving
from core.backup import checksums, restoring
from core.backup.errors import BackupFailed
from notices import holding


class Command(BaseCommand):
    help = "Move this installation from SQLite to an empty PostgreSQL database, all or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", required=True, metavar="URL", help="postgres://user:password@host:5432/name")

    def handle(self, **options: Any) -> None:
        described = _described(options["to"])
        if connection.vendor != "sqlite":
            raise CommandError("This installation is not on SQLite. To move within PostgreSQL, use `manage.py backup` and `restore`.")
        if checksums.known() - set(checksums.applied("default")):
            raise CommandError("Run `manage.py migrate` first: this database has not the schema of this version.")
        try:
            with databases.opened("target", described) as target:
                if not restoring.is_empty_database(target):
                    raise CommandError("There is something in the other database already. Nothing has changed.")
                call_command("migrate", database="target", verbosity=0, interactive=False)
                sums = moving.move(source="default", target="target", finish=_held)
        except (BackupFailed, DatabaseError) as error:
            raise CommandError(str(error)) from error
        rows = sum(total.rows for total in sums.values())
        self.stdout.write(
            self.style.SUCCESS(f"Moved {len(sums)} tables with {rows:,} rows; every table has the same sum in both databases.")
        )
        self.stdout.write("Name the other database in DATABASE_URL and start again. Nothing leaves the old one any more.")


def _held(alias: str) -> None:
    """Nothing leaves the old one from the moment on at which the new one is whole."""
    holding.hold(reason=holding.MOVED, at=timezone.now(), using=alias)


def _described(url: str) -> dict[str, Any]:
    """The database that a URL names, as settings.DATABASES would. Raises CommandError unless it is one of PostgreSQL."""
    if not url.startswith(("postgres://", "postgresql://")):
        raise CommandError("--to names a PostgreSQL database: postgres://user:password@host:5432/name")
    described: dict[str, Any] = environ.Env.db_url_config(url)
    return described
