"""The board: what stands where, what it waits for, how it is moved, and what it costs to look (rules D1 to D5)."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine

from clients.models import StaffDuty
from delivery import tasks, worklog
from delivery.board import MOST_IN_COLUMN
from delivery.estimates import Line
from delivery.models import Completion, DeliveryTask, LineKind, TaskState
from delivery.worklog import Worked
from tests.cast import NOON, a_colleague
from tests.delivery.scene import a_draft, a_task, a_working, an_accepted, an_offered, delivery_terms

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TWO_HOURS = Line(LineKind.HOURS, "Work", Decimal(2), Decimal(1200))


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON + 2 * DAY, tick=False):
        yield


@pytest.fixture
def terms(acme):
    return delivery_terms()


@pytest.fixture
def browser(cast, terms, client_of):
    return client_of(cast.tessa.person)


def columns_of(browser, query=""):
    """What stands in each column: the numbers of the tasks."""
    page = browser.get(f"/desk/delivery/{query}").content.decode()
    parts = re.split(r'data-state="(\w+)"', page)[1:]
    return {state: re.findall(r'href="/desk/delivery/(\d+)/" data-open', text) for state, text in zip(parts[::2], parts[1::2], strict=True)}


def card_of(browser, task):
    page = " ".join(browser.get("/desk/delivery/").content.decode().split())
    start = page.index(f'href="/desk/delivery/{task.pk}/" data-open')
    return page[start : page.index("</li>", start)]


def test_d2_each_open_task_stands_in_the_column_of_its_state(cast, acme, browser):
    tessa = cast.tessa.person
    estimating, offered = a_task(acme, tessa), an_offered(a_task(acme, tessa), tessa, cast.max).task
    ready, working = an_accepted(acme, tessa, cast.max), a_working(cast, acme)
    done, declined = a_working(cast, acme), an_accepted(acme, tessa, cast.max)
    DeliveryTask.objects.filter(pk=done.pk).update(state=TaskState.DONE)
    DeliveryTask.objects.filter(pk=declined.pk).update(state=TaskState.DECLINED, closed_at=NOON)

    assert columns_of(browser) == {
        "estimating": [str(estimating.pk)],
        "reviewing": [],
        "offered": [str(offered.pk)],
        "ready": [str(ready.pk)],
        "working": [str(working.pk)],
        "done": [str(done.pk)],
    }


def test_d3_a_card_tells_client_sum_used_who_and_when(cast, acme, browser):
    task = a_working(cast, acme, TWO_HOURS)
    tasks.plan(task, starts_on=date(2026, 11, 19), ends_on=date(2026, 11, 24), by=cast.tessa.person, at=NOON)
    worklog.log(task, Worked(cast.tessa.person, NOON, NOON + HOUR, "Worked"), by=cast.tessa.person, at=NOON + HOUR)

    card = card_of(browser, task)

    for words in ("Acme · Tessa Testsson", "SEK 2,400.00", 'aria-label="50% used"', "Thu 19 Nov – Tue 24 Nov", "Done by Tue 24 Nov"):
        assert words in card


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda cast, acme: a_task(acme, cast.tessa.person), "To be estimated"),
        (lambda cast, acme: a_draft(a_task(acme, cast.tessa.person), cast.theo.person).task, "Theo Testsson writes the estimate"),
        (
            lambda cast, acme: an_offered(a_task(acme, cast.theo.person), cast.tessa.person, cast.max, valid_until=date(2026, 12, 1)).task,
            "The client’s yes, by Tue 1 Dec",
        ),
        (lambda cast, acme: an_accepted(acme, cast.tessa.person, cast.max), "Somebody to take it"),
    ],
)
def test_d1_a_card_tells_what_it_waits_for(cast, acme, browser, make, words):
    task = make(cast, acme)

    assert words in card_of(browser, task)


def test_d5_what_is_late_or_used_up_says_so_in_words(cast, acme, browser):
    tessa = cast.tessa.person
    unbegun, overdue, full = an_accepted(acme, tessa, cast.max), a_working(cast, acme), a_working(cast, acme, TWO_HOURS)
    tasks.plan(unbegun, starts_on=NOON.date(), ends_on=None, by=tessa, at=NOON)
    tasks.plan(overdue, starts_on=None, ends_on=NOON.date(), by=tessa, at=NOON)
    worklog.log(full, Worked(tessa, NOON, NOON + 2 * HOUR, "Worked"), by=tessa, at=NOON + 2 * HOUR)
    done = a_working(cast, acme)
    DeliveryTask.objects.filter(pk=done.pk).update(state=TaskState.DONE)
    Completion.objects.create(task=done, number=1, told_at=NOON, told_by=cast.max, words="Done", due_at=NOON + DAY)

    said = [re.findall(r'class="hot">(.*?)<', card_of(browser, task)) for task in (unbegun, overdue, full, done)]

    assert said == [
        ["Should have begun Wed 18 Nov"],
        ["Should have been done Wed 18 Nov"],
        ["The sum is used up: more needs a change estimate"],
        ["The client’s acceptance, by Thu 19 Nov 12:00"],
    ]


def test_d3_a_change_estimate_on_its_way_is_what_it_waits_for(cast, acme, browser):
    task = a_working(cast, acme)
    an_offered(task, cast.tessa.person, cast.max, TWO_HOURS)

    assert "A change estimate is at the client" in card_of(browser, task)


def test_d2_the_board_is_narrowed_to_a_client_to_one_s_own_and_to_nobody_s(cast, acme, borealis, browser, client_of):
    ours, others = a_working(cast, acme), an_accepted(borealis, cast.tessa.person, cast.max)
    offered = an_offered(a_task(acme, cast.tessa.person), cast.tessa.person, cast.max).task
    max_ = client_of(cast.max)

    def seen(who, query):
        return {int(number) for found in columns_of(who, query).values() for number in found}

    assert seen(browser, "") == {ours.pk, others.pk, offered.pk}
    assert seen(browser, f"?client={acme.organisation.pk}") == {ours.pk, offered.pk}
    assert seen(browser, "?whose=mine") == {ours.pk}
    assert seen(browser, "?whose=nobody") == {others.pk, offered.pk}
    assert seen(max_, "?whose=mine") == {offered.pk}
    assert seen(browser, "?whose=whatever&client=x") == {ours.pk, others.pk, offered.pk}


def test_d2_beginning_from_the_board_leads_back_to_it_as_it_was(cast, acme, browser):
    task = an_accepted(acme, cast.tessa.person, cast.max)
    assert f'action="/desk/delivery/{task.pk}/beginning/" data-move="working"' in card_of(browser, task)

    answer = browser.post(f"/desk/delivery/{task.pk}/beginning/", {"from": "board", "query": "whose=mine"})

    task.refresh_from_db()
    assert (answer.status_code, answer.url) == (302, "/desk/delivery/?whose=mine")
    assert (task.state, task.assignee) == (TaskState.WORKING, cast.tessa.person)


def test_d2_beginning_what_somebody_else_began_says_so(cast, acme, browser):
    task = a_working(cast, acme)

    answer = browser.post(f"/desk/delivery/{task.pk}/beginning/", {"from": "board"}, follow=True)

    assert "This task has moved on meanwhile." in answer.content.decode()


def test_d2_a_card_offers_no_move_that_its_state_does_not_have(cast, acme, browser):
    worked, begun = a_working(cast, acme), a_working(cast, acme)
    worklog.log(worked, Worked(cast.tessa.person, NOON, NOON + HOUR, "Worked"), by=cast.tessa.person, at=NOON + HOUR)

    assert 'data-move="ready"' not in card_of(browser, worked)
    assert f'href="/desk/delivery/{begun.pk}/putting-back/" data-move="ready"' in card_of(browser, begun)


def test_d2_finance_looks_and_moves_nothing(cast, acme, terms, client_of):
    task = an_accepted(acme, cast.tessa.person, cast.max)

    assert "data-move" not in card_of(client_of(cast.fia), task)
    assert client_of(cast.fia).post(f"/desk/delivery/{task.pk}/beginning/").status_code == 403


def test_d1_an_account_manager_sees_their_own_clients_only(cast, acme, terms, client_of):
    a_working(cast, acme)
    mia = a_colleague("Mia", StaffDuty.ACCOUNT_MANAGER)

    page = client_of(mia).get("/desk/delivery/").content.decode()

    assert ("No open delivery tasks" in page, "Single sign-on" in page, "Acme" in page) == (True, False, False)


def test_d2_nobody_of_a_client_learns_of_the_board(acme, terms, client_of):
    found = [
        client_of(acme.approver).get(page).status_code for page in ("/desk/delivery/", "/desk/delivery/closed/", "/desk/delivery/new/")
    ]

    assert found == [404, 404, 404]


def test_d2_an_empty_choice_leads_back_to_all(acme, browser):
    assert "No open task is like that" in browser.get("/desk/delivery/?whose=mine").content.decode()


def test_d2_what_is_closed_stands_on_its_own_page(cast, acme, browser):
    closed, open_one = a_working(cast, acme), a_working(cast, acme)
    DeliveryTask.objects.filter(pk=closed.pk).update(state=TaskState.ACCEPTED, closed_at=NOON)

    page = browser.get("/desk/delivery/closed/").content.decode()

    assert (f"/desk/delivery/{closed.pk}/" in page, f"/desk/delivery/{open_one.pk}/" in page) == (True, False)
    assert "Accepted</span>" in page


def test_d2_a_full_column_says_how_many_more_there_are(cast, acme, browser):
    for number in range(MOST_IN_COLUMN + 2):
        a_task(acme, cast.tessa.person, title=f"Task {number}")

    page = browser.get("/desk/delivery/").content.decode()

    assert (page.count("data-open"), "2 more: choose a client to see them." in page) == (MOST_IN_COLUMN, True)


def test_d2_a_full_board_costs_as_many_queries_as_one_with_a_card(cast, acme, borealis, browser, django_assert_max_num_queries):
    for client in (acme, borealis) * 3:
        a_working(cast, client)
        an_offered(a_task(client, cast.tessa.person), cast.tessa.person, cast.max)
        an_accepted(client, cast.theo.person, cast.max)

    with django_assert_max_num_queries(16):
        assert browser.get("/desk/delivery/").status_code == 200


def test_d1_a_new_task_is_offered_to_those_who_may_open_one(cast, terms, client_of):
    pages = [client_of(person).get("/desk/delivery/").content.decode() for person in (cast.tessa.person, cast.max, cast.fia, cast.ada)]

    assert ['href="/desk/delivery/new/"' in page for page in pages] == [True, True, False, False]
