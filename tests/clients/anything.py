"""Any table with a row of nothing in particular, every column of it filled: what a guard holds fast when all is closed and decided.

Constraints and triggers that judge what comes in rest meanwhile; those that judge a change stand. To be used inside of a transaction
that is undone.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import BooleanField, DateField, DateTimeField, DurationField, Field, IntegerField, JSONField, Model, TimeField
from django.db.models.fields import BinaryField, CharField, GenericIPAddressField, TextField

KEY = 900_001
"""The number of the row, and of everything that it points to, which is not there."""
THEN = datetime(2026, 11, 1, 12, tzinfo=UTC)


def a_row(model: type[Model], column: "Field[Any, Any]", text: str) -> None:
    """Put a row into the table, `text` in this column and in no other."""
    values = {each.column: _filler(each) for each in model._meta.concrete_fields if not each.generated}
    values[column.column] = json.dumps([text]) if isinstance(column, JSONField) else text
    names, marks = ", ".join(f'"{name}"' for name in values), ", ".join(["%s"] * len(values))
    with connection.cursor() as cursor:
        (_unjudged_on_sqlite if connection.vendor == "sqlite" else _unjudged_on_postgresql)(cursor, model._meta.db_table)
        cursor.execute(f"INSERT INTO {model._meta.db_table} ({names}) VALUES ({marks})", list(values.values()))
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = origin")


def what_stands(model: type[Model], column: "Field[Any, Any]") -> str:
    """What the column of that row says."""
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT "{column.column}" FROM {model._meta.db_table} WHERE "{model._meta.pk.column}" = %s', [KEY])
        return str(cursor.fetchone()[0])


def _filler(column: "Field[Any, Any]") -> Any:
    """A value that says nothing, of the column's kind."""
    if column.is_relation or column.primary_key:
        return KEY
    value = next((value for kinds, value in FILLERS.items() if isinstance(column, kinds)), 1)
    return column.get_db_prep_save(value, connection)


FILLERS: dict[tuple[type["Field[Any, Any]"], ...], Any] = {
    (JSONField,): [],
    (CharField, TextField): "",
    (BinaryField,): b"",
    (BooleanField,): True,
    (DateTimeField,): THEN,
    (DateField,): THEN.date(),
    (TimeField,): THEN.time(),
    (DurationField,): timedelta(hours=1),
    (IntegerField,): 29_999,
    (GenericIPAddressField,): "192.0.2.1",
}


def _unjudged_on_sqlite(cursor: CursorWrapper, table: str) -> None:
    cursor.execute("PRAGMA ignore_check_constraints = ON")
    cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s AND sql LIKE '%% BEFORE INSERT %%'", [table])
    for (name,) in cursor.fetchall():
        cursor.execute(f"DROP TRIGGER {name}")


def _unjudged_on_postgresql(cursor: CursorWrapper, table: str) -> None:
    cursor.execute("SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid = %s::regclass", [table])
    for (name,) in cursor.fetchall():
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    cursor.execute("SET session_replication_role = replica")
