"""What would show that anything had been done: how many rows every table of ours has, their states, the sums of their numbers, how
many of their times are set.
"""

from collections import Counter
from functools import cache

from allauth.usersessions.models import UserSession
from django.db import connection, models

from core.models import Tally
from sign_in.models import SharedCacheEntry
from tests.architecture.house import our_apps

TELLS = {"trail"}
"""The audit log tells of each form that was sent, and changes nothing: what it tells of is counted where it is."""
COUNTS = {Tally, SharedCacheEntry}
"""How often somebody asked, or tried to sign in, is counted each time."""


def traces() -> Counter[str]:
    """How it is now."""
    found: Counter[str] = Counter()
    with connection.cursor() as cursor:
        for names, query in _queries():
            cursor.execute(query)
            found.update({name: int(figure or 0) for name, figure in zip(names, cursor.fetchone(), strict=True)})
    return found


def effect(before: Counter[str]) -> dict[str, int]:
    """What has changed since."""
    now = traces()
    return {name: now[name] - before[name] for name in sorted({*now, *before}) if now[name] != before[name]}


@cache
def _queries() -> list[tuple[list[str], str]]:
    """One query a table: the names of its figures, and how they are read."""
    found = []
    ours = [model for config in our_apps() if config.name not in TELLS for model in config.get_models()]
    for model in (model for model in (*ours, UserSession) if model not in COUNTS):
        table, figures = model._meta.db_table, {"rows": "COUNT(*)"}
        for field in (field for field in model._meta.fields if not (field.primary_key or field.is_relation or field.name == "id")):
            if isinstance(field, models.IntegerField):
                figures[f"sum of {field.name}"] = f"SUM({field.column})"
            if field.null and isinstance(field, models.DateTimeField):
                figures[f"{field.name} set"] = f"COUNT({field.column})"
            for choice in [choice for choice, _ in field.flatchoices][:20]:
                figures[f"{field.name} {choice}"] = f"SUM(CASE WHEN {field.column} = '{choice}' THEN 1 ELSE 0 END)"
        query = f"SELECT {', '.join(figures.values())} FROM {table}"
        found.append(([f"{table} {name}" for name in figures], query))
    return found
