"""The audit log among a hundred thousand entries: each order and filter comes from an index (proof SEC15)."""

import json

import pytest
from django.db import connection

from tests.cast import NOON
from trail.models import Entry
from trail.reading import PAGE_LENGTH, Wanted, beside, found, place

pytestmark = pytest.mark.django_db
MANY = 100_000
FEW_ROWS = 1_000
ON_POSTGRESQL = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="what PostgreSQL's planner says; SQLite proves the number of queries"
)


@pytest.fixture
def crowd(cast, acme, borealis):
    """A hundred thousand entries, a few of them of Ada's, of Borealis's, of one thing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO trail_entry (at, kind, what, person_id, organisation_id, thing, number, via, operator) "
            "SELECT %s::timestamptz + n * interval '1 second', CASE WHEN n %% 5000 = 1 THEN 'command' ELSE 'client' END, 'case-answer', "
            "CASE WHEN n %% 2000 = 1 THEN %s ELSE %s END, CASE WHEN n %% 2000 = 1 THEN %s ELSE %s END, 'cases.case', n %% 20000, '', '' "
            "FROM generate_series(1, %s) n",
            [NOON, cast.ada.pk, acme.requester.pk, borealis.organisation.pk, acme.organisation.pk, MANY],
        )
        cursor.execute("ANALYZE trail_entry")
    return Entry.objects.order_by("-at", "-pk")[60_000]


def nodes(plan):
    yield plan
    for below in plan.get("Plans", []):
        yield from nodes(below)


def read_of(wanted):
    """How many entries the plan of a page reads, and in which ways."""
    (plan,) = json.loads(beside(found(wanted), wanted.after)[: PAGE_LENGTH + 1].explain(format="json", analyze=True))
    of_entries = [node for node in nodes(plan["Plan"]) if node.get("Relation Name") == "trail_entry"]
    rows = sum((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"] for node in of_entries)
    return rows, {node["Node Type"] for node in of_entries}


@ON_POSTGRESQL
def test_sec15_the_order_and_each_filter_by_itself_are_read_from_an_index(crowd, cast):
    deep = place(crowd)
    asked = {
        "all": Wanted(),
        "deep": Wanted(after=deep),
        "a frequent kind": Wanted(kind="client"),
        "a frequent kind, deep": Wanted(kind="client", after=deep),
        "a rare kind": Wanted(kind="command"),
        "a rare person": Wanted(who="ada"),
        "a frequent client, deep": Wanted(client="acme", after=deep),
        "a rare client": Wanted(client="borealis"),
        "a sort of thing, deep": Wanted(thing="cases.case", after=deep),
        "one thing": Wanted(thing="cases.case", number=77),
        "one day": Wanted(first=NOON.date(), last=NOON.date()),
    }

    plans = {name: read_of(wanted) for name, wanted in asked.items()}

    assert {name: found for name, found in plans.items() if found[0] > 2 * PAGE_LENGTH or "Seq Scan" in found[1]} == {}


@ON_POSTGRESQL
def test_sec15_filters_together_and_words_read_few_entries(crowd):
    asked = {
        "a rare client's frequent kind": Wanted(client="borealis", kind="client"),
        "a rare person's sort of thing": Wanted(who="ada", thing="cases.case"),
        "a frequent word": Wanted(words="case"),
    }

    plans = {name: read_of(wanted) for name, wanted in asked.items()}

    assert {name: found for name, found in plans.items() if found[0] > FEW_ROWS or "Seq Scan" in found[1]} == {}
