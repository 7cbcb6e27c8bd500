"""The proof that the clocks of all cases say what their logs say (rules S5 to S7). Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db import connection

from cases import replay
from cases.models import Case, CaseEvent, Clock
from core import guards

BATCH = 500
MOST_NAMED = 20


@dataclass(frozen=True)
class Report:
    """What was looked at, and what is wrong with it."""

    figures: dict[str, int]
    findings: Sequence[object]


def audit() -> Report:
    """Compute every deadline again from the log and compare; and see that the guards stand. Memory does not grow with the cases."""
    wrong: list[object] = list(_missing_guards())
    last = 0
    while numbers := list(Case.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        last = numbers[-1]
        wrong += _differences(numbers)
    figures = {"cases": Case.objects.count(), "clocks": Clock.objects.count(), "events of cases": CaseEvent.objects.count()}
    return Report(figures=figures, findings=wrong[:MOST_NAMED])


def _differences(case_ids: list[int]) -> list[replay.Difference]:
    """Of one batch, with two queries."""
    events = CaseEvent.objects.filter(case__in=case_ids).order_by("case_id", "pk")
    rows = Clock.objects.filter(case__in=case_ids).select_related("calendar").order_by("case_id", "pk")
    clocks = {case: list(found) for case, found in groupby(rows, key=lambda row: row.case_id)}
    found: list[replay.Difference] = []
    for case, told in groupby(events, key=lambda event: event.case_id):
        found += replay.compare(case, told, clocks.pop(case, []))
    for case, left in clocks.items():  # clocks of which no log tells
        found += replay.compare(case, [], left)
    return found


def _missing_guards() -> list[str]:
    """The guards of cases that should stand in the database, and do not."""
    declared = {name for guard in guards.declared() if guard.table.startswith("cases_") for name in guard.names(connection)}
    return [f"guard {name} is missing" for name in sorted(declared - guards.standing(connection))]
