"""Undo what a transactional test left: only the tables that hold rows are emptied, in one transaction.

Django's own way empties every table, tells the whole product that it was migrated, and so puts up every guard again: seconds,
where a race of milliseconds was tested. What migrations filled stays.
"""

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from core import guards

KEPT = {"django_migrations", "django_content_type", "auth_permission"}
"""Written by migrating, and by nothing that a test does."""


def empty(connection: BaseDatabaseWrapper) -> None:
    """Take every row of every table of the product away. The guards rest meanwhile, and stand again afterwards."""
    tables = sorted(set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - KEPT)
    rest = _delete_on_sqlite if connection.vendor == "sqlite" else _delete_on_postgresql
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        filled = [table for table in tables if _has_rows(cursor, table)]
        if filled:
            rest(cursor, filled)


def forget_history(connection: BaseDatabaseWrapper, table: str) -> None:
    """Empty one table of history inside a test, as if nothing had been: its guards are down until the test is undone."""
    with connection.cursor() as cursor:
        for guard in (guard for guard in guards.declared() if guard.table == table):
            for statement in guard.remove(connection):
                cursor.execute(statement)
        cursor.execute(f"DELETE FROM {table}")


def _has_rows(cursor: CursorWrapper, table: str) -> bool:
    cursor.execute(f"SELECT 1 FROM {table} LIMIT 1")
    return cursor.fetchone() is not None


def _delete_on_sqlite(cursor: CursorWrapper, tables: list[str]) -> None:
    """Triggers that refuse cannot rest here: they are dropped, and made again from what the catalogue says of them."""
    marks = ", ".join(["%s"] * len(tables))
    refusing = "type = 'trigger' AND instr(sql, 'RAISE(') > 0"
    cursor.execute(f"SELECT name, sql FROM sqlite_master WHERE {refusing} AND tbl_name IN ({marks})", tables)
    triggers = cursor.fetchall()
    for name, _sql in triggers:
        cursor.execute(f"DROP TRIGGER {name}")
    for table in tables:
        cursor.execute(f"DELETE FROM {table}")
    for _name, sql in triggers:
        cursor.execute(sql)


def _delete_on_postgresql(cursor: CursorWrapper, tables: list[str]) -> None:
    cursor.execute("".join(f"ALTER TABLE {table} DISABLE TRIGGER USER;" for table in tables))
    cursor.execute("".join(f"DELETE FROM {table};" for table in tables))
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks still to come cannot be altered
    cursor.execute("".join(f"ALTER TABLE {table} ENABLE TRIGGER USER;" for table in tables))
