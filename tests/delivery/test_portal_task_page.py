"""What the client sees of deliveries: the list, where a task is, what was said, and the box to write in (rules D2, D4)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from delivery import tasks, thread, worklog
from delivery.estimates import Line
from delivery.models import DeliveryTask, LineKind, TaskMessage, TaskState
from delivery.thread import Word
from delivery.worklog import Worked
from tests.cases.opened import a_dispatcher, a_plan, bind
from tests.cast import NOON
from tests.delivery.scene import a_task, a_task_from_case, a_working, an_accepted, an_offered, delivery_terms
from tests.delivery.working import a_done

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
TWO_HOURS = Line(LineKind.HOURS, "Work", Decimal(2), Decimal(1200))


@pytest.fixture(autouse=True)
def _later():
    with time_machine.travel(NOON + 5 * HOUR, tick=False):
        yield


@pytest.fixture
def task(cast, acme):
    delivery_terms()
    return a_working(cast, acme, TWO_HOURS)


@pytest.fixture
def browser(acme, client_of):
    return client_of(acme.requester)


def _page(browser, task):
    return " ".join(browser.get(f"/delivery/{task.pk}/").content.decode().replace("\xa0", " ").split())


def _steps(page):
    start = page.index('<ol class="steps"')
    return [part.split('"')[0] for part in page[start : page.index("</ol>", start)].split('<li class="')[1:]]


def test_d2_the_list_has_the_open_ones_first_and_then_what_is_closed(cast, acme, task, browser):
    closed, new = a_working(cast, acme, at=NOON + HOUR), a_task(acme, cast.tessa.person, at=NOON + 2 * HOUR)
    DeliveryTask.objects.filter(pk=closed.pk).update(state=TaskState.ACCEPTED, closed_at=NOON + 3 * HOUR)

    page = browser.get("/delivery/").content.decode()

    places = [page.index(f'href="/delivery/{each.pk}/"') for each in (new, task, closed)]
    assert places == sorted(places)
    assert page.index(">Open</h2>") < places[0] < places[1] < page.index(">Closed</h2>") < places[2]


def test_d2_without_any_the_list_says_what_would_stand_there(browser):
    page = browser.get("/delivery/").content.decode()

    assert ("No delivery tasks" in page, 'href="/cases/new/"' in page) == (True, True)


def test_d2_a_long_list_has_pages(cast, acme, browser):
    for number in range(21):
        a_task(acme, cast.tessa.person, title=f"Task {number}")

    first, second = (browser.get(f"/delivery/{query}").content.decode() for query in ("", "?page=2"))

    assert (first.count('href="/delivery/'), "Page 1 of 2" in first, "Task 0" in second) == (
        20 + first.count('href="/delivery/"'),
        True,
        True,
    )


def test_d2_the_list_costs_as_many_queries_for_many_as_for_one(cast, acme, task, browser, django_assert_num_queries):
    with CaptureQueriesContext(connection) as one:
        browser.get("/delivery/")
    for _each in range(6):
        a_working(cast, acme)

    with django_assert_num_queries(len(one)):
        browser.get("/delivery/")


def test_d2_the_page_shows_where_it_is_in_its_seven_steps(cast, acme, task, browser):
    new, ready = a_task(acme, cast.tessa.person), an_accepted(acme, cast.tessa.person, cast.max)
    free = tasks.hand_over_free(a_task(acme, cast.tessa.person), by=cast.max, at=NOON, reason="Goodwill")
    declined = an_accepted(acme, cast.tessa.person, cast.max)
    DeliveryTask.objects.filter(pk=declined.pk).update(state=TaskState.DECLINED, closed_at=NOON)

    assert _steps(_page(browser, new)) == ["here", *["ahead"] * 6]
    assert _steps(_page(browser, ready)) == [*["past"] * 3, "here", *["ahead"] * 3]
    assert _steps(_page(browser, task)) == [*["past"] * 4, "here", *["ahead"] * 2]
    assert _steps(_page(browser, free)) == [*["skipped"] * 3, "here", *["ahead"] * 3]
    assert '<ol class="steps"' not in _page(browser, declined)
    assert 'aria-current="step"> In work' in _page(browser, task)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (TaskState.ESTIMATING, "We are working out what it costs."),
        (TaskState.REVIEWING, "your account manager is looking through it"),
        (TaskState.READY, "It has been handed over to delivery, and begins Thu 19 Nov."),
        (TaskState.WORKING, "We are at work, until Tue 24 Nov."),
        (TaskState.DONE, "It is done."),
        (TaskState.ACCEPTED, "It is done, and you have accepted it."),
        (TaskState.DECLINED, "The cost was declined, so nothing is done."),
        (TaskState.WITHDRAWN, "It was taken back, and nothing more happens."),
    ],
)
def test_d4_the_first_line_tells_what_happens_next(task, browser, state, words):
    closed_at = NOON if state in (TaskState.ACCEPTED, TaskState.DECLINED, TaskState.WITHDRAWN) else None
    facts = {"starts_on": date(2026, 11, 19), "ends_on": date(2026, 11, 24)}
    DeliveryTask.objects.filter(pk=task.pk).update(state=state, closed_at=closed_at, **facts)

    assert words in _page(browser, task)


def test_d1_who_may_accept_is_asked_and_who_may_not_is_told_whose_turn_it_is(cast, acme, browser, client_of):
    delivery_terms()
    task = an_offered(a_task(acme, cast.tessa.person), cast.tessa.person, cast.max, valid_until=date(2026, 12, 1)).task

    assert "The cost waits for your yes, until Tue 1 Dec." in _page(client_of(acme.approver), task)
    assert "The cost waits for the yes of somebody who decides for Acme." in _page(browser, task)
    for page in (_page(browser, task), browser.get("/delivery/").content.decode(), browser.get("/").content.decode()):
        assert ("Waits for your yes" in page, "Waits for the client’s yes" in page) == (True, False)


def test_d5_what_is_done_is_said_to_be_theirs_to_accept_before_everything_else(cast, task, browser):
    a_done(task, cast.max)

    page, listed, home = _page(browser, task), browser.get("/delivery/").content.decode(), browser.get("/").content.decode()

    tag = '<span class="tag tag-held">Done: yours to accept</span>'
    assert [tag in each for each in (page, listed, home)] == [True, True, True]
    assert page.index("Is it done as agreed?") < page.index("You have accepted")


def test_d4_the_closed_case_leads_to_the_task_instead_of_asking_for_words(cast, acme, browser):
    delivery_terms()
    bind(acme, a_plan())
    task = a_task_from_case(acme, a_dispatcher())

    page = browser.get(f"/cases/{task.case_id}/").content.decode()

    assert f'href="/delivery/{task.pk}/#write">Write in D{task.pk}</a>' in page
    assert "<textarea" not in page


def test_d3_the_client_sees_the_bar_the_days_who_does_it_and_the_case(cast, acme, browser):
    delivery_terms()
    bind(acme, a_plan())
    task = a_task_from_case(acme, a_dispatcher())
    worked = a_working(cast, acme, TWO_HOURS)
    worklog.log(worked, Worked(cast.tessa.person, NOON, NOON + HOUR, "A secret note"), by=cast.tessa.person, at=NOON + HOUR)

    page = _page(browser, worked)

    for words in ("You have accepted SEK 2,400.00 without VAT", "Used <b>SEK 1,200.00</b>, 50%", "Tessa Testsson", "Max Testsson"):
        assert words in page
    assert "A secret note" not in page
    assert f'<a href="/cases/{task.case_id}/">#{task.case_id} Users are not created</a>' in _page(browser, task)


def test_d4_the_client_writes_and_reads_what_was_said_but_no_notes(cast, acme, task, browser):
    thread.say(task, Word("Half of it is done."), by=cast.tessa.person, at=NOON, cause="one")
    thread.add_note(task, Word("They are difficult."), by=cast.tessa.person, at=NOON, cause="two")

    answer = browser.post(f"/delivery/{task.pk}/messages/", {"text": "Very good.", "key": "three"}, follow=True)

    page = answer.content.decode()
    assert ("Your message is sent." in page, "Very good." in page, "Half of it is done." in page) == (True, True, True)
    assert "They are difficult." not in page
    assert TaskMessage.objects.get(text="Very good.").author == acme.requester


def test_d4_a_message_is_text_whatever_is_written(task, browser):
    browser.post(f"/delivery/{task.pk}/messages/", {"text": "<script>alert(1)</script>", "key": "three"})

    page = browser.get(f"/delivery/{task.pk}/").content.decode()
    assert ("<script>alert(1)" in page, "&lt;script&gt;alert(1)" in page) == (False, True)


def test_d4_an_empty_message_is_asked_again_and_a_closed_task_still_takes_words(task, browser):
    DeliveryTask.objects.filter(pk=task.pk).update(state=TaskState.DECLINED, closed_at=NOON)

    empty = browser.post(f"/delivery/{task.pk}/messages/", {"text": "", "key": "one"})
    said = browser.post(f"/delivery/{task.pk}/messages/", {"text": "After all", "key": "two"})

    assert (empty.status_code, said.status_code, TaskMessage.objects.count()) == (422, 302, 1)
    assert "The task is closed. What you write is kept and shown to us" in _page(browser, task)


def test_d4_the_team_space_of_the_client_stands_beside_the_thread(cast, task, browser):
    thread.set_workspace(task, "https://team.example/acme", by=cast.tessa.person, at=NOON)

    page = _page(browser, task)

    assert "Progress is told in your own team space." in page
    assert '<a href="https://team.example/acme" rel="noopener noreferrer">' in page


def test_d2_a_stranger_finds_nothing_and_staff_have_the_desk(cast, borealis, task, client_of):
    stranger = client_of(borealis.approver)

    found = [
        stranger.get(f"/delivery/{task.pk}/").status_code,
        stranger.post(f"/delivery/{task.pk}/messages/", {"text": "Hello", "key": "k"}).status_code,
        client_of(cast.tessa.person).post(f"/delivery/{task.pk}/messages/", {"text": "Hello", "key": "k"}).status_code,
    ]

    assert found == [404, 404, 404]
    assert client_of(cast.tessa.person).get(f"/delivery/{task.pk}/").url == f"/desk/delivery/{task.pk}/"
    assert f"/delivery/{task.pk}/" not in stranger.get("/delivery/").content.decode()
    assert not TaskMessage.objects.exists()
