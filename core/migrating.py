"""Changing the schema (docs/migrations.md): beginning from nothing quickly, and operations that make nobody wait, on both databases.

On PostgreSQL a change of a table waits for whoever uses it, and everybody else waits behind it. `manage.py migrate` therefore
waits briefly, steps back and tries again (`core/management/commands/migrate.py`); these operations do without the lock
that keeps readers and writers away. A migration that has one is not atomic, so that it holds nothing else meanwhile.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from typing import Any

from django.apps.registry import Apps
from django.db import NotSupportedError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import Migration
from django.db.migrations.operations import AddConstraint, AddIndex, CreateModel, RunPython
from django.db.migrations.state import ProjectState
from django.db.models import CheckConstraint, Model

BATCH = 2_000
LOCKED = "55P03"
"""SQLSTATE lock_not_available: the time that one waits for a lock is over."""


class TablesTogether(Migration):
    """A migration that begins with many new tables, each whole in its CreateModel.

    Django draws up the models anew after every single table, and with them all that lead there: with some hundred models that is
    most of the time that an empty database takes. Here it does so once, after the last of these tables.
    """

    def apply(self, project_state: ProjectState, schema_editor: BaseDatabaseSchemaEditor, collect_sql: bool = False) -> ProjectState:
        """Make the tables, then do as every migration does."""
        tables = list(takewhile(lambda operation: isinstance(operation, CreateModel), self.operations))
        before = project_state.clone()
        project_state.__dict__.pop("apps", None)  # Django's own way, too: ProjectState.apps is drawn up when it is asked for
        for table in tables:
            table.state_forwards(self.app_label, project_state)
        for table in tables:
            table.database_forwards(self.app_label, schema_editor, before, project_state)
        others = {"operations": self.operations[len(tables) :], "atomic": self.atomic}
        rest: Migration = type("Rest", (Migration,), others)(self.name, self.app_label)
        return rest.apply(project_state, schema_editor, collect_sql)


class AddIndexBeside(AddIndex):
    """AddIndex that builds it beside the work (CREATE INDEX CONCURRENTLY); one that an earlier try left invalid goes first."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Nothing is locked that readers or writers need."""
        connection = schema_editor.connection
        if connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        _refuse_atomic(connection)
        model: type[Model] = to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(connection.alias, model):
            return
        with lock_timeout(connection, 0):  # it waits for older transactions, and holds up nobody meanwhile
            schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(self.index.name)}")
            schema_editor.add_index(model, self.index, concurrently=True)  # type: ignore[call-arg]


class AddCheckBeside(AddConstraint):
    """AddConstraint of a CHECK that holds for new rows at once, and looks at the old ones beside the work."""

    constraint: CheckConstraint
    model_name: str

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Two steps: NOT VALID needs its lock for a moment, VALIDATE lets everybody read and write."""
        connection = schema_editor.connection
        if connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        _refuse_atomic(connection)
        model: type[Model] = to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(connection.alias, model):
            return
        table, name = schema_editor.quote_name(model._meta.db_table), schema_editor.quote_name(self.constraint.name)
        schema_editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}")
        schema_editor.execute(f"{self.constraint.create_sql(model, schema_editor)} NOT VALID", params=None)
        schema_editor.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


class InBatches(RunPython):
    """RunPython for data: `change(apps, alias, first, last)` is called for each 2,000 keys of a model, each in a transaction of its own.

    What it does twice must be the same as once, for a migration that was interrupted begins anew.
    """

    def __init__(self, model: str, change: Any, undo: Any) -> None:
        self.model, self.change, self.undo = model, change, undo
        super().__init__(self._each(change), self._each(undo), atomic=False)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """As it was written."""
        return type(self).__name__, [self.model, self.change, self.undo], {}

    def _each(self, change: Any) -> Any:
        def run(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
            alias = schema_editor.connection.alias
            keys = apps.get_model(self.model)._base_manager.using(alias).order_by("-pk").values_list("pk", flat=True)
            for first in range(1, (keys.first() or 0) + 1, BATCH):
                change(apps, alias, first, first + BATCH - 1)

        return run


@contextmanager
def lock_timeout(connection: BaseDatabaseWrapper, seconds: int) -> Iterator[None]:
    """Inside, nobody waits longer for a lock of PostgreSQL; 0: without end. What was set before comes back."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        before = cursor.fetchone()[0]
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [f"{seconds}s"])
    try:
        yield
    finally:
        if connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, false)", [before])


def was_locked(error: BaseException) -> bool:
    """Whether somebody else had the lock for too long."""
    return getattr(error.__cause__, "sqlstate", None) == LOCKED


def _refuse_atomic(connection: BaseDatabaseWrapper) -> None:
    if connection.in_atomic_block:
        raise NotSupportedError("This operation needs a migration with atomic = False.")
