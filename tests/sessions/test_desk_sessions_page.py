"""The list of sessions at the desk: what it finds, and for whom."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.models import StaffDuty
from sessions.models import State
from sessions.views import desk_lists
from tests.cast import NOON, a_colleague
from tests.sessions.factories import a_session, a_submitted_session, minutes

pytestmark = pytest.mark.django_db
DAY = 24 * 60


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def found(browser, **asked):
    response = browser.get(reverse("desk-sessions"), asked)
    assert response.status_code == 200
    return [session.title for session, _crew in response.context["rows"]]


def text(response):
    return " ".join(response.content.decode().split())


def test_the_latest_session_comes_first(cast, acme, borealis, client_of):
    a_session(cast, acme, title="Older")
    a_session(cast, borealis, title="Newer", starts_at=NOON + minutes(DAY), technicians=[cast.tessa, cast.theo])

    page = text(client_of(cast.max).get(reverse("desk-sessions")))

    assert found(client_of(cast.max)) == ["Newer", "Older"]
    assert "Tessa Testsson, Theo Testsson" in page


def test_a_technician_finds_what_is_assigned(cast, acme, client_of):
    a_session(cast, acme, title="For Tessa")
    a_session(cast, acme, title="For Theo", technicians=[cast.theo])

    assert found(client_of(cast.theo.person)) == ["For Theo"]


def test_a_dispatcher_finds_all_and_another_account_manager_none(cast, acme, client_of):
    a_session(cast, acme)
    disa, mia = a_colleague("Disa", StaffDuty.DISPATCHER), a_colleague("Mia", StaffDuty.ACCOUNT_MANAGER)

    assert found(client_of(disa)) == ["Disk is full"]
    assert found(client_of(mia)) == []
    assert "No sessions yet" in text(client_of(mia).get(reverse("desk-sessions")))


@pytest.mark.parametrize(
    ("asked", "titles"),
    [
        ({"q": "disk"}, ["Disk is full"]),
        ({"q": "boreal"}, ["Mail is slow"]),
        ({"q": "nothing"}, []),
        ({"state": State.SUBMITTED}, ["Disk is full"]),
        ({"first": "2026-11-19"}, ["Mail is slow"]),
        ({"last": "2026-11-18"}, ["Disk is full"]),
        ({"first": "2026-11-18", "last": "2026-11-19"}, ["Mail is slow", "Disk is full"]),
        ({"state": "no such", "first": "soon"}, ["Mail is slow", "Disk is full"]),
    ],
)
def test_sessions_are_found_by_words_state_and_period(cast, acme, borealis, client_of, asked, titles):
    a_submitted_session(cast, acme)
    a_session(cast, borealis, title="Mail is slow", starts_at=NOON + minutes(DAY))

    assert found(client_of(cast.max), **asked) == titles


def test_a_search_without_result_says_so_and_keeps_what_was_asked(cast, acme, client_of):
    page = text(client_of(cast.max).get(reverse("desk-sessions"), {"q": "nothing"}))

    assert "No session fits" in page
    assert 'value="nothing"' in page


def test_a_long_list_has_pages_that_keep_the_search(cast, acme, client_of, monkeypatch):
    monkeypatch.setattr(desk_lists, "PAGE_LENGTH", 1)
    for number in range(2):
        a_session(cast, acme, starts_at=NOON + minutes(DAY * number), title=f"Disk {number}")

    page = text(client_of(cast.max).get(reverse("desk-sessions"), {"q": "disk"}))

    assert "Page 1 of 2" in page
    assert "?q=disk&amp;page=2" in page


def test_five_sessions_ask_the_database_no_more_often_than_one(cast, acme, client_of):
    a_session(cast, acme)
    browser = client_of(cast.max)

    few = _queries(browser)
    for number in range(1, 5):
        a_session(cast, acme, starts_at=NOON + minutes(DAY * number), technicians=[cast.tessa, cast.theo])
    many = _queries(browser)

    assert few == many


def test_clients_do_not_find_the_desk(cast, acme, client_of):
    answers = [client_of(person).get(reverse("desk-sessions")).status_code for person in (acme.approver, acme.requester)]

    assert answers == [404, 404]


def _queries(browser):
    with CaptureQueriesContext(connection) as asked:
        browser.get(reverse("desk-sessions"))
    return len(asked)
