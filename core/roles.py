"""What the application's role may do in PostgreSQL, where another role owns the tables (rule C14).

An owner can switch triggers off; whoever only runs the product should not be able to. So the role that migrates owns
everything, and the role that runs gets rights: to read and to add in append-only tables, as the guards declare them,
to change rows elsewhere, and to read which migrations have run. It reads how far the numbers of rows have come, too, for
a copy that it makes says so (docs/backup.md). Where a guard lets an erasure replace a name in a text of an append-only
table, the right to change goes as far as that column, and the trigger judges how it is used. Rights are given for the
tables there are, so they are given again after every migration run; a table that is new meanwhile is not there for the
application.
"""

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder

from core import guards

READ = "SELECT"
READ_AND_ADD = "SELECT, INSERT"
CHANGE = "SELECT, INSERT, UPDATE, DELETE"
TAKEN_AWAY = ("UPDATE", "DELETE", "TRUNCATE")
"""What nobody but the owner can do to an append-only table."""


def append_only_tables() -> list[str]:
    """The tables that guards declare as append-only, by name."""
    return sorted(_append_only())


def statements(*, role: str, connection: BaseDatabaseWrapper) -> list[str]:
    """The SQL that gives `role` its rights in the tables and sequences of this database, and no others. Harmless when repeated."""
    quote = connection.ops.quote_name
    rights = dict.fromkeys(sorted(connection.introspection.table_names()), CHANGE)
    rights |= {table: _read_and_add(columns) for table, columns in _append_only().items()}
    rights |= {MigrationRecorder.Migration._meta.db_table: READ}
    return [
        f"GRANT USAGE ON SCHEMA public TO {quote(role)}",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {quote(role)}",
        f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {quote(role)}",
        f"GRANT {READ} ON ALL SEQUENCES IN SCHEMA public TO {quote(role)}",
        *(f"GRANT {right} ON {quote(table)} TO {quote(role)}" for table, right in rights.items()),
    ]


def is_unbound(*, role: str, connection: BaseDatabaseWrapper) -> bool | None:
    """Whether rights mean nothing to `role`, for it owns a table or is a superuser; None where there is no such role."""
    query = """
        SELECT rolsuper OR EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = 'public' AND pg_has_role(oid, tableowner, 'MEMBER'))
        FROM pg_roles WHERE rolname = %s"""
    with connection.cursor() as cursor:
        cursor.execute(query, [role])
        found = cursor.fetchone()
    return None if found is None else bool(found[0])


def still_allowed(*, role: str, connection: BaseDatabaseWrapper) -> list[str]:
    """What `role` can do to append-only tables although nobody should: a right that came to it another way."""
    asked = [(table, right) for table in append_only_tables() for right in TAKEN_AWAY]
    with connection.cursor() as cursor:
        allowed = []
        for table, right in asked:
            cursor.execute("SELECT has_table_privilege(%s, %s, %s)", [role, table, right])
            if cursor.fetchone()[0]:
                allowed.append(f"{right} {table}")
    return allowed


def _append_only() -> dict[str, list[str]]:
    """The append-only tables, each with the columns that an erasure may rewrite."""
    return {guard.table: sorted(guard.rewritable) for guard in guards.declared() if guard.is_append_only}


def _read_and_add(rewritable: list[str]) -> str:
    return f"{READ_AND_ADD}, UPDATE ({', '.join(rewritable)})" if rewritable else READ_AND_ADD
