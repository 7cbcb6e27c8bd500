"""Being the only one who does something, without a clock: let go by the end of the block, or by the death of the process.

Besides a claim with a time, not instead of it: a claim outlives a connection that is lost, this outlives a clock that
leaps. PostgreSQL keeps it by an advisory lock of the session, so a pooler in between must keep sessions whole. Beside
SQLite it is a lock on one byte of a file, which the kernel lets go.
"""

import fcntl
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256

from django.db import DatabaseError, connection

_BYTE = struct.Struct("hhqqi")


@contextmanager
def alone(name: str) -> Iterator[bool]:
    """Whether nobody else is inside a block of this name now. Who gets False does not wait, and leaves it alone."""
    key = int.from_bytes(sha256(name.encode()).digest()[:8], "big", signed=True)
    with _by_session(key) if connection.vendor == "postgresql" else _by_byte(key & 0x3FFF_FFFF_FFFF_FFFF) as ours:
        yield ours


@contextmanager
def _by_session(key: int) -> Iterator[bool]:
    ours = _ask("SELECT pg_try_advisory_lock(%s)", key)
    try:
        yield ours
    finally:
        if ours:
            with suppress(DatabaseError):  # a lost connection has let go of it
                _ask("SELECT pg_advisory_unlock(%s)", key)


@contextmanager
def _by_byte(key: int) -> Iterator[bool]:
    file = os.open(f"{connection.settings_dict['NAME']}.alone", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield _locked(file, key)
    finally:
        os.close(file)


def _locked(file: int, key: int) -> bool:
    try:
        fcntl.fcntl(file, fcntl.F_OFD_SETLK, _BYTE.pack(fcntl.F_WRLCK, os.SEEK_SET, key, 1, 0))
    except BlockingIOError:
        return False
    return True


def _ask(query: str, key: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(query, [key])
        return bool(cursor.fetchone()[0])
