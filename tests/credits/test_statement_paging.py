"""A long statement, page by page: fifty lines each, and the figures of the whole period stay right (rules C9, C15)."""

from datetime import date

import pytest
import time_machine
from django.core.paginator import Paginator
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from credits.statement import statement
from tests.cast import NOON, at_stockholm
from tests.credits.posting import grant, worked
from tests.credits.test_statement_pdf import filled

pytestmark = pytest.mark.django_db
NOVEMBER = {"first": "2026-11-01", "last": "2026-11-30"}


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def asked(acme, client_of):
    browser = client_of(acme.requester)
    return lambda **query: browser.get(reverse("statement", args=[acme.account.pk]), NOVEMBER | query)


def numbers(response):
    return [entry.number for entry in response.context["page"]]


def test_c15_a_page_holds_fifty_lines_and_says_what_was_before_and_after(acme, asked):
    filled(acme.account, 120)

    first, second, third = (asked(page=number) for number in (1, 2, 3))

    assert [numbers(page) for page in (first, second, third)] == [[*range(1, 51)], [*range(51, 101)], [*range(101, 121)]]
    carried = [(page.context["brought_forward"], page.context["carried_forward"]) for page in (first, second, third)]
    assert carried == [(0, 50), (50, 100), (100, 120)]
    assert {(page.context["statement"].opening_minutes, page.context["statement"].closing_minutes) for page in (first, second, third)} == {
        (0, 120)
    }


def test_c15_each_page_says_how_it_hangs_together(acme, asked):
    filled(acme.account, 60)

    first, second = (" ".join(asked(page=number).content.decode().split()) for number in (1, 2))

    assert "Opening balance" in first
    assert "Carried forward" in first
    assert "Page 1 of 2" in first
    assert "Brought forward" in second
    assert "Carried forward" not in second
    assert all("Closing balance" in page for page in (first, second))
    assert "first=2026-11-01&amp;last=2026-11-30&amp;page=2" in first


@pytest.mark.parametrize("page", ["0", "-1", "99", "x", "", "1e9", "²"])
def test_c15_a_page_that_is_not_there_is_answered_with_one_that_is(acme, asked, page):
    filled(acme.account, 60)

    response = asked(page=page)

    assert response.status_code == 200
    assert numbers(response)


def test_c15_pages_begin_within_a_period_and_end_with_it(acme, asked):
    grant(acme.account, 2400, at=at_stockholm(2026, 10, 1))
    for minute in range(55):
        worked(acme.account, 10, at=at_stockholm(2026, 11, 3, 9, minute))
    worked(acme.account, 10, at=at_stockholm(2026, 12, 1))

    assert [len(numbers(asked(page=number))) for number in (1, 2)] == [50, 5]
    assert asked(page=2).context["statement"].closing_minutes == 2400 - 550


def test_c15_any_page_of_a_long_history_takes_as_many_queries_as_the_first(acme, asked):
    filled(acme.account, 3000)
    asked()
    taken = []
    for page in (1, 2, 60):
        with CaptureQueriesContext(connection) as queries:
            assert len(numbers(asked(page=page))) == 50
        taken.append([query["sql"] for query in queries])

    assert len({len(queries) for queries in taken}) == 1
    assert not [query for queries in taken for query in queries if "COUNT(" in query or "OFFSET" in query]


def test_c15_lines_are_known_by_number_without_counting(acme, django_assert_num_queries):
    filled(acme.account, 120)
    found = statement(account=acme.account, first=date(2026, 11, 1), last=date(2026, 11, 30))

    with django_assert_num_queries(2):
        assert (len(found.entries), Paginator(found.entries, 50).num_pages) == (120, 3)
        assert (found.opening_minutes, found.closing_minutes) == (0, 120)
    with django_assert_num_queries(1):
        assert [entry.number for entry in found.entries[50:52]] == [51, 52]
    with django_assert_num_queries(2):
        assert (found.entries[0].number, found.entries[-1].number) == (1, 120)
    with pytest.raises(ValueError, match="in their order"):
        found.entries[::-1]
