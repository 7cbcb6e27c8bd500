"""What is said to the database while something is done, statement by statement."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every statement with its values, in order."""
    said: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        said.append(f"{sql} {params!r}" if params else sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield said
