"""Another database than the product's own, opened for a while under a name."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import load_backend


@contextmanager
def opened(alias: str, database: dict[str, Any]) -> Iterator[BaseDatabaseWrapper]:
    """A connection under `alias`, for this thread, to what `database` describes as settings.DATABASES would; closed at the end."""
    described = connections.configure_settings({"default": connections["default"].settings_dict, alias: dict(database)})[alias]
    wrapper: BaseDatabaseWrapper = load_backend(described["ENGINE"]).DatabaseWrapper(described, alias)
    connections[alias] = wrapper
    try:
        yield wrapper
    finally:
        wrapper.close()
        del connections[alias]


def in_file(path: Path) -> dict[str, Any]:
    """The description of an SQLite database in a file, with the product's own options."""
    return {"ENGINE": "core.sqlite", "NAME": str(path), "OPTIONS": dict(settings.SQLITE_OPTIONS)}
