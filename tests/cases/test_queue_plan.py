"""The queue among a hundred thousand cases: its orders come from an index, and nothing sorts them all (rule S2)."""

import json

import pytest
from django.db import connection

from cases import queue
from cases.models import Case
from cases.queue import BY_DUE, BY_RULE, ORDERS, PAGE_LENGTH, Wanted
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cast import NOON

pytestmark = pytest.mark.django_db
MANY = 100_000
FEW_ROWS = 10_000


def many_like(case, number, owner):
    """So many more cases, one in ten closed, one in fifty somebody's, as the database itself copies them."""
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
    }
    columns = [field.column for field in Case._meta.concrete_fields if field.column not in ("id", "queue_rank")]
    values = ", ".join(own.get(column, f"c.{column}") for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO cases_case ({', '.join(columns)}) SELECT {values} FROM cases_case c, generate_series(1, %s) n WHERE c.id = %s",
            [number, case.pk],
        )
        cursor.execute("ANALYZE cases_case")


def nodes(plan):
    yield plan
    for below in plan.get("Plans", []):
        yield from nodes(below)


def plan_of(wanted):
    found = queue._after(queue.chosen(wanted), wanted).order_by(*ORDERS[wanted.order])[: PAGE_LENGTH + 1]
    (plan,) = json.loads(found.explain(format="json", analyze=True))
    return list(nodes(plan["Plan"]))


@pytest.mark.skipif(connection.vendor != "postgresql", reason="what PostgreSQL's planner says; SQLite proves the number of queries")
def test_s2_both_orders_and_the_common_filters_are_read_from_an_index(acme):
    bind(acme, a_plan())
    disa, case = a_dispatcher(), a_case(acme)
    many_like(case, MANY, disa)
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
        "a priority": Wanted(person=disa, columns={"priority": 2}),
        "closed": Wanted(person=disa, order=queue.BY_CLOSING),
    }

    plans = {name: plan_of(wanted) for name, wanted in asked.items()}

    for name, found in plans.items():
        kinds = {node["Node Type"] for node in found}
        read = sum(node["Actual Rows"] + node.get("Rows Removed by Filter", 0) for node in found if "Scan" in node["Node Type"])
        assert not kinds & {"Seq Scan", "Sort", "Incremental Sort"}, (name, kinds)
        assert read < FEW_ROWS, (name, read)


@pytest.mark.parametrize("rows", [3, 30])
def test_s2_a_page_takes_five_queries_whatever_there_is(acme, django_assert_max_num_queries, rows):
    bind(acme, a_plan())
    disa = a_dispatcher()
    for _number in range(rows):
        a_case(acme)
    queue.page(Wanted(person=disa), at=NOON)

    with django_assert_max_num_queries(5):
        queue.page(Wanted(person=disa), at=NOON)
