"""What is said to the database while something is done, statement by statement."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

NO_EFFECTS = ("django_session", 'SET "last_login" =', "core_tally", "shared_cache", "trail_entry", "trail_whereabouts")
"""Who is signed in, what counts tries and costly requests, and the audit log, which notes refusals."""


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every statement with its values, in order."""
    said: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        said.append(f"{sql} {params!r}" if params else sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield said


def changed(statements: list[str]) -> bool:
    """Whether anything was written and stood when the answer was given, before the test took it back; but for who is signed in."""
    ours = max((number for number, sql in enumerate(statements) if sql.startswith("ROLLBACK TO SAVEPOINT")), default=len(statements))
    standing: list[list[str]] = [[]]
    for sql in statements[:ours]:
        words = sql.lstrip().upper()
        if words.startswith("SAVEPOINT"):
            standing.append([])
        elif words.startswith("RELEASE SAVEPOINT"):
            done = standing.pop()
            standing[-1] += done
        elif words.startswith("ROLLBACK TO SAVEPOINT"):
            standing[-1].clear()
        elif words.startswith(("INSERT", "UPDATE", "DELETE")) and not any(told in sql for told in NO_EFFECTS):
            standing[-1].append(sql)
    return any(standing)
