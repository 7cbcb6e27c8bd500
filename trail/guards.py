"""What the database refuses of the audit log and of the history that it points at (rule C14).

Entries, and rows of history, are added and never changed or removed. Where history goes with a table whose texts an erasure goes
through, an erasure that runs replaces its words there, as in every text that never changes (`clients.erasable`); who changed what when
stays. An entry's network address can only be removed.
"""

from dataclasses import replace

from django.apps import apps
from simple_history.models import HistoricalChanges

from clients.erasable import erasable
from clients.privacy import scrubbing
from core.guards import Guard, append_only, columns_fixed, triggers


def kept_as_it_was(table: str) -> Guard:
    """Rows of `table` are never changed; they can be removed one day."""
    name = f"{table}_as_it_was"
    return triggers(
        table=table,
        name=name,
        on="UPDATE",
        sqlite={"BEFORE UPDATE": f"SELECT RAISE(ABORT, '{name}')"},
        postgresql=f"RAISE EXCEPTION '{name}' USING ERRCODE = 'restrict_violation';",
    )


def of_history() -> list[Guard]:
    """A guard for every table of history: append-only, but for the words of an erasure in the texts that erasures go through."""
    found = []
    for model in apps.get_models():
        if issubclass(model, HistoricalChanges):
            guard, texts = append_only(model._meta.db_table), [column.name for column in scrubbing.texts_of(model)]
            found += [_for_fixed_columns(kept) for kept in (erasable(texts, guard) if texts else [guard])]
    return found


def _for_fixed_columns(guard: Guard) -> Guard:
    """The same, which takes down in the same step the guard that stood here before, and let some columns be overwritten by anybody."""
    former = columns_fixed(guard.table, ["history_id"])
    return replace(guard, sqlite=[*former.sqlite_drop, *guard.sqlite], postgresql=[*former.postgresql_drop, *guard.postgresql])


GUARDS = [append_only("trail_entry"), kept_as_it_was("trail_whereabouts"), *of_history()]
