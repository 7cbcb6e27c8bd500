"""Making a copy of an installation: one archive of its database, its files, and what both must add up to.

The database is read as at one moment; files are read after it, so that none that it names is missing: a file is kept
before its row is, and goes only after it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any, BinaryIO

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from core import databases
from core.backup import checksums, folders, installation, postgresql, unfinished
from core.backup.archive import HEADER, MANIFEST, Writer
from core.backup.errors import BackupFailed
from core.backup.installation import Installation
from core.backup.sealed import SealingWriter, Secret

FORMAT = 1
PIECE = 4 * 1024 * 1024
"""Of the database: the archive names sizes beforehand, and a dump's is not known until it ends."""

Facts = dict[str, Any]


def make(target: Path, of: Installation, *, secret: Secret | None, at: datetime) -> Facts:
    """Write the archive to `target`, whole or not at all; returns its manifest. Raises BackupFailed."""
    if unfinished.path(of.var).exists():
        raise BackupFailed("A restore has not come to its end here: there is nothing whole to copy.")
    with _whole_or_nothing(target) as file:
        below: BinaryIO = SealingWriter(file, secret) if secret else file  # type: ignore[assignment]
        writer = Writer(below)
        facts = _write(writer, of, at)
        writer.close()
        if secret:
            below.close()
    return facts


@contextmanager
def _whole_or_nothing(target: Path) -> Iterator[BinaryIO]:
    """A file beside `target` that takes its name when all is written and lies on the disk."""
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
            folders.sync(file)
        part.rename(target)
        folders.sync_folder(target.parent)
    except OSError as error:
        raise BackupFailed(f"{target} could not be written: {error}") from error
    finally:
        part.unlink(missing_ok=True)


def _write(writer: Writer, of: Installation, at: datetime) -> Facts:
    connection, salt = connections[of.alias], os.urandom(16)
    header: Facts = {
        "format": FORMAT,
        "version": installation.version(),
        "made_at": at.isoformat(),
        "engine": connection.vendor,
        "migrations": checksums.applied(of.alias),
        "salt": salt.hex(),
        "keys": installation.fingerprints(of, salt),
    }
    writer.put_json(HEADER, header)
    put = _put_postgresql if connection.vendor == "postgresql" else _put_sqlite
    facts = header | put(writer, connection, of) | {"files": _put_files(writer, of)}
    writer.put_json(MANIFEST, facts)
    return facts


def _put_postgresql(writer: Writer, connection: BaseDatabaseWrapper, of: Installation) -> Facts:
    with postgresql.snapshot(connection) as name:
        with postgresql.dumped(connection, name) as dump:
            kept = _put_database(writer, dump)
        return {"database": kept, "tables": _sums(of.alias)}


def _put_sqlite(writer: Writer, connection: BaseDatabaseWrapper, of: Installation) -> Facts:
    """By SQLite's online backup, into a file that is gone afterwards; writers go on meanwhile."""
    connection.ensure_connection()
    with NamedTemporaryFile(dir=of.var, prefix="backup-", suffix=".sqlite3") as copy:
        path = Path(copy.name)
        with databases.opened("copy", databases.in_file(path)) as other:
            other.ensure_connection()
            connection.connection.backup(other.connection)
            tables = _sums("copy")
            with other.cursor() as cursor:
                cursor.execute("PRAGMA journal_mode=DELETE")
        with path.open("rb") as file:
            return {"database": _put_database(writer, file), "tables": tables}


def _sums(alias: str) -> dict[str, dict[str, Any]]:
    return {table: asdict(total) for table, total in checksums.of_tables(checksums.models_of(alias), alias).items()}


def _put_database(writer: Writer, content: IO[bytes]) -> Facts:
    digest, size, number = sha256(), 0, 0
    while piece := _read(content, PIECE):
        writer.put_bytes(f"database/{number:08}", piece)
        digest.update(piece)
        size, number = size + len(piece), number + 1
    return {"size": size, "sha256": digest.hexdigest(), "pieces": number}


def _read(content: IO[bytes], size: int) -> bytes:
    """So much of a pipe, or what is left of it."""
    buffer = BytesIO()
    while (missing := size - buffer.tell()) and (piece := content.read(missing)):
        buffer.write(piece)
    return buffer.getvalue()


def _put_files(writer: Writer, of: Installation) -> dict[str, Facts]:
    kept = {}
    for name, folder in sorted(of.folders.items()):
        for inside, path in folders.files_in(folder):
            try:
                with path.open("rb") as file:
                    size = os.fstat(file.fileno()).st_size
                    digest = writer.put(f"{name}/{'/'.join(folders.checked(inside))}", file, size)
            except FileNotFoundError:
                continue  # it went after the database was read, and so did what named it
            kept[f"{name}/{inside}"] = {"size": size, "sha256": digest}
    return kept
