"""A restore that has not come to its end: nothing works with half an installation until it is done, or begun anew.

Two marks say so: a file in VAR, at which the web server looks, and in PostgreSQL a schema, which those on other machines meet.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper

from core.backup import folders, postgresql

FILE = "restoring.json"
_ours: ContextVar[bool] = ContextVar("whether it is we who restore", default=False)


def path(var: Path) -> Path:
    """The mark of an installation."""
    return var / FILE


def stands() -> bool:
    """Whether the installation of the settings is being restored, or was left so."""
    return path(settings.VAR).exists()


@contextmanager
def by_us() -> Iterator[None]:
    """Inside, the database opens although a restore is unfinished."""
    token = _ours.set(True)
    try:
        yield
    finally:
        _ours.reset(token)


def put(var: Path, facts: dict[str, Any]) -> None:
    """Set the mark in VAR."""
    with path(var).open("wb") as file:
        file.write(json.dumps(facts).encode())
        folders.sync(file)
    folders.sync_folder(var)


def take(var: Path) -> None:
    """Take it away."""
    path(var).unlink(missing_ok=True)
    folders.sync_folder(var)


def refuse(*, connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Open no database that is being restored. Connected to `connection_created`. Raises OperationalError."""
    if _ours.get() or not (stands() or _is_marked(connection)):
        return
    connection.close()
    raise OperationalError("This installation is being restored from a copy: `manage.py restore` has not come to its end.")


def _is_marked(connection: BaseDatabaseWrapper) -> bool:
    """Asked below Django's own cursor, which would count and log it."""
    if connection.vendor != "postgresql":
        return False
    found = connection.connection.execute("SELECT to_regnamespace(%s) IS NOT NULL", [postgresql.MARKER]).fetchone()
    return bool(found[0])
