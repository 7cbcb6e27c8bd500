"""The queue: its two orders, its filters, its pages (rule S2)."""

from datetime import timedelta

import pytest

from cases import assignment, queue, tagging, words
from cases.models import Case
from cases.queue import BY_DUE, Wanted
from cases.words import Said
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cast import at_stockholm

pytestmark = pytest.mark.django_db
MONDAY = at_stockholm(2026, 11, 23, 9)


@pytest.fixture
def disa(acme):
    bind(acme, a_plan(solution={1: 480, 2: 960, 3: 2400}))
    return a_dispatcher()


def numbers(person, **wanted):
    at = wanted.pop("at", MONDAY)
    return [row.case.pk for row in queue.page(Wanted(person=person, **wanted), at=at).rows]


def test_s2_an_outage_goes_before_plan_rank_priority_and_deadline(acme, borealis, disa):
    bind(borealis, a_plan("premium", rank=9))
    late = a_case(acme, priority=3, at=MONDAY - timedelta(days=3))
    grave = a_case(acme, priority=1, at=MONDAY)
    ranked = a_case(borealis, priority=3, at=MONDAY)
    outage = a_case(acme, priority=3, is_outage=True, at=MONDAY)

    assert numbers(disa) == [outage.pk, ranked.pk, grave.pk, late.pk]
    assert numbers(disa, order=BY_DUE)[0] == late.pk


def test_s2_what_is_left_is_working_time_of_the_clocks_calendar(acme, disa):
    a_case(acme, priority=3, at=at_stockholm(2026, 11, 23, 15))

    (row,) = queue.page(Wanted(person=disa), at=at_stockholm(2026, 11, 23, 20)).rows

    assert (row.left.minutes, row.left.is_late) == (6 * 60, False)
    assert row.left.open.startswith(f"{12 * 3600}-{21 * 3600}")


def test_s6_what_waits_for_the_client_stands_still_at_the_end(acme, disa):
    waits, runs = a_case(acme, at=MONDAY - timedelta(days=4)), a_case(acme, at=MONDAY)
    words.ask(waits, Said("Which version?"), by=disa, at=MONDAY, cause="a")

    page = queue.page(Wanted(person=disa, order=BY_DUE), at=MONDAY)

    assert [(row.case.pk, row.stands_still, row.left is None) for row in page.rows] == [(runs.pk, False, False), (waits.pk, True, True)]


def test_s2_filters_narrow_by_whose_words_client_tag_and_breach(acme, borealis, disa):
    mine, others = a_case(acme, subject="Orders lost", at=MONDAY), a_case(borealis, at=MONDAY - timedelta(days=30))
    assignment.take(case=mine, by=disa, at=MONDAY)
    tagging.tag(case=mine, name="Orders", by=disa, at=MONDAY)
    words.answer(a_case(acme, at=MONDAY - timedelta(days=30)), Said("So late."), by=disa, at=MONDAY, cause="late")

    tag = mine.case_tags.get().tag_id
    assert numbers(disa, whose="mine", words="orders", client="acm", tag=tag) == [mine.pk]
    assert numbers(disa, words=f"#{others.pk}") == [others.pk]
    assert numbers(disa, whose="unassigned") == [others.pk]
    assert len(numbers(disa, breached=True)) == 1


@pytest.mark.parametrize("order", [queue.BY_RULE, queue.BY_DUE])
def test_s2_pages_go_on_from_the_last_row_and_show_each_case_once(acme, disa, order):
    for number in range(60):
        a_case(acme, priority=1 + number % 3, at=MONDAY - timedelta(minutes=number % 7))
    pages = [queue.page(Wanted(person=disa, order=order), at=MONDAY)]
    while pages[-1].after:
        pages.append(queue.page(Wanted(person=disa, order=order, after=pages[-1].after), at=MONDAY))

    seen = [row.case.pk for page in pages for row in page.rows]
    assert (len(pages), len(seen), len(set(seen)), pages[0].count) == (3, 60, 60, 60)


def test_s2_a_place_that_nobody_can_read_begins_at_the_beginning(acme, disa):
    case = a_case(acme, at=MONDAY)

    for nonsense in ("x", "1~2", "a~b~c", "1~9999-99-99~1", "9" * 400 + "~2~3"):
        assert numbers(disa, after=nonsense) == [case.pk]


def test_s2_clients_see_only_their_own_in_it(acme, borealis, disa):
    a_case(acme, at=MONDAY)

    assert numbers(borealis.requester) == []
    assert Case.objects.count() == 1
