"""The copy of everything about a person: JSON, one file for each kind, and the files they sent (GDPR articles 15 and 20).

Keys are the names of the columns, instants are ISO 8601 in UTC. Another person is only `another person`: who else was there
is theirs, not the reader's (article 15(4)). Secrets and what is only kept to compute with are left out.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db.models import BinaryField, FileField, Model

from people import personal
from people.models import Person
from people.personal import Decision, PersonalFile

ANOTHER = "another person"
HISTORY = ("history_id", "history_date", "history_type")
MOST_OF_A_TABLE = 100_000

Part = PersonalFile


@dataclass(frozen=True)
class _Kind:
    """One file of the archive: the tables that go into it."""

    name: str
    decisions: list[Decision]


def parts(person: Person) -> list[Part]:
    """Everything of the archive, in order: what it is about, a file of each kind that has something, then files."""
    kinds = [Part(f"{kind.name}.json", _reader(kind, person)) for kind in _kinds()]
    return [Part("about.json", lambda: _bytes(_about(person))), *kinds, *personal.files(person)]


def rows(decision: Decision, person: Person) -> Iterator[dict[str, Any]]:
    """The rows of one table about `person`, as they go into the archive."""
    found = decision.model._base_manager.filter(decision.rows_of(person)).order_by("pk")[:MOST_OF_A_TABLE]
    for row in found.iterator(chunk_size=500):
        yield _row(row, decision, person)


def _kinds() -> list[_Kind]:
    said = sorted(
        (decision for decision in personal.decisions() if decision.export), key=lambda decision: (decision.export, decision.label)
    )
    return [_Kind(name, list(found)) for name, found in groupby(said, key=lambda decision: decision.export)]


def _reader(kind: _Kind, person: Person) -> Any:
    return lambda: _said(kind, person)


def _said(kind: _Kind, person: Person) -> bytes | None:
    """The bytes of a file; None where there is nothing to say."""
    found = {decision.label: list(rows(decision, person)) for decision in kind.decisions}
    filled = {label: lines for label, lines in found.items() if lines}
    return _bytes(filled) if filled else None


def _about(person: Person) -> dict[str, str]:
    return {
        "about": f"{person.name} <{person.email}>",
        "times": "ISO 8601, UTC",
        "files": "One JSON file for each kind of data, by table; folders hold files as they were sent or made.",
        "left out": "Passwords, keys and tokens; who else was there stands as “another person”.",
    }


def _row(row: Model, decision: Decision, person: Person) -> dict[str, Any]:
    return {
        column.name: _value(row, column, person)
        for column in row._meta.concrete_fields
        if column.name not in decision.hidden and not isinstance(column, BinaryField | FileField)
    }


def _value(row: Model, column: Any, person: Person) -> Any:
    value = getattr(row, column.attname)
    if column.is_relation and column.related_model is Person and value is not None:
        return "you" if value == person.pk else ANOTHER
    return _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value if isinstance(value, str | int | float | bool | list | dict | None) else str(value)


def _bytes(said: object) -> bytes:
    return json.dumps(said, ensure_ascii=False, indent=2, default=str).encode()
