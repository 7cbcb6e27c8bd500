"""One task at the desk: what it shows, what is done there, and to whom it refuses (rules D2, D3, D4, S12)."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import count

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clients.models import StaffDuty
from delivery import tasks, thread, worklog
from delivery.estimates import Line
from delivery.models import DeliveryCost, DeliveryTask, DeliveryTime, EstimateLine, LineKind, TaskMessage, TaskState, TaskVoice
from delivery.thread import Word
from delivery.worklog import Cost, Worked
from tests.cases.opened import a_dispatcher, a_plan, bind
from tests.cast import NOON, a_colleague
from tests.delivery.scene import a_task, a_task_from_case, a_working, an_accepted, an_offered, delivery_terms

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
TWO_HOURS = Line(LineKind.HOURS, "Work", Decimal(2), Decimal(1200))
KEYS = count()


@pytest.fixture(autouse=True)
def _later():
    with time_machine.travel(NOON + 5 * HOUR, tick=False):
        yield


@pytest.fixture
def task(cast, acme):
    delivery_terms()
    return a_working(cast, acme, TWO_HOURS)


@pytest.fixture
def browser(cast, client_of):
    return client_of(cast.tessa.person)


def _work(task, person, hours, *, first=0, **fields):
    return worklog.log(
        task, Worked(person, NOON + first * HOUR, NOON + (first + hours) * HOUR, "Worked", **fields), by=person, at=NOON + 5 * HOUR
    )


def _page(browser, task):
    return " ".join(browser.get(f"/desk/delivery/{task.pk}/").content.decode().replace("\xa0", " ").split())


def _said(text, way="say"):
    return {"text": text, "key": f"key-{next(KEYS)}", "way": way}


def test_d4_the_page_tells_whose_it_is_where_it_came_from_and_what_it_waits_for(cast, acme, browser):
    delivery_terms()
    bind(acme, a_plan())
    task = a_task_from_case(acme, a_dispatcher())

    page = _page(browser, task)

    for words in (
        f"D{task.pk} Users are not created",
        "Cost to be estimated",
        "Acme",
        f'href="/desk/cases/{task.case_id}/"',
        task.decision.reason,
    ):
        assert words in page
    assert "Nothing is accepted yet" in page


def test_d3_the_bar_and_the_lines_tell_what_is_used_and_what_is_left(cast, task, browser):
    _work(task, cast.tessa.person, 1)
    _work(task, cast.theo.person, 1, first=2, billable=False)

    page = _page(browser, task)

    for words in (
        "Accepted SEK 2,400.00",
        "Used <b>SEK 1,200.00</b>, 50%",
        "Left <b>SEK 1,200.00</b> of SEK 2,400.00",
        "Kept and never invoiced <b>1 h</b>",
        "2 h 00 / 2 h 00 · SEK 1,200.00 / SEK 2,400.00",
        "In all 2 h, of which 1 h count against the sum.",
        "never invoiced</span>",
    ):
        assert words in page
    assert "used-up" not in page


def test_d3_at_four_fifths_and_at_the_end_the_page_asks_for_a_change_estimate(cast, task, browser):
    _work(task, cast.tessa.person, 1)
    worklog.spend(
        task, Cost(LineKind.EXPENSE, "Licence", NOON.date(), Decimal(1), Decimal(800)), by=cast.tessa.person, at=NOON + HOUR, cause="c"
    )
    most = _page(browser, task)
    worklog.spend(
        task, Cost(LineKind.EXPENSE, "Licence", NOON.date(), Decimal(1), Decimal(400)), by=cast.tessa.person, at=NOON + HOUR, cause="d"
    )
    every = _page(browser, task)
    change = an_offered(task, cast.tessa.person, cast.max, TWO_HOURS)
    asked = _page(browser, task)

    assert "83% of the accepted sum is used" in most
    assert "SEK 400.00 is left. If that will not be enough" in most
    assert "The accepted sum is used up" in every
    assert "What is worked from here on cannot be invoiced" in every
    assert f"Version {change.number} is on its way: Waits for the client’s yes." in asked


def test_s12_an_expense_is_logged_on_its_line_or_on_none_and_once(cast, acme, browser):
    delivery_terms()
    task = a_working(cast, acme, TWO_HOURS, Line(LineKind.MILEAGE, "By car", Decimal(100), Decimal(30)))
    line = EstimateLine.objects.get(kind=LineKind.MILEAGE)
    typed = {"what": str(line.pk), "text": "To Uppsala", "spent_on": "2026-11-18", "quantity": "70", "key": "one"}

    answers = [browser.post(f"/desk/delivery/{task.pk}/expenses/", typed) for _twice in range(2)]
    browser.post(
        f"/desk/delivery/{task.pk}/expenses/",
        typed | {"what": "expense", "text": "Ferry", "quantity": "1", "unit_price": "90", "key": "two"},
    )

    assert [answer.status_code for answer in answers] == [302, 302]
    found = DeliveryCost.objects.order_by("pk").values_list("kind", "line", "text", "net", "logged_by")
    assert list(found) == [
        ("mileage", line.pk, "To Uppsala", Decimal(2100), cast.tessa.person.pk),
        ("expense", None, "Ferry", Decimal(90), cast.tessa.person.pk),
    ]
    assert "Wed 18 Nov · Mileage (km) · To Uppsala · Tessa Testsson · SEK 2,100.00" in _page(browser, task)


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"quantity": "0"}, 422, "greater than or equal to 0.01"),
        ({"unit_price": "-1"}, 422, "greater than or equal to 0.01"),
        ({"unit_price": "9000"}, 409, "of the accepted sum is left. More needs a change estimate"),
        ({"unit_price": ""}, 409, "An expense needs a quantity and a price above zero"),
        ({"spent_on": "2026-11-20"}, 409, "between the opening of the task and today"),
        ({"what": "hours"}, 422, "Select a valid choice"),
    ],
)
def test_s12_a_refused_expense_stands_as_it_was_typed(task, browser, fields, status, words):
    typed = {"what": "expense", "text": "Ferry to Visby", "spent_on": "2026-11-18", "quantity": "1", "unit_price": "90", "key": "one"}

    answer = browser.post(f"/desk/delivery/{task.pk}/expenses/", typed | fields)

    page = answer.content.decode()
    assert (answer.status_code, words in page, 'value="Ferry to Visby"' in page) == (status, True, True)
    assert not DeliveryCost.objects.exists()


def test_d3_time_and_expenses_are_taken_back_with_a_reason(cast, task, browser, client_of):
    entry = _work(task, cast.tessa.person, 1)
    cost = worklog.spend(
        task, Cost(LineKind.EXPENSE, "Ferry", NOON.date(), Decimal(1), Decimal(90)), by=cast.theo.person, at=NOON + HOUR, cause="c"
    )
    time, spent = (f"/desk/delivery/{task.pk}/{part}/taking-back/" for part in (f"time/{entry.pk}", f"expenses/{cost.pk}"))

    offered = browser.get(time)
    unsaid = browser.post(time, {"reason": " "})
    taken = browser.post(time, {"reason": "Wrong task"})
    of_another = browser.post(spent, {"reason": "Why not"})
    by_manager = client_of(cast.max).post(spent, {"reason": "It was free"})
    again = client_of(cast.max).post(spent, {"reason": "It was free"})

    assert [answer.status_code for answer in (offered, unsaid, taken, of_another, by_manager, again)] == [200, 422, 302, 403, 302, 409]
    assert (DeliveryTime.objects.get().live, DeliveryCost.objects.get().live, DeliveryTask.objects.get().used_net) == (
        False,
        False,
        Decimal(0),
    )
    assert _page(browser, task).count("taken back</span>") == 2


def test_d3_an_entry_of_another_task_is_not_found_in_this_one(cast, acme, task, browser):
    entry = _work(a_working(cast, acme), cast.tessa.person, 1)

    assert browser.get(f"/desk/delivery/{task.pk}/time/{entry.pk}/taking-back/").status_code == 404


def test_d3_who_cannot_take_an_entry_back_is_not_offered_to(cast, task, browser, client_of):
    _work(task, cast.tessa.person, 1)

    seen = ["taking-back" in _page(client_of(person), task) for person in (cast.tessa.person, cast.theo.person, cast.max, cast.fia)]

    assert seen == [True, False, True, False]


def test_d4_we_write_to_the_client_or_note_for_ourselves(cast, task, browser):
    sent = browser.post(f"/desk/delivery/{task.pk}/messages/", _said("Half of it is done."))
    noted = browser.post(f"/desk/delivery/{task.pk}/messages/", _said("They are difficult.", "note"))

    assert (sent.status_code, noted.status_code) == (302, 302)
    assert list(task.messages.order_by("pk").values_list("voice", "text")) == [
        (TaskVoice.STAFF, "Half of it is done."),
        (TaskVoice.NOTE, "They are difficult."),
    ]
    page = _page(browser, task)
    assert ("They are difficult." in page, page.count("For us only</span>")) == (True, 1)


def test_d4_the_same_form_sent_twice_speaks_once_and_an_empty_one_is_asked_again(task, browser):
    words = _said("Half of it is done.")

    browser.post(f"/desk/delivery/{task.pk}/messages/", words)
    browser.post(f"/desk/delivery/{task.pk}/messages/", words)
    other = browser.post(f"/desk/delivery/{task.pk}/messages/", words | {"text": "Other words"})
    empty = browser.post(f"/desk/delivery/{task.pk}/messages/", _said(""))

    assert (other.status_code, "Other words" in other.content.decode(), empty.status_code) == (409, True, 422)
    assert TaskMessage.objects.count() == 1


def test_d2_it_is_given_planned_and_told_of_elsewhere(cast, task, browser):
    assigned = browser.post(f"/desk/delivery/{task.pk}/assignee/", {"person": cast.theo.person.pk})
    planned = browser.post(f"/desk/delivery/{task.pk}/plan/", {"starts_on": "2026-11-19", "ends_on": "2026-11-24"})
    named = browser.post(f"/desk/delivery/{task.pk}/team-space/", {"address": "https://team.example/acme"})

    task.refresh_from_db()
    assert [answer.status_code for answer in (assigned, planned, named)] == [302, 302, 302]
    assert (task.assignee, task.starts_on, task.ends_on) == (cast.theo.person, date(2026, 11, 19), date(2026, 11, 24))
    page = _page(browser, task)
    for words in (
        "Theo Testsson has it",
        "Planned Thu 19 Nov – Tue 24 Nov",
        '<a href="https://team.example/acme" rel="noopener noreferrer">',
    ):
        assert words in page


@pytest.mark.parametrize(
    ("part", "typed", "status", "words"),
    [
        ("assignee", {"person": "999999"}, 422, "Select a valid choice"),
        ("plan", {"starts_on": "2026-11-24", "ends_on": "2026-11-19"}, 409, "The planned work ends before it begins"),
        ("plan", {"starts_on": "yesterday"}, 422, "Enter a valid date"),
        ("team-space", {"address": "http://team.example"}, 409, "has to begin with https://"),
        ("team-space", {"address": "javascript:alert(1)"}, 409, "has to begin with https://"),
    ],
)
def test_d2_what_cannot_be_is_said_on_the_page_and_nothing_changed(task, browser, part, typed, status, words):
    assignee = task.assignee

    answer = browser.post(f"/desk/delivery/{task.pk}/{part}/", typed)

    task.refresh_from_db()
    assert (answer.status_code, words in answer.content.decode()) == (status, True)
    assert (task.assignee, task.starts_on, task.workspace) == (assignee, None, "")


def test_d2_a_task_that_was_begun_too_early_is_put_back_until_something_is_logged(cast, acme, task, browser):
    other = a_working(cast, acme)
    _work(other, cast.tessa.person, 1)
    page = f"/desk/delivery/{task.pk}/putting-back/"

    looked, unsaid, done = browser.get(page), browser.post(page, {}), browser.post(page, {"reason": "Next month"})
    refused = browser.post(f"/desk/delivery/{other.pk}/putting-back/", {"reason": "Next month"})

    assert [answer.status_code for answer in (looked, unsaid, done, refused)] == [200, 422, 302, 409]
    assert [DeliveryTask.objects.get(pk=each.pk).state for each in (task, other)] == [TaskState.READY, TaskState.WORKING]


def test_d2_a_new_task_is_opened_for_a_client_and_once(cast, acme, browser):
    delivery_terms()
    typed = {
        "client": acme.organisation.pk,
        "title": "Single sign-on",
        "description": "As agreed",
        "contact": acme.requester.pk,
        "key": "one",
    }

    chosen = browser.get(f"/desk/delivery/new/?client={acme.organisation.pk}").content.decode()
    first, again = (browser.post("/desk/delivery/new/", typed) for _twice in range(2))

    task = DeliveryTask.objects.get()
    assert "Rolf Testsson" in chosen
    assert (first.url, again.url) == (f"/desk/delivery/{task.pk}/",) * 2
    assert (task.organisation, task.title, task.description, task.contact) == (
        acme.organisation,
        "Single sign-on",
        "As agreed",
        acme.requester,
    )


def test_d2_a_new_task_needs_a_title_and_a_client_of_one_s_own(cast, acme, borealis, browser, client_of):
    delivery_terms()
    mia = client_of(a_colleague("Mia", StaffDuty.ACCOUNT_MANAGER))

    untitled = browser.post("/desk/delivery/new/", {"client": acme.organisation.pk, "title": " ", "description": "As agreed", "key": "one"})
    strange = browser.post(
        "/desk/delivery/new/", {"client": acme.organisation.pk, "title": "T", "contact": borealis.approver.pk, "key": "two"}
    )
    others = mia.post("/desk/delivery/new/", {"client": acme.organisation.pk, "title": "T", "key": "three"})
    asked = browser.get("/desk/delivery/new/?client=x")

    assert [answer.status_code for answer in (untitled, strange, others, asked)] == [422, 422, 404, 200]
    assert "As agreed" in untitled.content.decode()
    assert not DeliveryTask.objects.exists()


def test_d2_role_matrix_of_the_desk_s_pages(cast, acme, borealis, task, client_of):
    entry = _work(task, cast.tessa.person, 1)
    people = {
        "technician": cast.theo.person,
        "account manager": cast.max,
        "another account manager": a_colleague("Mia", StaffDuty.ACCOUNT_MANAGER),
        "dispatcher": a_dispatcher(),
        "finance": cast.fia,
        "administrator": cast.ada,
        "approver": acme.approver,
        "stranger": borealis.approver,
    }
    pages = {
        "look": lambda who: who.get(f"/desk/delivery/{task.pk}/"),
        "begin": lambda who: who.post(f"/desk/delivery/{task.pk}/beginning/"),
        "put back": lambda who: who.post(f"/desk/delivery/{task.pk}/putting-back/", {"reason": "R"}),
        "assign": lambda who: who.post(f"/desk/delivery/{task.pk}/assignee/", {"person": cast.tessa.person.pk}),
        "plan": lambda who: who.post(f"/desk/delivery/{task.pk}/plan/", {}),
        "space": lambda who: who.post(f"/desk/delivery/{task.pk}/team-space/", {}),
        "say": lambda who: who.post(f"/desk/delivery/{task.pk}/messages/", _said("Words")),
        "spend": lambda who: who.post(
            f"/desk/delivery/{task.pk}/expenses/",
            {"what": "expense", "text": "T", "spent_on": "2026-11-18", "quantity": "1", "unit_price": "1", "key": f"k{next(KEYS)}"},
        ),
        "new": lambda who: who.get("/desk/delivery/new/"),
    }

    found = {name: [str(page(client_of(person)).status_code) for page in pages.values()] for name, person in people.items()}

    works, looks, not_found = (
        "200 302 409 302 302 302 302 302 200",
        "200 403 403 403 403 403 403 403 404",
        "404 404 404 404 404 404 404 404 404",
    )
    assert {name: " ".join(codes) for name, codes in found.items()} == {
        "technician": works,
        "account manager": works,
        "another account manager": not_found[:-3] + "200",
        "dispatcher": works,
        "finance": looks,
        "administrator": looks,
        "approver": not_found,
        "stranger": not_found,
    }
    assert entry.live


def test_d2_the_free_and_the_new_have_their_pages_too(cast, acme, task, browser):
    free = tasks.hand_over_free(a_task(acme, cast.tessa.person), by=cast.max, at=NOON, reason="Goodwill")
    ready = an_accepted(acme, cast.tessa.person, cast.max)

    assert "Without a cost" in _page(browser, free)
    assert f'action="/desk/delivery/{ready.pk}/beginning/"' in _page(browser, ready)
    assert "/desk/time/?what=D" not in _page(browser, ready)
    assert f'href="/desk/time/?what=D{task.pk}"' in _page(browser, task)


def test_d4_a_long_story_costs_as_many_queries_as_a_short_one(cast, acme, task, browser, django_assert_num_queries):
    _work(task, cast.tessa.person, 0.25)
    with CaptureQueriesContext(connection) as short:
        browser.get(f"/desk/delivery/{task.pk}/")

    for number in range(1, 5):
        _work(task, cast.theo.person, 0.25, first=number)
        cost = Cost(LineKind.EXPENSE, "Ferry", NOON.date(), Decimal(1), Decimal(9))
        worklog.spend(task, cost, by=cast.theo.person, at=NOON + HOUR, cause=f"c{number}")
        thread.say(task, Word("Words"), by=acme.requester if number % 2 else cast.theo.person, at=NOON, cause=f"w{number}")

    with django_assert_num_queries(len(short)):
        browser.get(f"/desk/delivery/{task.pk}/")
