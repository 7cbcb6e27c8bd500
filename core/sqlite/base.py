"""SQLite with a fair gate before every write.

SQLite's own waiting is busy polling, which starves: under many writers somebody waits until the time-out and is
told "database is locked". Here a writer first takes an advisory file lock, in turn, and holds it until its
transaction ends: an `atomic` block until commit or rollback, a writing statement outside of one for itself.
Readers never wait.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.sqlite3 import base

from core.sqlite.schema import DatabaseSchemaEditor

_WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE|CREATE|DROP|ALTER)\b", re.IGNORECASE)


class Cursor(base.SQLiteCursorWrapper):
    """Django's cursor; a statement that writes outside a transaction passes the gate as well."""

    database: "DatabaseWrapper"

    def execute(self, query: str, params: Any = None) -> Any:
        """One statement, in turn."""
        with self.database.in_turn(query):
            return super().execute(query, params)

    def executemany(self, query: str, param_list: Any) -> Any:
        """One statement for many rows, in turn."""
        with self.database.in_turn(query):
            return super().executemany(query, param_list)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's SQLite backend; writers wait in a queue kept by the kernel (`flock` on `<database>.gate`)."""

    SchemaEditorClass = DatabaseSchemaEditor
    _gate: int | None = None

    def create_cursor(self, name: str | None = None) -> Cursor:
        """A cursor that knows its gate."""
        cursor: Cursor = self.connection.cursor(factory=Cursor)
        cursor.database = self
        return cursor

    @contextmanager
    def in_turn(self, query: str) -> Iterator[None]:
        """Hold the gate around `query`, where it writes and no transaction holds it already."""
        if self._gate is not None or self.connection.in_transaction or not _WRITES.match(query):
            yield
            return
        self._take_gate()
        try:
            yield
        finally:
            self._leave_gate()

    def _start_transaction_under_autocommit(self) -> None:
        self._take_gate()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._leave_gate()
            raise

    def _commit(self) -> Any:
        try:
            return super()._commit()  # type: ignore[misc]
        finally:
            self._leave_gate_if_ended()

    def _rollback(self) -> Any:
        try:
            return super()._rollback()  # type: ignore[misc]
        finally:
            self._leave_gate()

    def _close(self) -> Any:
        try:
            return super()._close()  # type: ignore[misc]
        finally:
            self._leave_gate()

    def _take_gate(self) -> None:
        name = str(self.settings_dict["NAME"])
        if self._gate is not None or self.is_in_memory_db():
            return
        gate = os.open(f"{name}.gate", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(gate, fcntl.LOCK_EX)
        except BaseException:
            os.close(gate)
            raise
        self._gate = gate

    def _leave_gate_if_ended(self) -> None:
        if self.connection is None or not self.connection.in_transaction:
            self._leave_gate()

    def _leave_gate(self) -> None:
        if self._gate is not None:
            gate, self._gate = self._gate, None
            os.close(gate)
