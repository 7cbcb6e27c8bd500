"""Installations beside that of the tests: empty ones, to be restored into."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, connections

from core import databases
from core.backup import checksums
from core.backup.installation import Installation
from dashboard.management.commands.restore import finish

__all__ = ["another", "at_folder", "differences", "finish", "here", "standing_in"]
KEYS: dict[str, Any] = {"secret_key": "the key of the tests", "sealing_keys": ["a sealing key"]}


def here(folder: Path, **fields: Any) -> Installation:
    """The database of the tests, with files of its own."""
    return at_folder("default", folder, **fields)


@contextmanager
def another(folder: Path, **fields: Any) -> Iterator[Installation]:
    """A new installation with an empty database of the same kind."""
    with _empty(folder) as described, databases.opened("restored", described):
        yield at_folder("restored", folder, **fields)


@contextmanager
def standing_in(alias: str) -> Iterator[None]:
    """What asks the product's own database asks this one inside."""
    ours, other = connections["default"], connections[alias]
    connections["default"], other.alias = other, "default"
    try:
        yield
    finally:
        connections["default"], other.alias = ours, alias


def at_folder(alias: str, folder: Path, **fields: Any) -> Installation:
    """The database that is known by this alias, with a folder of its own in `folder`."""
    var = folder / alias
    var.mkdir(exist_ok=True)
    return Installation(alias=alias, var=var, folders={"files": var / "files", "mail": var / "mail"}, **(KEYS | fields))


def differences() -> list[str]:
    """The tables of the restored database that are not those of the copied one."""
    found = [checksums.of_tables(checksums.models_of(alias), alias) for alias in ("default", "restored")]
    return [told.partition(":")[0] for told in checksums.differences(*found)]


@contextmanager
def _empty(folder: Path) -> Iterator[dict[str, Any]]:
    described = {key: value for key, value in connection.settings_dict.items() if key != "TEST"}
    if connection.vendor == "sqlite":
        yield described | {"NAME": str(folder / "restored.sqlite3"), "OPTIONS": dict(settings.SQLITE_OPTIONS)}
        return
    name = f"{connection.settings_dict['NAME']}_restored_{os.getpid()}"
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}"')
    try:
        yield described | {"NAME": name}
    finally:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
