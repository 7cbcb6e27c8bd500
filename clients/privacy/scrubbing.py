"""Replacing an erased person's spellings, row by row through every table that is not kept as it is (GDPR article 17).

One call goes through some hundred rows and says where it stopped. Everything that is replaced is written down first as an
`ErasedWord`, in the same transaction: guards of texts that never change compare with it (`clients.erasable`). What is done
needs not be done again: going through the same rows once more finds nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Field, IntegerField, JSONField, Model

from clients.erasable import replaced
from clients.models import ErasedWord, Erasure
from clients.privacy import words
from clients.privacy.words import Spelling
from people import personal
from people.models import Person
from people.personal import Erasing

ROWS = 400
ROWS_TO_READ = 40
"""Of tables whose rows have to be decoded, and may be large."""


@dataclass(frozen=True)
class Place:
    """Up to where everything is done: tables before `table`, and of that one the rows up to `row`."""

    table: str
    row: int


def tables() -> list[type[Model]]:
    """The tables that are gone through, by name: all that can hold a text, but those kept as they are and the words themselves."""
    found = [model for model in apps.get_models(include_auto_created=True) if _is_gone_through(model)]
    return sorted(found, key=lambda model: model._meta.label)


def texts_of(model: type[Model]) -> list["Field[object, object]"]:
    """The columns of a table in which an erasure replaces words; none where the table is kept as it is."""
    if not _is_gone_through(model):
        return []
    return [column for column in personal.text_columns(model) if not personal.is_coded(model, column)]


def go_on(erasure: Erasure, looked_for: Sequence[Spelling]) -> tuple[Place | None, int]:
    """Go through the next rows: the new place, None after the last table; and how many rows were changed."""
    left, changed = ROWS, 0
    for model in tables():
        label = model._meta.label
        if label < erasure.table:
            continue
        after = erasure.row if label == erasure.table else 0
        last, count, hits = _chunk(erasure, model, after, looked_for)
        changed += hits
        left -= count
        if last is not None:
            return Place(label, last), changed
        if left <= 0:
            return Place(f"{label}.", 0), changed  # sorts after this table, before every other
    return None, changed


def spellings_of(erasure: Erasure) -> list[Spelling]:
    """What a running erasure looks for: as it stood when it was agreed to."""
    email, name = words.new_email(erasure.person_id), words.new_name(erasure.person_id)
    kept = [word for word in erasure.words.all() if word.new in {email, name, "erased"}]
    mobile = next((word.old for word in kept if word.new == "erased"), "")
    addresses = [word.old for word in kept if word.new == email and "@" in word.old]
    names = [word.old for word in kept if word.new == name]
    return words.spellings(number=erasure.person_id, name="", emails=addresses, mobile=mobile, also=names)


def _is_gone_through(model: type[Model]) -> bool:
    if model in {ErasedWord, Person} or model._meta.proxy or not model._meta.managed or not isinstance(model._meta.pk, IntegerField):
        return False
    decision = personal.decision_of(model)
    kept = decision is not None and decision.erasing == Erasing.KEEP
    return not kept and bool(personal.text_columns(model) or personal.clearing_of(model))


def _chunk(erasure: Erasure, model: type[Model], after: int, looked_for: Sequence[Spelling]) -> tuple[int | None, int, int]:
    """One table's next rows: the last key, None at its end; how many were read, and how many changed."""
    columns, clearing = texts_of(model), personal.clearing_of(model)
    names = [column.attname for column in columns]
    most = ROWS_TO_READ if clearing else ROWS
    wanted = ["pk", *names, *([clearing.column] if clearing else [])]
    rows = list(model._base_manager.filter(pk__gt=after).order_by("pk").values_list(*wanted)[:most])
    changed = 0
    for key, *values in rows:
        hit = sum(_replace(erasure, model, key, column, value, looked_for) for column, value in zip(columns, values, strict=False) if value)
        if clearing and values[-1] and words.holds(clearing.text(values[-1]), looked_for):
            model._base_manager.filter(pk=key).update(**clearing.values)
            hit += 1
        changed += bool(hit)
    return (rows[-1][0] if len(rows) == most else None), len(rows), changed


def _replace(erasure: Erasure, model: type[Model], key: int, column: "Field[Any, Any]", value: Any, looked_for: Sequence[Spelling]) -> int:
    """Replace in one value; how often something was."""
    is_json = isinstance(column, JSONField)
    text = words.of_json(value) if is_json else str(value)
    done = 0
    for old, new in words.replacements(text, looked_for):
        for spelled, instead in words.in_json(old, new) if is_json else [(old, new)]:
            ErasedWord.objects.get_or_create(erasure=erasure, old=spelled, defaults={"new": instead})
            _update(model, key, column, spelled, instead)
        done += 1
    return done


def _update(model: type[Model], key: int, column: "Field[Any, Any]", old: str, new: str) -> None:
    quote = connection.ops.quote_name
    name = quote(column.column)
    made = replaced(column, connection.vendor, old="%s", new="%s", value=name)
    table, primary = quote(model._meta.db_table), quote(str(model._meta.pk.column))
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {name} = {made} WHERE {primary} = %s", [old, new, key])  # noqa: S608 - names of columns
