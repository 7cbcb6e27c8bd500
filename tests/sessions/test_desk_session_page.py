"""The page of one session at the desk: what it shows to whom, and how the work begins and ends there."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.models import StaffDuty
from sessions import life, no_shows
from sessions.models import Consent, Session, State
from sessions.models.sessions import EventKind
from tests.cast import NOON, a_colleague
from tests.sessions.factories import a_session, a_started_session, a_submitted_session, minutes, work

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def address(name, session):
    return reverse(name, args=[session.pk])


def text(response):
    return " ".join(response.content.decode().split())


def later(minutes_on):
    return time_machine.travel(NOON + minutes(minutes_on), tick=False)


def test_the_page_of_a_session_shows_everything_of_it(cast, acme, client_of):
    session = a_session(cast, acme, access_arranged=True)

    page = text(client_of(cast.tessa.person).get(address("desk-session", session)))

    for said in ("Disk is full", "Acme", "Scheduled", "Wed 18 Nov 12:00–13:00", "Tessa Testsson", "arranged", "Start the session"):
        assert said in page


def test_a_technician_starts_the_session(cast, acme, client_of):
    session = a_session(cast, acme)

    response = client_of(cast.tessa.person).post(address("desk-session-start", session))

    session.refresh_from_db()
    assert response.status_code == 302
    assert session.state == State.IN_PROGRESS


def test_a_session_far_ahead_says_from_when_it_can_be_started(cast, acme, client_of):
    session = a_session(cast, acme, starts_at=NOON + minutes(120))
    browser = client_of(cast.tessa.person)

    page, response = browser.get(address("desk-session", session)), browser.post(address("desk-session-start", session))

    assert "The session can be started from Wed 18 Nov 13:30." in text(page)
    assert "Start the session" not in text(page)
    assert response.status_code == 409
    assert "This session can be started from Wed 18 Nov 13:30" in text(response)


def test_c6_a_session_that_awaits_a_top_up_says_so_and_cannot_be_started(cast, acme, client_of):
    session = a_session(cast, acme, credit=0, state=State.AWAITING_TOP_UP, top_up_by=NOON + minutes(60), starts_at=NOON)
    browser = client_of(cast.tessa.person)

    page, response = browser.get(address("desk-session", session)), browser.post(address("desk-session-start", session))

    assert "Awaits a top-up" in text(page)
    assert "Allow the start" not in text(page)
    assert response.status_code == 409


def test_an_account_manager_sees_but_does_not_start(cast, acme, client_of):
    session = a_session(cast, acme)
    browser = client_of(cast.max)

    page, response = browser.get(address("desk-session", session)), browser.post(address("desk-session-start", session))

    assert page.status_code == 200
    assert "Start the session" not in text(page)
    assert response.status_code == 403


def test_hours_are_submitted_with_a_summary_after_the_receipt_was_seen(cast, acme, client_of):
    session = a_started_session(cast, acme)
    for start in (0, 13, 26):
        work(session, cast.tessa, start=start, length=13)
    browser = client_of(cast.tessa.person)

    with later(40):
        page = text(browser.get(address("desk-session", session)))
        response = browser.post(address("desk-session-submit", session), {"summary": "Removed old logs."})

    session.refresh_from_db()
    assert "0 h 39" in page
    assert "0 h 40" in page
    assert response.status_code == 302
    assert (session.state, session.raw_minutes, session.charged_minutes) == (State.SUBMITTED, 39, 40)


def test_hours_are_not_submitted_without_a_summary(cast, acme, client_of):
    session = a_started_session(cast, acme)

    response = client_of(cast.tessa.person).post(address("desk-session-submit", session), {"summary": " "})

    session.refresh_from_db()
    assert response.status_code == 422
    assert session.state == State.IN_PROGRESS


def test_hours_that_moved_on_meanwhile_are_not_submitted_again_and_the_summary_is_kept(cast, acme, client_of):
    session = a_submitted_session(cast, acme)

    response = client_of(cast.tessa.person).post(address("desk-session-submit", session), {"summary": "Words that took long."})

    assert response.status_code == 409
    assert "Words that took long." in text(response)


def test_submitted_hours_are_opened_again_with_a_reason(cast, acme, client_of):
    session = a_submitted_session(cast, acme)
    browser = client_of(cast.tessa.person)

    refused = browser.post(address("desk-session-reopen", session), {"reason": ""})
    response = browser.post(address("desk-session-reopen", session), {"reason": "A line was forgotten."})

    session.refresh_from_db()
    assert (refused.status_code, response.status_code) == (422, 302)
    assert session.state == State.IN_PROGRESS


def test_c8_the_client_is_asked_for_more_time(cast, acme, client_of):
    session = a_started_session(cast, acme)

    response = client_of(cast.tessa.person).post(
        address("desk-session-consent", session), {"minutes": 120, "reason": "The database is larger than thought."}
    )

    assert response.status_code == 302
    assert list(Consent.objects.values_list("session", "minutes")) == [(session.pk, 120)]


def test_c8_one_question_for_more_time_stands_at_a_time(cast, acme, client_of):
    session = a_started_session(cast, acme)
    browser = client_of(cast.tessa.person)
    said = {"minutes": 120, "reason": "The database is larger than thought."}

    browser.post(address("desk-session-consent", session), said)
    response = browser.post(address("desk-session-consent", session), said)

    assert response.status_code == 409
    assert "has not answered yet" in text(response)
    assert Consent.objects.count() == 1


def test_the_page_asks_the_database_no_more_often_for_five_lines_than_for_one(cast, acme, client_of):
    session = a_started_session(cast, acme)
    work(session, cast.tessa, length=5)
    browser = client_of(cast.tessa.person)

    with later(60):
        few = _queries(browser, session)
        for number in range(1, 5):
            work(session, cast.tessa, start=10 * number, length=5)
            life.note(session, EventKind.CALL_ATTEMPTED, at=NOON, by=cast.max, reason="No answer")
            asked = {"session": session, "reason": "Longer", "asked_at": NOON, "asked_by": cast.max}
            Consent.objects.create(minutes=200 + number, given=False, answered_at=NOON, answered_by=acme.approver, **asked)
        many = _queries(browser, session)

    assert few == many


def test_c10_a_session_that_waits_for_its_client_says_until_when(cast, acme, client_of):
    session = a_session(cast, acme)
    no_shows.attempt_call(session=session, by=cast.tessa.person, at=NOON, reason="No answer")

    page = text(client_of(cast.tessa.person).get(address("desk-session", session)))

    assert "Wait until 12:15" in page
    assert "Record a no-show" not in page


@pytest.mark.parametrize("act", ["start", "call", "miss", "log", "consent", "submit", "reopen", "move", "call-off", "allow"])
def test_strangers_find_neither_the_page_nor_its_acts(cast, acme, borealis, client_of, act):
    session = a_session(cast, acme)
    strangers = [acme.approver, borealis.approver, cast.theo.person, a_colleague("Mia", StaffDuty.ACCOUNT_MANAGER)]

    answers = [client_of(person).post(address(f"desk-session-{act}", session)).status_code for person in strangers]
    pages = [client_of(person).get(address("desk-session", session)).status_code for person in strangers]

    assert answers == [404] * 4
    assert pages == [404] * 4
    assert Session.objects.get().state == State.SCHEDULED


def test_who_is_not_signed_in_is_asked_to(cast, acme, client):
    response = client.get(address("desk-session", a_session(cast, acme)))

    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))


def _queries(browser, session):
    with CaptureQueriesContext(connection) as asked:
        assert browser.get(address("desk-session", session)).status_code == 200
    return len(asked)
