"""Migrating from nothing makes the very tables, constraints, indexes and guards that the models and guards say.

All other tests run on a database that is made from the models, which is quicker; this one lets them.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

Catalogue = set[tuple[object, ...]]

POSTGRESQL = [
    "SELECT 'column', table_name, column_name, data_type, is_nullable, character_maximum_length, numeric_precision, numeric_scale, "
    "generation_expression FROM information_schema.columns WHERE table_schema = 'public'",
    "SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
    "WHERE connamespace = 'public'::regnamespace",
    "SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
]
NAMED = re.compile(r'CONSTRAINT "(\w+)" (CHECK|UNIQUE)')


@pytest.mark.django_db(transaction=True)
def test_migrating_from_nothing_makes_what_the_models_say(tmp_path):
    with a_database(tmp_path) as (url, name):
        migrated = subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity=0"],
            cwd=settings.ROOT,
            env=os.environ | {"DATABASE_URL": url, "TILLGODO_VAR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (migrated.returncode, migrated.stderr) == (0, "")

        from_migrations = ours(catalogue_of(name))

    from_models = ours(catalogue(connection))
    assert len(from_models) > 500
    assert (sorted(from_migrations - from_models, key=str), sorted(from_models - from_migrations, key=str)) == ([], [])


def ours(rows: Catalogue) -> Catalogue:
    """What belongs to tables of the product's own apps; libraries answer for theirs."""
    libraries = ("auth_", "django_", "account_", "-")
    return {row for row in rows if not str(row[1]).startswith(libraries)}


@contextmanager
def a_database(folder: Path) -> Iterator[tuple[str, str]]:
    """An empty one of the kind that the tests run on: its address, and its name for a connection."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{folder / 'migrated.sqlite3'}", str(folder / "migrated.sqlite3")
        return
    name = f"{connection.settings_dict['NAME']}_migrated"
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}"')
    try:
        yield f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{name}", name
    finally:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}"')


def catalogue_of(name: str) -> Catalogue:
    """The catalogue of another database of the same kind."""
    other = connections["default"].copy("migrated")
    other.settings_dict = connection.settings_dict | {"NAME": name}
    try:
        return catalogue(other)
    finally:
        other.close()


def catalogue(of: BaseDatabaseWrapper) -> Catalogue:
    """Every column, constraint, index and trigger, as the database itself describes them."""
    with of.cursor() as cursor:
        if of.vendor == "sqlite":
            return _sqlite(cursor)
        rows: Catalogue = set()
        for query in POSTGRESQL:
            cursor.execute(query)
            rows |= set(cursor.fetchall())
        return rows


def _sqlite(cursor: CursorWrapper) -> Catalogue:
    """A table that was remade has its columns in another order and its constraints in other places: each counts for itself."""
    run = cursor.execute
    found: Catalogue = set()
    objects = run("SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_master").fetchall()
    for kind, name, table, sql in objects:
        if kind != "table":
            found.add((kind, table, name if sql else "", " ".join(sql.split())))
            continue
        found |= {("column", name, *row[1:4], row[5:]) for row in run(f'PRAGMA table_xinfo("{name}")').fetchall()}
        found |= {("foreign key", name, *row[2:5]) for row in run(f'PRAGMA foreign_key_list("{name}")').fetchall()}
        found |= {("constraint", name, *names) for names in NAMED.findall(sql)}
    return found
