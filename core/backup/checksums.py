"""What a table holds as one number, the same in SQLite and in PostgreSQL.

Each row is written down as the values that Django reads of it, and hashed; a table's sum is the sum of its rows' SHA-256
modulo 2²⁵⁶, so that the order in which a database returns rows does not matter. It finds what went wrong; against
somebody who wants to deceive stands the seal of the archive.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.apps import apps as current_apps
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.models import Model

WHOLE = 2**256


@dataclass(frozen=True)
class TableSum:
    """How many rows, and their sum."""

    rows: int
    digest: str


def applied(alias: str) -> list[tuple[str, str]]:
    """The migrations that a database has had, in order of name."""
    return sorted(MigrationLoader(connections[alias]).applied_migrations)


def known() -> set[tuple[str, str]]:
    """The migrations that this version of the product brings."""
    return set(MigrationLoader(None).disk_migrations)


def models_of(alias: str) -> list[type[Model]]:
    """The models of every table, many-to-many ones too, as the database's own migrations left them."""
    loader = MigrationLoader(connections[alias])
    disk = set(loader.disk_migrations)
    done = disk & set(loader.applied_migrations)
    apps = loader.project_state(sorted(done)).apps if done and done != disk else current_apps
    models = apps.get_models(include_auto_created=True)
    return sorted((model for model in models if _has_table(model)), key=lambda model: model._meta.db_table)


def of_tables(models: Iterable[type[Model]], alias: str) -> dict[str, TableSum]:
    """The sums of the models' tables in one database, by table."""
    return {model._meta.db_table: of_table(model, alias) for model in models}


def of_table(model: type[Model], alias: str) -> TableSum:
    """The sum of one table."""
    columns = [field.attname for field in model._meta.concrete_fields]
    rows, total = 0, 0
    for row in model._base_manager.using(alias).order_by().values_list(*columns).iterator(chunk_size=2_000):
        rows += 1
        total += int.from_bytes(sha256(_written(row)).digest(), "big")
    return TableSum(rows, f"{total % WHOLE:064x}")


def differences(wanted: dict[str, TableSum], found: dict[str, TableSum]) -> list[str]:
    """The tables that are not the same, each with how many rows there should be and are."""
    told = []
    for table in sorted(wanted.keys() | found.keys()):
        one, other = wanted.get(table), found.get(table)
        if one != other:
            told.append(f"{table}: {one.rows if one else 'no'} rows wanted, {other.rows if other else 'none'} found, or other values")
    return told


def _has_table(model: type[Model]) -> bool:
    return model._meta.managed and not model._meta.proxy and not model._meta.swapped


def _written(row: Sequence[Any]) -> bytes:
    return json.dumps(row, default=_plain, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _plain(value: object) -> list[str]:
    """A value that JSON does not know, with its kind. Raises TypeError rather than guess."""
    match value:
        case Decimal():
            return ["decimal", format(value.normalize() + 0, "f")]
        case datetime() | date() | time():
            return [type(value).__name__, value.isoformat()]
        case bytes() | memoryview():
            return ["bytes", bytes(value).hex()]
        case timedelta():
            return ["duration", str(value // timedelta(microseconds=1))]
        case UUID():
            return ["uuid", value.hex]
    raise TypeError(f"a value of {type(value)} has no checksum")
