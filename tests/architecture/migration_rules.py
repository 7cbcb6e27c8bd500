"""What a migration after the baseline may do, so that people work on while it runs (docs/migrations.md).

Kinds of operations are judged by name, and one that is not named here is a fault: nobody has thought of what it locks.
"""

from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from typing import Any

from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.migrations import Migration, operations
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import GeneratedField, ManyToManyField
from django.db.models.expressions import Value

from core.migrating import AddCheckBeside, AddIndexBeside, InBatches

BESIDE = (AddIndexBeside, AddCheckBeside, InBatches)
TAKES_AWAY = (operations.RemoveField, operations.DeleteModel)
RENAMES = (operations.RenameField, operations.RenameModel, operations.AlterModelTable)
HARMLESS = (
    *(operations.CreateModel, operations.AlterModelOptions, operations.AlterModelManagers, operations.AlterModelTableComment),
    *(operations.RemoveIndex, operations.RemoveConstraint),
)
"""They touch no row, and ask no more of the version before."""
INSTEAD = {
    operations.AddIndex: "an index locks out writers while it is built: AddIndexBeside",
    operations.AddConstraint: "a constraint locks out everybody while rows are looked at: AddCheckBeside; UNIQUE: see docs/migrations.md",
    operations.AlterUniqueTogether: "a constraint locks out everybody while rows are looked at: UNIQUE as docs/migrations.md says",
    operations.AlterIndexTogether: "an index locks out writers while it is built: AddIndexBeside",
    operations.RenameIndex: "an index is not renamed: AddIndexBeside, and take the old one away later",
    operations.AlterOrderWithRespectTo: "the version before cannot add rows without its column: a column of our own",
    operations.RunPython: "rows are changed in batches, each in its own transaction: InBatches",
    operations.RunSQL: "SQL is looked at by people: an exception says who it was",
}
POSTGRESQL = DatabaseWrapper({"NAME": "none", "OPTIONS": {}})


def faults(migration: Migration, before: ProjectState) -> list[str]:
    """What is wrong with a migration, each as `operation: sentence`; `before` is the state that it meets."""
    return [*_of_whole(migration), *_of_each(migration.operations, migration, before.clone(), set())]


def _of_whole(migration: Migration) -> Iterator[str]:
    done = list(_at_the_database(migration.operations))
    beside = [operation for operation in done if isinstance(operation, BESIDE)]
    if beside and migration.atomic:
        yield "whole: it has operations that run beside the work, and must say atomic = False"
    if any(isinstance(operation, InBatches) for operation in beside) and len(done) > len(beside):
        yield "whole: rows are changed in a migration of their own, not beside changes of tables"


def _at_the_database(each: Iterable[Operation]) -> Iterator[Operation]:
    """Operations with those that stand inside of others; what only tells Django of a change that another made is left out."""
    for operation in each:
        if type(operation) is operations.SeparateDatabaseAndState:
            yield from _at_the_database(operation.database_operations)
        else:
            yield operation


def _of_each(each: Sequence[Operation], migration: Migration, state: ProjectState, made: set[str]) -> Iterator[str]:
    """Faults of one after the other; in tables that are `made` here there are no rows, and nobody to wait."""
    for operation in each:
        if type(operation) is operations.SeparateDatabaseAndState:
            yield from _of_each(operation.database_operations, migration, state.clone(), made)
        else:
            if type(operation) is operations.CreateModel:
                made.add(operation.name_lower)
            yield from (f"{operation.describe()}: {fault}" for fault in _of(operation, migration, state, made))
        operation.state_forwards(migration.app_label, state)


def _of(operation: Operation, migration: Migration, state: ProjectState, made: set[str]) -> Iterable[str]:
    kind: type[Operation] = type(operation)
    if kind not in (*BESIDE, *HARMLESS, *INSTEAD, *RENAMES, *TAKES_AWAY, operations.AddField, operations.AlterField):
        return [f"{kind.__name__} is not known here: say in migration_rules.py whom it keeps waiting, or let an exception say so"]
    if kind in (*BESIDE, *HARMLESS) or getattr(operation, "model_name_lower", None) in made:
        return []
    if isinstance(operation, operations.AddField):
        return _of_new(operation.field)
    if isinstance(operation, operations.AlterField):
        old = state.models[migration.app_label, operation.model_name_lower].fields[operation.name]
        return _of_altered(old, operation.field)
    return [INSTEAD[kind]] if kind in INSTEAD else _of_lost(operation, migration)


def _of_lost(operation: Operation, migration: Migration) -> list[str]:
    if isinstance(operation, RENAMES):
        return ["the version before still uses the old name: add, copy, and take away in a later release"]
    if isinstance(operation, TAKES_AWAY) and not getattr(import_module(migration.__module__), "CONTRACTS", ""):
        return ["the version before may still use it: say in CONTRACTS since which release nothing does"]
    return []


def _of_new(field: Any) -> Iterator[str]:
    if isinstance(field, ManyToManyField):
        return
    if isinstance(field, GeneratedField):
        yield "a computed column rewrites the table"
    elif not field.null and not field.has_db_default():
        yield "the version before cannot add rows without it: null=True or db_default"
    if field.has_db_default() and not isinstance(field.db_default, Value | str | int | bool):
        yield "a default that the database computes rewrites the table: a constant, or none"
    if field.unique or field.db_index:
        yield "its index locks out writers while it is built: db_index=False, and AddIndexBeside"


def _of_altered(old: Any, new: Any) -> Iterator[str]:
    was, becomes = old.db_type(POSTGRESQL), new.db_type(POSTGRESQL)
    if was != becomes and not _only_widens(old, new):
        yield f"{was} to {becomes} rewrites the table: a new column, and take the old one away later"
    if old.null and not new.null:
        yield "NOT NULL locks out everybody while rows are looked at: AddCheckBeside first, then an exception"
    if (new.unique or new.db_index) and not (old.unique or old.db_index):
        yield "its index locks out writers while it is built: AddIndexBeside"


def _only_widens(old: Any, new: Any) -> bool:
    """Longer texts, and numbers of more digits before the point, are the same bytes."""
    if old.get_internal_type() == new.get_internal_type() == "DecimalField":
        return bool(new.decimal_places == old.decimal_places and new.max_digits >= old.max_digits)
    texts = {"CharField", "TextField", "EmailField", "SlugField", "URLField"}
    lengths = old.max_length or 10**9, new.max_length or 10**9
    return bool({old.get_internal_type(), new.get_internal_type()} <= texts and lengths[1] >= lengths[0])
