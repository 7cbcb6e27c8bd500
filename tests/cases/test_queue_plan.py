"""The queue among a hundred thousand cases: its orders come from an index, and nothing sorts them all (rule S2)."""

import json
from typing import Any

import pytest
from django.db import connection

from cases import queue
from cases.models import Case, Tag
from cases.queue import BY_DUE, BY_RULE, ORDERS, PAGE_LENGTH, Wanted
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cast import NOON

pytestmark = pytest.mark.django_db
MANY = 100_000
FEW_ROWS = 1_000
ON_POSTGRESQL = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="what PostgreSQL's planner says; SQLite proves the number of queries"
)


def many_like(case, number, owner, *, few, plan):
    """So many more cases, one in ten closed, one in fifty somebody's, as the database itself copies them.

    One in 2,000 is of the client `few`, one in a hundred on the `plan`.
    """
    own = {
        "cause": "'many:' || n",
        "mail_token": "'many' || n",
        "priority": "1 + n %% 3",
        "plan_rank": "n %% 4",
        "is_outage": "n %% 500 = 0",
        "queue_at": "c.opened_at + n %% 9000 * interval '1 minute'",
        "state": "CASE WHEN n %% 10 = 0 THEN 'closed' ELSE 'open' END",
        "closed_at": "CASE WHEN n %% 10 = 0 THEN c.opened_at END",
        "closed_as": "CASE WHEN n %% 10 = 0 THEN 'solved' ELSE '' END",
        "owner_id": f"CASE WHEN n %% 50 = 1 THEN {owner.pk} END",
        "organisation_id": f"CASE WHEN n %% 2000 = 1 THEN {few.pk} ELSE c.organisation_id END",
        "plan_id": f"CASE WHEN n %% 100 = 1 THEN {plan.pk} ELSE c.plan_id END",
    }
    columns = [field.column for field in Case._meta.concrete_fields if field.column not in ("id", "queue_rank")]
    values = ", ".join(own.get(column, f"c.{column}") for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO cases_case ({', '.join(columns)}) SELECT {values} FROM cases_case c, generate_series(1, %s) n WHERE c.id = %s",
            [number, case.pk],
        )


def tagged(name, one_in):
    """A tag on one case in so many."""
    tag = Tag.objects.create(name=name)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO cases_casetag (case_id, tag_id) SELECT id, %s FROM cases_case WHERE id %% %s = 1", [tag.pk, one_in])
    return tag.pk


def nodes(plan):
    yield plan
    for below in plan.get("Plans", []):
        yield from nodes(below)


def plan_of(wanted):
    found = queue._beside(queue.chosen(wanted), wanted.order, wanted.after).order_by(*ORDERS[wanted.order])[: PAGE_LENGTH + 1]
    (plan,) = json.loads(found.explain(format="json", analyze=True))
    return list(nodes(plan["Plan"]))


def is_large(node):
    return node["Relation Name"] in ("cases_case", "cases_casetag", "cases_clock")


def read_of(plan):
    """How many rows of cases a plan reads, and in which ways."""
    on_cases = [node for node in plan if node.get("Relation Name") == "cases_case"]
    rows = sum((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"] for node in on_cases)
    return rows, {node["Node Type"] for node in plan}


@pytest.fixture
def disa(cast):
    return a_dispatcher()


@pytest.fixture
def crowd(acme, borealis, disa):
    """A hundred thousand cases, and a plan that few of them are on."""
    bind(acme, a_plan())
    rare = a_plan("rare")
    many_like(a_case(acme), MANY, disa, few=borealis.organisation, plan=rare)
    tags = {"often": tagged("often", 5), "rarely": tagged("rarely", 5_000)}
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return {"plan": rare.pk, **tags}


@ON_POSTGRESQL
def test_s2_both_orders_are_read_from_an_index(crowd, disa):
    deep = Case.objects.open().in_order()[60_000]
    by_due = Case.objects.open().by_due()[60_000]
    asked = {
        "by rule": Wanted(person=disa),
        "by rule, deep": Wanted(person=disa, after=queue.place(deep, BY_RULE)),
        "by due": Wanted(person=disa, order=BY_DUE),
        "by due, deep": Wanted(person=disa, order=BY_DUE, after=queue.place(by_due, BY_DUE)),
        "mine": Wanted(person=disa, whose="mine"),
        "mine by due": Wanted(person=disa, whose="mine", order=BY_DUE),
        "unassigned": Wanted(person=disa, whose="unassigned"),
        "closed": Wanted(person=disa, order=queue.BY_CLOSING),
    }

    plans = {name: plan_of(wanted) for name, wanted in asked.items()}

    for name, found in plans.items():
        rows, kinds = read_of(found)
        assert not kinds & {"Seq Scan", "Sort", "Incremental Sort"}, (name, kinds)
        assert rows <= PAGE_LENGTH + 1, (name, rows)


@ON_POSTGRESQL
@pytest.mark.parametrize("order", [BY_RULE, BY_DUE])
def test_s2_no_common_filter_reads_all_the_cases(crowd, disa, order):
    asked: dict[str, dict[str, Any]] = {f"priority {number}": {"columns": {"priority": number}} for number in (1, 2, 3)}
    asked |= {"a client of few": {"client": "boreal"}, "the client of most": {"client": "acme"}}
    asked |= {"a rare plan": {"columns": {"plan": crowd["plan"]}}, "both clients": {"client": "e"}}
    asked |= {"a frequent tag": {"tag": crowd["often"]}, "a rare tag": {"tag": crowd["rarely"]}}
    asked |= {"mine of a priority": {"whose": "mine", "columns": {"priority": 3}}}

    plans = {name: plan_of(Wanted(person=disa, order=order, **filters)) for name, filters in asked.items()}

    found = {name: read_of(plan) for name, plan in plans.items()}
    scanned = {name for name, plan in plans.items() for node in plan if node["Node Type"] == "Seq Scan" and is_large(node)}
    assert (scanned, {name: rows for name, (rows, _kinds) in found.items() if rows > FEW_ROWS}) == (set(), {})


@ON_POSTGRESQL
@pytest.mark.parametrize("columns", [{"priority": 1}, {"priority": 2}, {"priority": 3}])
def test_s2_a_priority_is_read_in_order_from_its_own_index(crowd, disa, columns):
    rows, kinds = read_of(plan_of(Wanted(person=disa, columns=columns)))

    assert (rows <= PAGE_LENGTH + 1, kinds & {"Sort", "Seq Scan"}) == (True, set())


@pytest.mark.parametrize("rows", [3, 30])
def test_s2_a_page_takes_five_queries_whatever_there_is(acme, django_assert_max_num_queries, rows):
    bind(acme, a_plan())
    disa = a_dispatcher()
    for _number in range(rows):
        a_case(acme)
    queue.page(Wanted(person=disa), at=NOON)

    with django_assert_max_num_queries(5):
        queue.page(Wanted(person=disa), at=NOON)
