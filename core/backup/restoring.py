"""Making an installation of a copy.

First the archive is read to its end and compared with its manifest, and only then again to be restored: nothing changes
for one that is damaged, sealed with another secret, newer than the product, or of an installation with other keys. Then
a mark is set; while it stands nothing works with the database (`core.backup.unfinished`). What was restored is compared
with the sums of the manifest before it is brought to this version's schema and let go.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any

from django.core.management import call_command
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from core import databases, guards
from core.backup import checksums, folders, installation, postgresql, reading, unfinished
from core.backup.errors import BackupFailed, Damaged
from core.backup.installation import Installation
from core.backup.sealed import Secret

Facts = dict[str, Any]
Finish = Callable[[str], None]

MIGRATED = {"django_migrations", "django_content_type", "auth_permission"}
"""Tables that migrating fills, and nothing that anybody does."""


@dataclass
class _Folders:
    """Lets files wait where they belong, and gives the database away piece by piece."""

    folders: dict[str, Path]
    take: Callable[[bytes], object] = field(default=lambda _piece: None)
    files: bool = True

    def begin(self, header: Facts) -> None:
        """Make room."""
        for folder in self.folders.values() if self.files else ():
            folders.begin(folder)

    def database(self, piece: bytes) -> None:
        """Give it on."""
        self.take(piece)

    def file(self, folder: str, parts: tuple[str, ...], pieces: Iterator[bytes], size: int) -> None:
        """Write it where it waits."""
        if folder not in self.folders:
            raise Damaged(f"The archive holds a folder that no copy of ours has: {folder!r}.")
        if self.files:
            folders.stage(self.folders[folder], parts, pieces, size)
        for _piece in pieces:
            pass


def restore(archive: Path, into: Installation, *, secret: Secret | None, replace: bool, finish: Finish) -> Facts:
    """Restore `archive`; returns its manifest. `finish` is called with the database's alias in the transaction that ends it.

    Raises Damaged or BackupFailed; before anything has changed, unless the message says that the restore is unfinished.
    """
    with unfinished.by_us():
        facts = check(archive, into, secret=secret)
        begun_before = unfinished.path(into.var).exists()
        if not (replace or begun_before) and not is_empty(into):
            raise BackupFailed("There is something in this installation already. Nothing has changed; --replace takes it away.")
        way = _into_postgresql if facts["engine"] == "postgresql" else _into_sqlite
        way(archive, into, secret, facts, finish)
    return facts


def check(archive: Path, into: Installation, *, secret: Secret | None) -> Facts:
    """Read the archive to its end and see whether it fits the installation; returns its manifest. Raises Damaged or BackupFailed."""
    facts = reading.read(archive, secret=secret, to=_Folders(dict(into.folders), files=False))
    vendor = connections[into.alias].vendor
    if facts["engine"] != vendor:
        raise BackupFailed(f"The archive is of {facts['engine']}, and this installation has {vendor}. `manage.py move_database` moves.")
    if missing := installation.missing_keys(into, facts["keys"], bytes.fromhex(facts["salt"])):
        raise BackupFailed(f"The copy was made with other keys ({', '.join(missing)}): its secrets could not be read. Nothing has changed.")
    return facts


def is_empty(of: Installation) -> bool:
    """Whether nobody has put anything into the installation: no row but what migrating writes, and no file."""
    return is_empty_database(connections[of.alias]) and folders.is_empty(of.folders["files"])


def is_empty_database(connection: BaseDatabaseWrapper) -> bool:
    """Whether no table has a row but those that migrating fills."""
    with connection.cursor() as cursor:
        tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - MIGRATED
        return not any(_has_rows(cursor, connection.ops.quote_name(table)) for table in tables)


def _has_rows(cursor: Any, table: str) -> bool:
    cursor.execute(f"SELECT 1 FROM {table} LIMIT 1")  # noqa: S608 - a name of the catalogue
    return cursor.fetchone() is not None


def _into_sqlite(archive: Path, into: Installation, secret: Secret | None, facts: Facts, finish: Finish) -> None:
    """Beside the database first; then SQLite writes it over the old one in one transaction, which a crash undoes."""
    with NamedTemporaryFile(dir=into.var, prefix="restore-", suffix=".sqlite3") as file:
        folders.check_room(into.var, 2 * facts["database"]["size"])
        reading.read(archive, secret=secret, to=_Folders(dict(into.folders), take=file.write))
        file.flush()
        with _opened_staged(Path(file.name)) as staged:
            _check_rows(facts, "staged")
            _bring_up("staged")
            with transaction.atomic(using="staged"):
                finish("staged")
            with staged.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            with _marked(into, facts):
                _write_over(staged, connections[into.alias])
                _put_files_in_place(into)


@contextmanager
def _opened_staged(path: Path) -> Iterator[BaseDatabaseWrapper]:
    try:
        with databases.opened("staged", databases.in_file(path)) as staged:
            staged.ensure_connection()
            yield staged
    finally:
        for beside in ("-wal", "-shm", ".gate"):
            path.with_name(path.name + beside).unlink(missing_ok=True)


def _write_over(staged: BaseDatabaseWrapper, live: BaseDatabaseWrapper) -> None:
    """Behind the gate, so that no writer is between."""
    live.close()
    live.ensure_connection()
    live._take_gate()  # type: ignore[attr-defined]
    try:
        staged.connection.backup(live.connection)
    finally:
        live._leave_gate()  # type: ignore[attr-defined]
        live.close()


def _into_postgresql(archive: Path, into: Installation, secret: Secret | None, facts: Facts, finish: Finish) -> None:
    connection = connections[into.alias]
    postgresql.program("pg_restore", connection)
    postgresql.mark(connection)
    with _marked(into, facts):
        postgresql.empty(connection)

        def write(dump: IO[bytes]) -> None:
            reading.read(archive, secret=secret, to=_Folders(dict(into.folders), take=dump.write))

        postgresql.load(connection, write)
        _check_rows(facts, into.alias)
        _bring_up(into.alias)
        _put_files_in_place(into)
        with transaction.atomic(using=into.alias):
            finish(into.alias)
            postgresql.unmark(connection)


@contextmanager
def _marked(into: Installation, facts: Facts) -> Iterator[None]:
    """The mark stands inside, and stays where anything fails."""
    unfinished.put(into.var, {"of": facts["made_at"], "version": facts["version"]})
    try:
        yield
    except BackupFailed as error:
        message = f"{error} The restore is unfinished, and nothing is served until `manage.py restore` comes to its end."
        raise type(error)(message) from error
    unfinished.take(into.var)


def _check_rows(facts: Facts, alias: str) -> None:
    found = checksums.of_tables(checksums.models_of(alias), alias)
    if differs := checksums.differences(reading.tables_of(facts), found):
        raise Damaged("The restored database is not the one that was copied: " + "; ".join(differs[:5]) + ".")


def _bring_up(alias: str) -> None:
    """To the schema of this version, with its guards; where it has both already nothing happens."""
    connection = connections[alias]
    wanted = {name for guard in guards.declared() for name in guard.names(connection)}
    if checksums.known() - set(checksums.applied(alias)) or wanted - guards.standing(connection):
        call_command("migrate", database=alias, verbosity=0, interactive=False)


def _put_files_in_place(into: Installation) -> None:
    for folder in into.folders.values():
        folders.put_in_place(folder)
