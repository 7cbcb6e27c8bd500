"""What the filters of the queue offer: everything in one query, for the page has few to spend (rule S2)."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from django.db import connection
from django.db.models import CharField, F, IntegerField, QuerySet, Value
from django.db.models.functions import Cast
from django.utils.translation import get_language

from cases.models import Tag, Team
from clients.models import Plan, Priority, StaffDuty
from people.models import Person

Choices: TypeAlias = list[tuple[int, str]]
WORKING = (StaffDuty.TECHNICIAN, StaffDuty.DISPATCHER, StaffDuty.ACCOUNT_MANAGER)


@dataclass(frozen=True)
class Offered:
    """What can be chosen, by number."""

    priorities: Choices
    plans: Choices
    tags: Choices
    teams: Choices
    people: Choices


def offered() -> Offered:
    """What there is to choose from. One query."""
    found: dict[str, Choices] = {"priorities": [], "plans": [], "tags": [], "teams": [], "people": []}
    with connection.cursor() as cursor:
        cursor.execute(*_statement("name_sv" if get_language() == "sv" else "name_en"))
        for part, number, word in cursor.fetchall():
            found[part].append((number, word))
    found["priorities"] = [(number, f"{number} · {word}") for number, word in sorted(found["priorities"])]
    return Offered(**found)


@lru_cache
def _statement(name: str) -> tuple[str, tuple[Any, ...]]:
    """Five lists as one statement, with its parameters. Composed once for each language: that takes longer than reading them."""
    working = Person.objects.filter(staff_roles__duty__in=WORKING, is_active=True)
    parts = [
        _part("priorities", Priority.objects.all(), "number", name),
        _part("plans", Plan.objects.all(), "pk", "code"),
        _part("tags", Tag.objects.all(), "pk", "name"),
        _part("teams", Team.objects.filter(retired=False), "pk", name),
        _part("people", working, "pk", "name"),
    ]
    sql, parameters = parts[0].union(*parts[1:]).order_by("part", "word").query.sql_with_params()
    return sql, tuple(parameters)


def _part(name: str, found: QuerySet[Any], number: str, word: str) -> QuerySet[Any, dict[str, Any]]:
    return found.order_by().values(
        part=Value(name, output_field=CharField()),
        number_of=Cast(F(number), IntegerField()),
        word=Cast(F(word), CharField()),
    )
