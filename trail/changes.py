"""What a change changed: values before and after, read from the history that an entry points at (rule C14).

Two queries for each sort of thing that was changed, and one for each sort that those refer to, however many entries there are.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, ForeignKey, Model, OuterRef, Subquery
from django.utils import formats, timezone
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _
from djmoney.models.fields import CurrencyField
from simple_history.models import HistoricalChanges

from trail.models import Entry

SECRET = ("secret", "sealed", "token", "password", "webhook", "key")
"""Columns whose names hold one of these are shown as changed, never with their value."""
NAMES = ("name", "name_en", "title", "code", "number", "email")
"""Columns that say what a row is called; the first that there is."""
LONGEST = 200
Key = tuple[str, int]


@dataclass(frozen=True)
class Change:
    """One column of what was changed, in words; empty where there was, or is, nothing."""

    column: str
    before: str
    after: str


@dataclass(frozen=True)
class Changes:
    """What an entry changed, and why, where somebody said why."""

    columns: list[Change]
    why: str


NONE = Changes([], "")


def of_entries(entries: Iterable[Entry]) -> dict[int, Changes]:
    """The changes that these entries tell of, by the entry's number; nothing for those that tell of no change."""
    by_sort: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.source is not None and entry.thing in histories():
            by_sort[entry.thing].append(entry)
    pairs = {entry.pk: pair for sort, some in by_sort.items() for entry, pair in _pairs(histories()[sort], some)}
    called = _called(row for pair in pairs.values() for row in pair if row is not None)
    return {number: _changes(before, after, called) for number, (before, after) in pairs.items()}


@cache
def histories() -> dict[str, Any]:
    """The model of history of each sort of thing, by the thing's label."""
    return {
        model.instance_type._meta.label_lower: model  # type: ignore[attr-defined]  # given by simple_history
        for model in apps.get_models()
        if issubclass(model, HistoricalChanges)
    }


def _pairs(history: Any, entries: list[Entry]) -> Iterable[tuple[Entry, tuple[Any, Any]]]:
    """Each entry with its row of history and the one before of the same thing."""
    key = history.instance_type._meta.pk.attname
    earlier = history.objects.filter(history_id__lt=OuterRef("history_id"), **{key: OuterRef(key)}).order_by("-history_id")
    now = history.objects.filter(history_id__in=[entry.source for entry in entries])
    rows = {row.history_id: row for row in now.annotate(earlier=Subquery(earlier.values("history_id")[:1]))}
    before = history.objects.in_bulk([row.earlier for row in rows.values() if row.earlier])
    for entry in entries:
        row = rows.get(entry.source)
        if row is not None:
            yield entry, (before.get(row.earlier), row)


def _changes(before: Any, after: Any, called: dict[Key, str]) -> Changes:
    gone = after.history_type == "-"
    old, new = (after if gone else before), (None if gone else after)
    columns = []
    for field in _told(type(after)):
        was, is_now = (_words(row, field, called) if row is not None else "" for row in (old, new))
        if was != is_now:
            hidden = any(word in field.name for word in SECRET)
            columns.append(Change(capfirst(_name(field)), *(("…", "…") if hidden else (was, is_now))))
    return Changes(columns, after.history_change_reason or "")


def _told(history: type[Model]) -> list[Field[Any, Any]]:
    """The columns of the thing itself, as its own model names them."""
    thing = history.instance_type  # type: ignore[attr-defined]  # given by simple_history
    there = {field.name for field in history._meta.concrete_fields}
    return [field for field in thing._meta.concrete_fields if field.name in there and not field.primary_key]


def _name(field: Field[Any, Any]) -> str:
    """What the column is called; one that django-money adds beside a sum has no name of its own that could be translated."""
    if isinstance(field, CurrencyField):
        beside = field.model._meta.get_field(field.name.removesuffix("_currency"))
        return _("%(column)s, currency") % {"column": getattr(beside, "verbose_name", beside.name)}
    return str(field.verbose_name)


def _words(row: Any, field: Field[Any, Any], called: dict[Key, str]) -> str:
    value = row.serializable_value(field.name)
    if value is None or value == "":
        return ""
    if isinstance(field, ForeignKey) and isinstance(field.related_model, type):
        return called.get((field.related_model._meta.label, value), f"#{value}")
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return Truncator(_plain(value)).chars(LONGEST)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return formats.date_format(timezone.localtime(value), "Y-m-d H:i")
    return value.isoformat() if isinstance(value, date) else str(value)


def _called(rows: Iterable[Any]) -> dict[Key, str]:
    """What the things are called that these rows refer to."""
    wanted: dict[type[Model], set[int]] = defaultdict(set)
    for row in rows:
        for field in _told(type(row)):
            value = row.serializable_value(field.name)
            if value is not None and isinstance(field, ForeignKey) and isinstance(field.related_model, type):
                wanted[field.related_model].add(value)
    found: dict[Key, str] = {}
    for model, numbers in wanted.items():
        if name := _name_of(model):
            rows_called = model._default_manager.filter(pk__in=numbers).values_list("pk", name)
            found |= {(model._meta.label, number): str(word) for number, word in rows_called if word}
    return found


@cache
def _name_of(model: type[Model]) -> str:
    for name in NAMES:
        try:
            model._meta.get_field(name)
        except FieldDoesNotExist:
            continue
        return name
    return ""
