"""SQLite with a fair gate before every write transaction.

SQLite's own waiting is busy polling, which starves: under many writers somebody waits until the time-out and is
told "database is locked". Here a writer first takes an advisory file lock, in turn, and holds it until its
transaction ends. Only `atomic` blocks pass the gate; single statements outside one still rely on the busy time-out.
"""

import fcntl
import os
from typing import Any

from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's SQLite backend; BEGIN waits in a queue kept by the kernel (`flock`)."""

    _gate: int | None = None

    def _start_transaction_under_autocommit(self) -> None:
        self._take_gate()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._leave_gate()
            raise

    def _commit(self) -> Any:
        try:
            return super()._commit()
        finally:
            self._leave_gate_if_ended()

    def _rollback(self) -> Any:
        try:
            return super()._rollback()
        finally:
            self._leave_gate()

    def _close(self) -> Any:
        try:
            return super()._close()
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
