"""Changing tables on SQLite, where a table is remade under another name and given its own again.

SQLite refuses to rename while a trigger anywhere mentions a table that is away at that moment. Guards look into other tables
(`core/guards.py`), so those that mention the table are taken down meanwhile, in the same transaction.
"""

from typing import Any

from django.db.backends.sqlite3 import schema
from django.db.models import Model

MENTIONS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name <> %s AND instr(sql, %s) > 0"


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    """Django's, for a database whose triggers look into other tables."""

    def _remake_table(self, model: type[Model], *args: Any, **kwargs: Any) -> None:
        table = model._meta.db_table
        with self.connection.cursor() as cursor:
            cursor.execute(MENTIONS, [table, table])
            triggers = cursor.fetchall()
        for name, _sql in triggers:
            self.execute(f"DROP TRIGGER {self.quote_name(name)}")
        super()._remake_table(model, *args, **kwargs)  # type: ignore[misc]
        for _name, sql in triggers:
            self.execute(sql, None)
