"""What the database refuses of the audit log and of the history that it points at (rule C14).

Entries, and rows of history, are added and never changed or removed. Where a row of history holds what may be about a person, those
columns alone can be overwritten, to forget somebody; who changed what when stays. An entry's network address can only be removed.
"""

from django.apps import apps
from django.db.models import Model
from simple_history.models import HistoricalChanges

from core.guards import Guard, append_only, columns_fixed, triggers

PERSONAL = {
    "clients.Organisation": ("name", "address"),
    "clients.Plan": ("service_manager",),
    "clients.PurchaseOrder": ("title", "closing_reason"),
    "credits.AutoTopUp": ("reference", "stopped_why", "trouble"),
    "invoicing.Buyer": ("email", "reference", "reminders_stopped_why"),
    "worktime.DatedOpening": ("note",),
}
"""Columns of history that may hold a person's name, address or words."""


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
    """A guard for every table of history."""
    found = []
    for model in apps.get_models():
        if issubclass(model, HistoricalChanges):
            told_of: type[Model] = model.instance_type  # type: ignore[attr-defined]  # given by simple_history
            table, personal = model._meta.db_table, PERSONAL.get(told_of._meta.label, ())
            fixed = [f'"{field.column}"' for field in model._meta.concrete_fields if field.name not in personal]
            found.append(columns_fixed(table, fixed) if personal else append_only(table))
    return found


GUARDS = [append_only("trail_entry"), kept_as_it_was("trail_whereabouts"), *of_history()]
