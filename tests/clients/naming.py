"""Where a database names somebody: every text column of every table, looked through as somebody would who searches for them."""

import json
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import BinaryField

from clients.privacy.words import unfolded
from notices import incoming


def places_that_name(*words: str, but: str = "") -> set[str]:
    """The columns that hold any of these words in any row, as `table.column`: texts, JSON, and bytes that may be mails.

    `but` is somebody else's address, of which a word is a part.
    """
    wanted = [word.casefold() for word in words]
    return {place for place, text in _everything() if any(word in text.casefold().replace(but, "") for word in wanted)}


def _everything() -> Iterator[tuple[str, str]]:
    for model in apps.get_models(include_auto_created=True):
        for column in model._meta.concrete_fields:
            if column.is_relation or column.get_internal_type() in {"BooleanField", "DateTimeField", "DateField", "DecimalField"}:
                continue
            with connection.cursor() as cursor:
                cursor.execute(f'SELECT "{column.column}" FROM {model._meta.db_table} WHERE "{column.column}" IS NOT NULL')
                for (value,) in cursor.fetchall():
                    yield f"{model._meta.label}.{column.name}", _text(value, isinstance(column, BinaryField))


def _text(value: Any, is_bytes: bool) -> str:
    if not is_bytes:
        said = str(value)
        return said + (json.dumps(json.loads(said), ensure_ascii=False) if said[:1] in "[{" and _is_json(said) else "") + unfolded(said)
    raw = bytes(value)
    read = incoming.parse(raw)
    return raw.decode("latin-1") + read.subject + read.text + read.author


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
