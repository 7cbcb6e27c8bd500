"""Rows read and written by statements that are made once, for the few tables that every posting passes.

Django makes the SQL of a query anew each time it runs, which takes several times as long as a database needs to
answer it (docs/performance.md). Here a model's statements are made at their first use. Values pass through the
model's own fields, so that a row is the same whichever way it came or went; signals are not sent.
"""
# ruff: noqa: S608 - all names in these statements are those of models and their fields

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import DatabaseError, connection
from django.db.models import Field, ForeignKey, Model

Row = TypeVar("Row", bound=Model)
INSERTED_AT_ONCE = 500  # SQLite takes so many values in one statement, and no more
ADDED_AT_ONCE = 50
Convert = Callable[[Iterable[Sequence[Any]]], Iterable[Sequence[Any]]]


class RowGone(DatabaseError):
    """A row that was to be changed does not stand any more."""


def read(model: type[Row], where: str, *values: Any, lock: bool = False) -> list[Row]:
    """The rows of `model` for which `where` holds: SQL as it stands after WHERE, with a %s for each of `values`.

    With `lock` they stay locked until the transaction ends. SQLite lets only one write anyway.
    """
    ending = f" {connection.ops.for_update_sql()}" if lock and connection.features.has_select_for_update else ""
    with connection.cursor() as cursor:
        cursor.execute(f"{_select(model)} WHERE {where}{ending}", [connection.ops.adapt_unknown_value(value) for value in values])
        found = cursor.fetchall()
    names, convert = _shape(model, connection.vendor)
    return [model.from_db(connection.alias, names, row) for row in convert(found)]


def find(model: type[Row], where: str, *values: Any) -> Row | None:
    """The first of these rows, None where there is none."""
    return next(iter(read(model, where, *values)), None)


def by_key(model: type[Row], keys: Iterable[int], *, lock: bool = False) -> list[Row]:
    """The rows with these keys, in ascending order."""
    wanted = sorted(set(keys))
    return read(model, f"id IN ({_places(wanted)}) ORDER BY id", *wanted, lock=lock) if wanted else []


def as_it_stands(row: Row) -> Row:
    """A row that was locked in one query with its relations, without those relations that it no longer points at.

    Who had to wait for the lock gets the row's newest columns from PostgreSQL, but what was joined to it as it was
    before: a case would name no owner, though it has one by now. Such a relation is read anew where it is asked for.
    """
    for field in _fields(type(row)):
        if isinstance(field, ForeignKey) and field.is_cached(row):
            found = field.get_cached_value(row)
            if getattr(row, field.attname) != (None if found is None else found.pk):
                field.delete_cached_value(row)
    return row


def insert(*rows: Model) -> None:
    """Write new rows of one model together, hundreds in one statement, and give them their keys."""
    for start in range(0, len(rows), INSERTED_AT_ONCE):
        some, model = rows[start : start + INSERTED_AT_ONCE], type(rows[0])
        with connection.cursor() as cursor:
            cursor.execute(_insert(model, len(some)), [_value(row, field) for row in some for field in _fields(model)[1:]])
            for row, (key,) in zip(some, cursor.fetchall(), strict=True):
                row.pk, row._state.adding, row._state.db = key, False, connection.alias


def update(row: Model, *names: str, **added: int) -> None:
    """Write the named fields of a row, and add to others what came to them: its CHECKs judge what stands, not what was read.

    Raises RowGone.
    """
    came = {name: change for name, change in added.items() if change}
    if not (names or came):
        return
    values = [_value(row, field) for field in _fields(type(row)) if field.name in names]
    with connection.cursor() as cursor:
        cursor.execute(_update(type(row), names, tuple(came)), [*values, *came.values(), row.pk])
        if cursor.rowcount != 1:
            raise RowGone(row)


def add(added: Mapping[Row, Mapping[str, int]]) -> None:
    """Add to fields of rows of one model what came to each row, or below 0 went from it: their CHECKs judge what stands.

    Many are written in one statement. Raises RowGone.
    """
    came = list(added.items())
    for start in range(0, len(came), ADDED_AT_ONCE):
        some = came[start : start + ADDED_AT_ONCE]
        if names := sorted({name for _row, changes in some for name, change in changes.items() if change}):
            values = [value for name in names for row, changes in some for value in (row.pk, changes.get(name, 0))]
            with connection.cursor() as cursor:
                cursor.execute(_add(type(some[0][0]), tuple(names), len(some)), [*values, *(row.pk for row, _changes in some)])
                if cursor.rowcount != len(some):
                    raise RowGone(*(row for row, _changes in some))


def delete(*rows: Model) -> None:
    """Remove rows of one model in one statement. Raises RowGone."""
    if not rows:
        return
    keys = [row.pk for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {rows[0]._meta.db_table} WHERE id IN ({_places(keys)})", keys)
        if cursor.rowcount != len(rows):
            raise RowGone(*rows)


def _value(row: Model, field: Field[Any, Any]) -> Any:
    return field.get_db_prep_save(getattr(row, field.attname), connection)


def _places(values: Sequence[object]) -> str:
    return ", ".join(["%s"] * len(values))


@cache
def _fields(model: type[Model]) -> Sequence[Field[Any, Any]]:
    """The fields that have a column, the key first."""
    return model._meta.concrete_fields


@cache
def _select(model: type[Model]) -> str:
    return f"SELECT {', '.join(field.column for field in _fields(model))} FROM {model._meta.db_table}"


@cache
def _insert(model: type[Model], count: int) -> str:
    columns = [field.column for field in _fields(model)[1:]]
    row = f"({_places(columns)})"
    return f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) VALUES {', '.join([row] * count)} RETURNING id"


@cache
def _update(model: type[Model], names: tuple[str, ...], added: tuple[str, ...]) -> str:
    written = [f"{field.column} = %s" for field in _fields(model) if field.name in names]
    changed = ", ".join([*written, *(f"{column} = {column} + %s" for column in added)])
    return f"UPDATE {model._meta.db_table} SET {changed} WHERE id = %s"


@cache
def _add(model: type[Model], added: tuple[str, ...], count: int) -> str:
    came = f"CASE id {' '.join(['WHEN %s THEN %s'] * count)} END"
    changed = ", ".join(f"{column} = {column} + {came}" for column in added)
    return f"UPDATE {model._meta.db_table} SET {changed} WHERE id IN ({_places(range(count))})"


@cache
def _shape(model: type[Model], vendor: str) -> tuple[Sequence[str], Convert]:
    """The names of the values of a row, and what makes Python's values of those that this database gives."""
    compiler = model._base_manager.all().query.get_compiler(connection=connection)
    converters = compiler.get_converters([field.cached_col for field in _fields(model)])
    names = [field.attname for field in _fields(model)]
    return names, (lambda rows: compiler.apply_converters(rows, converters)) if converters else (lambda rows: rows)
