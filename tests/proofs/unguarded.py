"""Taking guards away, for controls: a proof that cannot fail proves nothing (REL4). PostgreSQL only.

The product has no such switch: the locks are patched to plain reads in this process, and what the database refuses by
is dropped from the database of the tests, and put back as it was.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet

from core import rows

REFUSING = "c", "u", "x"
"""CHECK, UNIQUE and EXCLUDE in PostgreSQL's catalogue."""


def without_locks(patch: pytest.MonkeyPatch) -> None:
    """Every SELECT … FOR UPDATE becomes a plain read: the first guard of every rule about money and time."""
    read = rows.read

    def plain(found: QuerySet[Any, Any], *_args: Any, **_options: Any) -> QuerySet[Any, Any]:
        return found.all()

    def read_plainly(*asked: Any, **_options: Any) -> list[Any]:
        return read(*asked)

    patch.setattr(QuerySet, "select_for_update", plain)
    patch.setattr(rows, "read", read_plainly)


@contextmanager
def without_refusals(*tables: str) -> Iterator[None]:
    """These tables take whatever is written: the last guard of the rules about them. They are emptied afterwards."""
    names = list(tables)
    with connection.cursor() as cursor:
        constraints = _constraints(cursor, names)
        for table, name, _ in constraints:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        _triggers(cursor, names, "DISABLE")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            everything = _all_tables(cursor)
            _triggers(cursor, everything, "DISABLE")
            cursor.execute(f"TRUNCATE {', '.join(names)} CASCADE")
            _triggers(cursor, everything, "ENABLE")
            for table, name, definition in constraints:
                cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')


def refusals() -> list[tuple[str, str]]:
    """Every constraint that refuses, by table and name, to compare before and after."""
    with connection.cursor() as cursor:
        return [(table, name) for table, name, _ in _constraints(cursor, _all_tables(cursor))]


def _constraints(cursor: Any, tables: Sequence[str]) -> list[tuple[str, str, str]]:
    cursor.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE contype = ANY(%s) AND conrelid::regclass::text = ANY(%s) ORDER BY 1, 2",
        [list(REFUSING), list(tables)],
    )
    return [(table, name, definition) for table, name, definition in cursor.fetchall()]


def _all_tables(cursor: Any) -> list[str]:
    cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
    return [table for (table,) in cursor.fetchall()]


def _triggers(cursor: Any, tables: Sequence[str], verb: str) -> None:
    for table in tables:
        cursor.execute(f"ALTER TABLE {table} {verb} TRIGGER USER")
