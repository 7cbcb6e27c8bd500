"""Moving an installation's rows from one database to another, of another kind: all of them or none.

Both are locked while it lasts: nobody writes to the old one, and what reaches the new one is committed at the end alone, when
every table has the same sum in both (`core.backup.checksums`), every guard stands again, and every number that the database
gives continues where it was.
"""

from collections.abc import Callable, Iterable

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import AutoField, Field, Model

from core import guards
from core.backup import checksums, restoring
from core.backup.errors import BackupFailed


def move(*, source: str, target: str, finish: Callable[[str], object]) -> dict[str, checksums.TableSum]:
    """Copy every row from the SQLite database `source` to the PostgreSQL database `target`, which has the same schema.

    Returns the sums of all tables. `finish` is called with the alias of the old one in the transaction that ends with the move.
    Raises BackupFailed, and then nothing has changed.
    """
    old, new = connections[source], connections[target]
    if not restoring.is_empty_database(new):
        raise BackupFailed("There is something in the other database already. Nothing has changed.")
    models = checksums.models_of(source)
    with transaction.atomic(using=source), transaction.atomic(using=target):  # the first keeps all writers away
        _run(new, ["SET LOCAL idle_in_transaction_session_timeout = 0"])  # it waits for as long as the old one is read
        _run(new, [statement for guard in guards.declared() for statement in guard.remove(new)])
        _run(new, [f"DELETE FROM {new.ops.quote_name(model._meta.db_table)}" for model in models])  # noqa: S608 - names of tables
        for model in models:
            _copy(model, source, new)
        _run(new, ["SET CONSTRAINTS ALL IMMEDIATE"])
        _run(new, [statement for guard in guards.declared() for statement in guard.install(new)])
        _continue_numbers(models, old, new)
        wanted, found = (checksums.of_tables(models, alias) for alias in (source, target))
        if differs := checksums.differences(wanted, found):
            raise BackupFailed("The other database would not be the same: " + "; ".join(differs[:5]) + ". Nothing has changed.")
        finish(source)
    return found


def _run(connection: BaseDatabaseWrapper, statements: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _copy(model: type[Model], source: str, new: BaseDatabaseWrapper) -> None:
    """By COPY, which is as quick as it gets; what the database computes itself is left to it."""
    fields: list[Field[object, object]] = [field for field in model._meta.concrete_fields if not field.generated]
    rows = model._base_manager.using(source).order_by().values_list(*(field.attname for field in fields))
    quote = new.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    with new.cursor() as cursor, cursor.copy(f"COPY {quote(model._meta.db_table)} ({columns}) FROM STDIN") as copy:
        for row in rows.iterator(chunk_size=2_000):
            copy.write_row([field.get_db_prep_save(value, new) for field, value in zip(fields, row, strict=True)])


def _continue_numbers(models: Iterable[type[Model]], old: BaseDatabaseWrapper, new: BaseDatabaseWrapper) -> None:
    """From the last number that was given, also where its row is gone: it stands in mails, for instance."""
    with old.cursor() as cursor:
        cursor.execute("SELECT name, seq FROM sqlite_sequence")
        given = dict(cursor.fetchall())
    with new.cursor() as cursor:
        for model in models:
            key, last = model._meta.pk, given.get(model._meta.db_table, 0)
            if isinstance(key, AutoField) and last:
                table = new.ops.quote_name(model._meta.db_table)
                cursor.execute("SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [table, key.column, last])
