"""The one way by which texts that never change let go of a name: the guarded path of an erasure (GDPR article 17, rule C14).

While an erasure runs, which two administrators agreed to, its words stand in `clients_erasedword`. A guard that is wrapped
here lets an UPDATE pass if all it does is to replace, in the columns named, one of these words by what stands for it: the
trigger makes the replacement itself and compares. Everything else is refused as before, and without a running erasure
nothing passes at all.
"""

from collections.abc import Sequence
from dataclasses import replace

from django.apps import apps
from django.db.models import Field, JSONField, Model

from core.guards import Guard

WORDS = "SELECT 1 FROM clients_erasedword w JOIN clients_erasure e ON e.id = w.erasure_id AND e.state = 'running'"


def erasable(columns: Sequence[str], *guards: Guard) -> list[Guard]:
    """The same guards of one table, which let an erasure replace words in these text columns."""
    return [_wrapped(guard, columns) for guard in guards]


def emptied_mail(guard: Guard) -> Guard:
    """The guard of mails kept byte for byte, which lets the bytes go, whole, while an erasure runs or their time is over."""
    others = [column for column in _columns(guard.table) if column.name != "raw"]
    same = {"sqlite": _same(others, "sqlite"), "postgresql": _same(others, "postgresql")}
    past = "SELECT 1 FROM clients_purge p WHERE p.kind = 'incoming-mail' AND p.ended_at IS NULL AND OLD.received_at < p.before"
    let = {vendor: f"LENGTH(NEW.raw) = 0 AND (EXISTS ({WORDS}) OR EXISTS ({past})) AND {alike}" for vendor, alike in same.items()}
    return _passing(guard, let["sqlite"], let["postgresql"])


def replaced(column: "Field[object, object]", vendor: str, *, old: str, new: str, value: str) -> str:
    """SQL for the text of a column with one word replaced, cut to what the column takes."""
    if isinstance(column, JSONField):
        return f"REPLACE({value}, {old}, {new})" if vendor == "sqlite" else f"REPLACE({value}::text, {old}, {new})::jsonb"
    made = f"REPLACE({value}, {old}, {new})"
    return f"SUBSTR({made}, 1, {column.max_length})" if column.max_length else made


def _wrapped(guard: Guard, names: Sequence[str]) -> Guard:
    columns = _columns(guard.table)
    free = [column for column in columns if column.name in names]
    fixed = [column for column in columns if column.name not in names]
    wrapped = _passing(guard, *(_explained(free, fixed, vendor) for vendor in ("sqlite", "postgresql")))
    return replace(wrapped, rewritable=tuple(column.column for column in free))


def _explained(free: Sequence["Field[object, object]"], fixed: Sequence["Field[object, object]"], vendor: str) -> str:
    """That a change is nothing but words replaced."""
    alike = "IS" if vendor == "sqlite" else "IS NOT DISTINCT FROM"
    parts = [f"EXISTS ({WORDS})", _same(fixed, vendor)]
    for column in free:
        new, old = (f'{row}."{column.column}"' for row in ("NEW", "OLD"))
        made = replaced(column, vendor, old="w.old", new="w.new", value=old)
        parts.append(f"({new} {alike} {old} OR EXISTS ({WORDS} WHERE {new} = {made}))")
    return " AND ".join(parts)


def _same(columns: Sequence["Field[object, object]"], vendor: str) -> str:
    alike = "IS" if vendor == "sqlite" else "IS NOT DISTINCT FROM"
    return " AND ".join(f'NEW."{column.column}" {alike} OLD."{column.column}"' for column in columns)


def _passing(guard: Guard, sqlite: str, postgresql: str) -> Guard:
    """The guard with a way past its triggers on UPDATE."""
    let = f"$$ BEGIN IF TG_OP = 'UPDATE' THEN IF {postgresql} THEN RETURN NEW; END IF; END IF; "
    return replace(
        guard,
        sqlite=[_unless(statement, sqlite) for statement in guard.sqlite],
        postgresql=[statement.replace("$$ BEGIN ", let, 1) for statement in guard.postgresql],
    )


def _unless(statement: str, condition: str) -> str:
    head, begin, body = statement.partition(" BEGIN ")
    if "BEFORE UPDATE" not in head:
        return statement
    return f"{head} WHEN NOT ({condition}){begin}{body}"


def _columns(table: str) -> "Sequence[Field[object, object]]":
    model: type[Model] = next(model for model in apps.get_models(include_auto_created=True) if model._meta.db_table == table)
    return [column for column in model._meta.concrete_fields if not column.generated]
