"""PostgreSQL's own programs, which write and read dumps in its custom format."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from core.backup.errors import BackupFailed

MARKER = "tillgodo_restoring"
"""A schema that stands while a restore is unfinished, so that nobody on any machine works with half a database."""
DEBIAN = Path("/usr/lib/postgresql")
ENVIRONMENT = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
} | {
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}


@contextmanager
def snapshot(connection: BaseDatabaseWrapper) -> Iterator[str]:
    """Everything read inside is as at one moment; the name lets pg_dump read the same."""
    with transaction.atomic(using=connection.alias, durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")  # it waits for as long as the dump takes
        cursor.execute("SELECT pg_export_snapshot()")
        yield str(cursor.fetchone()[0])


@contextmanager
def dumped(connection: BaseDatabaseWrapper, snapshot_name: str) -> Iterator[IO[bytes]]:
    """The dump as a stream. It is not compressed, for the archive is. Raises BackupFailed where pg_dump fails."""
    command = [program("pg_dump", connection), "--format=custom", "--compress=0", "--no-owner", "--no-privileges"]
    command += [f"--snapshot={snapshot_name}", f"--exclude-schema={MARKER}", "--lock-wait-timeout=60s", "--no-password"]
    with subprocess.Popen(command, env=_environment(connection), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # noqa: S603
        assert process.stdout is not None  # noqa: S101 - it was asked for
        assert process.stderr is not None  # noqa: S101
        try:
            yield process.stdout
        except BaseException:
            process.kill()
            raise
        said = process.stderr.read().decode(errors="replace").strip()
        if process.wait():
            raise BackupFailed(f"pg_dump failed: {said}")


def empty(connection: BaseDatabaseWrapper) -> None:
    """Take away everything that is in the database. Only its owner may."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS public CASCADE")
        cursor.execute("CREATE SCHEMA public")


def load(connection: BaseDatabaseWrapper, write: Callable[[IO[bytes]], None]) -> None:
    """Let pg_restore do what `write` gives it, all or nothing. Raises BackupFailed."""
    command = [program("pg_restore", connection), "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    command += ["--no-password", f"--dbname={connection.settings_dict['NAME']}"]
    with subprocess.Popen(command, env=_environment(connection), stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # noqa: S603
        assert process.stdin is not None  # noqa: S101 - it was asked for
        assert process.stderr is not None  # noqa: S101
        try:
            write(process.stdin)
            process.stdin.close()
        except BrokenPipeError:
            pass  # it says itself why it ended
        except BaseException:
            process.kill()
            raise
        said = process.stderr.read().decode(errors="replace").strip()
        if process.wait():
            raise BackupFailed(f"pg_restore failed: {said}")


def mark(connection: BaseDatabaseWrapper) -> None:
    """Say that a restore is unfinished. Raises BackupFailed while anybody else is connected."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace(%s) IS NOT NULL", [MARKER])
        was_marked = cursor.fetchone()[0]
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {MARKER}")
        cursor.execute(
            "SELECT count(*), string_agg(DISTINCT coalesce(nullif(application_name, ''), usename), ', ') FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        others, who = cursor.fetchone()
    if others and not was_marked:
        unmark(connection)
    if others:
        raise BackupFailed(f"{others} others are connected to the database ({who}). Stop the web server and the jobs. Nothing has changed.")


def unmark(connection: BaseDatabaseWrapper) -> None:
    """Say that it is finished."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {MARKER}")


def program(name: str, connection: BaseDatabaseWrapper) -> str:
    """The path of one of PostgreSQL's programs, not older than the server. Raises BackupFailed, with what to install."""
    wanted = connection.cursor().connection.info.server_version // 10_000
    found = [path for folder in sorted(DEBIAN.glob("*/bin"), key=_number, reverse=True) if (path := folder / name).exists()]
    if on_path := shutil.which(name):
        found.append(Path(on_path))
    for path in found:
        if _version(path) >= wanted:
            return str(path)
    raise BackupFailed(f"{name} of PostgreSQL {wanted} or newer is needed and was not found: install postgresql-client-{wanted}.")


def _number(folder: Path) -> int:
    return int(folder.parent.name) if folder.parent.name.isdigit() else 0


def _version(path: Path) -> int:
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    found = re.search(r"\) (\d+)", said)
    return int(found.group(1)) if found else 0


def _environment(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """How the programs reach the same database; the password stands in no list of processes."""
    given = {name: value for name, value in connection.get_connection_params().items() if name in ENVIRONMENT and value}
    return os.environ | {ENVIRONMENT[name]: str(value) for name, value in given.items()}
