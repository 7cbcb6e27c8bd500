"""`manage.py database_role ROLE`: give the application's role its rights in PostgreSQL (rule C14)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from core import roles


class Command(BaseCommand):
    """Run by the role that owns the tables, after every migration run."""

    help = (
        "Give a PostgreSQL role the rights that the application needs and no others: to read and to add, but never to change or "
        "remove, in append-only tables; the usual rights elsewhere. Run it as the owner of the tables, after every migration run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("role", help="the role that the application connects as; it exists already and owns nothing")
        parser.add_argument("--show", action="store_true", help="print the SQL and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Apply the statements, all or none, and look whether they hold."""
        role = options["role"]
        if connection.vendor != "postgresql":
            msg = "SQLite has no roles: whoever can open the file can do everything. This is for PostgreSQL (DATABASE_URL)."
            raise CommandError(msg)
        if options["show"]:
            self.stdout.write("".join(f"{statement};\n" for statement in roles.statements(role=role, connection=connection)))
            return
        self._check(role)
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in roles.statements(role=role, connection=connection):
                cursor.execute(statement)
            if allowed := roles.still_allowed(role=role, connection=connection):
                msg = f"{role} can still {', '.join(allowed)}, by a right of PUBLIC or of another role. Nothing has changed."
                raise CommandError(msg)
        self.stdout.write(self.style.SUCCESS(f"{role} reads and adds, and no more, in {', '.join(roles.append_only_tables())}."))

    def _check(self, role: str) -> None:
        unbound = roles.is_unbound(role=role, connection=connection)
        if unbound is None:
            msg = f"There is no role {role}. Make it first: CREATE ROLE {connection.ops.quote_name(role)} LOGIN PASSWORD '…';"
            raise CommandError(msg)
        if unbound:
            msg = f"{role} owns tables or is a superuser, so rights mean nothing to it. Let another role own them and migrate."
            raise CommandError(msg)
