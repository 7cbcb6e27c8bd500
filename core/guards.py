"""Guards that stand in the database itself, in SQLite and in PostgreSQL.

A guard is declared beside the models of its app (`credits/guards.py`: `GUARDS = [...]`) and put up at the end of
every migration run, not inside a migration: Django remakes SQLite tables on many schema changes and silently
drops their triggers, so what was installed once would not stay.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.apps import AppConfig, apps
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.module_loading import module_has_submodule


@dataclass(frozen=True)
class Guard:
    """One rule as triggers or constraints: statements per vendor, and the names they leave in the catalogue.

    `names` are the triggers (and, on PostgreSQL, constraints) that must be found standing afterwards.
    Statements are written so that installing twice is harmless. `rewritable` are the columns of an append-only table in
    which an erasure may replace a name (`clients/erasable.py`).
    """

    table: str
    sqlite: Sequence[str]
    postgresql: Sequence[str]
    sqlite_drop: Sequence[str]
    postgresql_drop: Sequence[str]
    sqlite_names: Sequence[str]
    postgresql_names: Sequence[str]
    is_append_only: bool = False
    rewritable: Sequence[str] = ()

    def install(self, connection: BaseDatabaseWrapper) -> list[str]:
        """The statements that put the guard up."""
        return list(self.sqlite if connection.vendor == "sqlite" else self.postgresql)

    def remove(self, connection: BaseDatabaseWrapper) -> list[str]:
        """The statements that take the guard down."""
        return list(self.sqlite_drop if connection.vendor == "sqlite" else self.postgresql_drop)

    def names(self, connection: BaseDatabaseWrapper) -> list[str]:
        """What the catalogue of this database must hold while the guard stands."""
        return list(self.sqlite_names if connection.vendor == "sqlite" else self.postgresql_names)


def triggers(*, table: str, name: str, sqlite: dict[str, str], postgresql: str, on: str) -> Guard:
    """A guard made of triggers.

    `sqlite` maps a trigger event (`BEFORE UPDATE`, `BEFORE UPDATE OF a, b`) to its body's condition and
    refusal: a full `SELECT RAISE(ABORT, ...) WHERE ...`. `postgresql` is the body of a plpgsql function run
    BEFORE `on` (`INSERT`, `UPDATE OR DELETE`) for each row; it refuses by raising and else returns the row.
    """
    sqlite_names = [f"{name}_{number}" for number in range(1, len(sqlite) + 1)]
    create = []
    for trigger, (event, body) in zip(sqlite_names, sqlite.items(), strict=True):
        create += [
            f"DROP TRIGGER IF EXISTS {trigger}",
            f"CREATE TRIGGER {trigger} {event} ON {table} FOR EACH ROW BEGIN {body}; END",
        ]
    return Guard(
        table=table,
        sqlite=create,
        sqlite_drop=[f"DROP TRIGGER IF EXISTS {trigger}" for trigger in sqlite_names],
        sqlite_names=sqlite_names,
        postgresql=[
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {postgresql} END $$",
            f"DROP TRIGGER IF EXISTS {name} ON {table}",
            f"CREATE TRIGGER {name} BEFORE {on} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
        ],
        postgresql_drop=[f"DROP TRIGGER IF EXISTS {name} ON {table}", f"DROP FUNCTION IF EXISTS {name}()"],
        postgresql_names=[name],
    )


def append_only(table: str) -> Guard:
    """Rows of `table` can be added, never changed or removed (rule C14)."""
    name = f"{table}_append_only"
    refuse = f"SELECT RAISE(ABORT, '{name}')"
    return Guard(
        table=table,
        sqlite=[
            f"DROP TRIGGER IF EXISTS {name}_update",
            f"CREATE TRIGGER {name}_update BEFORE UPDATE ON {table} BEGIN {refuse}; END",
            f"DROP TRIGGER IF EXISTS {name}_delete",
            f"CREATE TRIGGER {name}_delete BEFORE DELETE ON {table} BEGIN {refuse}; END",
        ],
        sqlite_drop=[f"DROP TRIGGER IF EXISTS {name}_update", f"DROP TRIGGER IF EXISTS {name}_delete"],
        sqlite_names=[f"{name}_update", f"{name}_delete"],
        postgresql=[
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{name}' USING ERRCODE = 'restrict_violation'; END $$",
            f"DROP TRIGGER IF EXISTS {name} ON {table}",
            f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
            f"DROP TRIGGER IF EXISTS {name}_truncate ON {table}",
            f"CREATE TRIGGER {name}_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
        ],
        postgresql_drop=[
            f"DROP TRIGGER IF EXISTS {name} ON {table}",
            f"DROP TRIGGER IF EXISTS {name}_truncate ON {table}",
            f"DROP FUNCTION IF EXISTS {name}()",
        ],
        postgresql_names=[name, f"{name}_truncate"],
        is_append_only=True,
    )


def columns_fixed(table: str, columns: Sequence[str]) -> Guard:
    """Rows of `table` are never removed, and the named columns never change once written (rule C14)."""
    name = f"{table}_fixed"
    sqlite_changed = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in columns)
    changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
    refuse = f"RAISE EXCEPTION '{name}' USING ERRCODE = 'restrict_violation';"
    return triggers(
        table=table,
        name=name,
        on="UPDATE OR DELETE",
        sqlite={
            "BEFORE UPDATE": f"SELECT RAISE(ABORT, '{name}') WHERE {sqlite_changed}",
            "BEFORE DELETE": f"SELECT RAISE(ABORT, '{name}')",
        },
        postgresql=f"IF TG_OP = 'DELETE' THEN {refuse} END IF; IF {changed} THEN {refuse} END IF; RETURN NEW;",
    )


def closed_once(table: str, column: str) -> Guard:
    """Rows of `table` whose `column` is set are closed: they never change any more, and are never removed (rule C14)."""
    name = f"{table}_closed_once"
    refuse = f"SELECT RAISE(ABORT, '{name}') WHERE OLD.{column} IS NOT NULL"
    return triggers(
        table=table,
        name=name,
        on="UPDATE OR DELETE",
        sqlite={"BEFORE UPDATE": refuse, "BEFORE DELETE": refuse},
        postgresql=f"IF OLD.{column} IS NOT NULL THEN RAISE EXCEPTION '{name}' USING ERRCODE = 'restrict_violation'; END IF; "
        "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;",
    )


def set_once(table: str, columns: Sequence[str]) -> Guard:
    """Each of the `columns`, once it is set, never changes again; rows of `table` are never removed (rule C14)."""
    name = f"{table}_set_once"
    sqlite_changed = " OR ".join(f"OLD.{column} IS NOT NULL AND OLD.{column} IS NOT NEW.{column}" for column in columns)
    changed = " OR ".join(f"OLD.{column} IS NOT NULL AND OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
    refuse = f"RAISE EXCEPTION '{name}' USING ERRCODE = 'restrict_violation';"
    return triggers(
        table=table,
        name=name,
        on="UPDATE OR DELETE",
        sqlite={
            "BEFORE UPDATE": f"SELECT RAISE(ABORT, '{name}') WHERE {sqlite_changed}",
            "BEFORE DELETE": f"SELECT RAISE(ABORT, '{name}')",
        },
        postgresql=f"IF TG_OP = 'DELETE' THEN {refuse} END IF; IF {changed} THEN {refuse} END IF; RETURN NEW;",
    )


def frozen_while(table: str, columns: Sequence[str], *, holds: str) -> Guard:
    """While `holds`, rows of `table` neither come nor go, and the named columns of those that stand never change (rule C14).

    `holds` is SQL about the row, which it calls `{row}`: usually that what the row is part of is finished. Callers of the
    database change the rows first, and finish what they are part of after.
    """
    name = f"{table}_frozen"
    old, new = holds.format(row="OLD"), holds.format(row="NEW")
    sqlite_changed = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in columns)
    changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
    abort = f"SELECT RAISE(ABORT, '{name}') WHERE "
    refuse = f"RAISE EXCEPTION '{name}' USING ERRCODE = 'restrict_violation';"
    return triggers(
        table=table,
        name=name,
        on="INSERT OR UPDATE OR DELETE",
        sqlite={
            "BEFORE INSERT": abort + new,
            "BEFORE UPDATE": f"{abort}({sqlite_changed}) AND ({old} OR {new})",
            "BEFORE DELETE": abort + old,
        },
        postgresql=f"IF TG_OP = 'DELETE' THEN IF {old} THEN {refuse} END IF; RETURN OLD; END IF; "
        f"IF TG_OP = 'INSERT' THEN IF {new} THEN {refuse} END IF; RETURN NEW; END IF; "
        f"IF ({changed}) AND ({old} OR {new}) THEN {refuse} END IF; RETURN NEW;",
    )


def no_overlap(*, table: str, key: str, start: str, end: str) -> Guard:
    """No two `live` rows of `table` with the same `key` may share an instant of [start, end) (rule R2).

    Callers lock the key's row first: the PostgreSQL constraint alone deadlocks under load.
    """
    name = f"{table}_no_overlap"
    clash = (
        f"SELECT RAISE(ABORT, '{name}') WHERE NEW.live AND EXISTS (SELECT 1 FROM {table} other WHERE other.live "
        f"AND other.{key} = NEW.{key} AND other.id IS NOT NEW.id AND other.{start} < NEW.{end} AND NEW.{start} < other.{end})"
    )
    return Guard(
        table=table,
        sqlite=[
            f"CREATE INDEX IF NOT EXISTS {name}_index ON {table} ({key}, {start}) WHERE live",
            f"DROP TRIGGER IF EXISTS {name}_insert",
            f"CREATE TRIGGER {name}_insert BEFORE INSERT ON {table} FOR EACH ROW BEGIN {clash}; END",
            f"DROP TRIGGER IF EXISTS {name}_update",
            f"CREATE TRIGGER {name}_update BEFORE UPDATE OF {key}, {start}, {end}, live ON {table} FOR EACH ROW BEGIN {clash}; END",
        ],
        sqlite_drop=[
            f"DROP TRIGGER IF EXISTS {name}_insert",
            f"DROP TRIGGER IF EXISTS {name}_update",
            f"DROP INDEX IF EXISTS {name}_index",
        ],
        sqlite_names=[f"{name}_insert", f"{name}_update"],
        postgresql=[
            "CREATE EXTENSION IF NOT EXISTS btree_gist",
            f"DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = '{name}') THEN "
            f"ALTER TABLE {table} ADD CONSTRAINT {name} EXCLUDE USING gist "
            f"({key} WITH =, tstzrange({start}, {end}) WITH &&) WHERE (live); END IF; END $$",
        ],
        postgresql_drop=[f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}"],
        postgresql_names=[name],
    )


def declared() -> list[Guard]:
    """Every guard that any installed app declares in its `guards` module."""
    found: list[Guard] = []
    for config in apps.get_app_configs():
        found += _of_app(config)
    return found


def standing(connection: BaseDatabaseWrapper) -> set[str]:
    """The names of all triggers and constraints that the database holds now."""
    if connection.vendor == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D' UNION SELECT conname FROM pg_constraint"
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {row[0] for row in cursor.fetchall()}


def put_up(*, app_config: AppConfig, using: str, **_: Any) -> None:
    """After a migration run: put up the guards of one app, each whole or as it was. Connected to `post_migrate`."""
    guards = _of_app(app_config)
    if not guards:
        return
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    for guard in guards:
        if guard.table in tables:
            with transaction.atomic(using), connection.cursor() as cursor:
                for statement in guard.install(connection):
                    cursor.execute(statement)


def _of_app(config: AppConfig) -> list[Guard]:
    """What `<app>/guards.py` lists in GUARDS; nothing where an app has no such module."""
    if not config.module or not module_has_submodule(config.module, "guards"):
        return []
    return list(getattr(import_module(f"{config.name}.guards"), "GUARDS", []))
