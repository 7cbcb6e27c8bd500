"""The page of one session, as its client sees it."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sessions import consents, worklogs
from sessions.models import State
from sessions.models.sessions import EventKind
from tests.cast import NOON, at_stockholm
from tests.sessions.booked import TUESDAY, book
from tests.sessions.factories import a_session, a_started_session, a_submitted_session, minutes, work

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def text(response):
    return " ".join(response.content.decode().split())


def page_of(session, browser):
    return text(browser.get(reverse("session", args=[session.pk])))


def test_r6_it_shows_what_was_agreed_and_all_that_happened(cast, acme, client_of):
    session = book(cast, acme, credit=480, description="Every night\nat two.")

    page = page_of(session, client_of(acme.requester))

    for said in ("Disk is full", "Scheduled", "Tue 24 Nov 09:00–10:00", "Testsson", "at two.", "Booked: Tue 24 Nov 09:00", "Rolf Testsson"):
        assert said in page


def test_c10_it_says_until_when_a_change_is_free(cast, acme, client_of):
    session = book(cast, acme, credit=480)

    page = page_of(session, client_of(acme.requester))

    assert "Free to change until Mon 23 Nov 09:00" in page
    assert "Move it</a>" in page


def test_c10_it_says_what_a_change_costs_now(cast, acme, client_of):
    session = book(cast, acme, credit=480)

    with time_machine.travel(at_stockholm(2026, 11, 23, 9, 1), tick=False):
        page = page_of(session, client_of(acme.requester))

    assert "A change costs 2 h now" in page
    assert "It was free until Mon 23 Nov 09:00." in page
    assert "Move it, for 2 h 00" in page
    assert "Cancel it, for 2 h 00" in page


def test_c10_where_nobody_of_ours_came_a_change_is_free(cast, acme, client_of):
    session = book(cast, acme, credit=480)

    with time_machine.travel(TUESDAY + minutes(20), tick=False):
        page = page_of(session, client_of(acme.requester))

    assert '<h2 id="now">Free to change</h2>' in page


def test_c6_an_awaiting_booking_shows_the_gap_and_leads_to_a_top_up_that_covers_it(cast, acme, client_of):
    session = book(cast, acme, credit=10)

    page = page_of(session, client_of(acme.approver))

    assert "50 min is missing" in page
    assert f"{reverse('topup-new', args=[acme.account.pk])}?at_least=50" in page


def test_c6_a_requester_reads_who_can_top_up(cast, acme, client_of):
    session = book(cast, acme)

    page = page_of(session, client_of(acme.requester))

    assert "An approver tops up: Anna Testsson" in page
    assert reverse("topup-new", args=[acme.account.pk]) not in page


def test_c7_submitted_hours_show_the_receipt_and_lead_on(cast, acme, client_of):
    session = a_submitted_session(cast, acme, worked=[13, 13, 13])

    page = page_of(session, client_of(acme.approver))

    for said in ("40 min to confirm", "Removed old logs.", "0 h 39", "0 h 40", "Look and confirm"):
        assert said in page


def test_r6_the_timeline_tells_effects_in_words(cast, acme, client_of):
    session = a_submitted_session(cast, acme, worked=[47])

    page = page_of(session, client_of(acme.approver))

    assert "Hours submitted: 50 min" in page
    assert "Time logged: Wed 18 Nov 12:00–12:47" in page


def test_c8_a_question_for_more_time_stands_first(cast, acme, client_of):
    session = a_started_session(cast, acme)
    asked = consents.ask_consent(session=session, minutes=150, reason="The index must be rebuilt.", by=cast.tessa.person, at=NOON)

    page = page_of(session, client_of(acme.approver))

    assert "More time is asked for: up to 2 h 30 min in all" in page
    assert reverse("consent", args=[asked.pk]) in page


def test_c10_access_is_said_to_be_arranged_once_and_by_name(cast, acme, client_of):
    session = a_session(cast, acme)
    browser = client_of(acme.requester)
    url = reverse("session-access", args=[session.pk])

    browser.post(url)
    browser.post(url)

    session.refresh_from_db()
    assert session.access_arranged
    assert [(event.kind, event.by) for event in session.events.all()] == [(EventKind.ACCESS_ARRANGED, acme.requester)]


def test_c10_access_cannot_be_arranged_once_work_has_begun(cast, acme, client_of):
    session = a_started_session(cast, acme)

    response = client_of(acme.requester).post(reverse("session-access", args=[session.pk]), follow=True)

    session.refresh_from_db()
    assert not session.access_arranged
    assert "This session has moved on meanwhile." in text(response)


def test_a_get_does_not_arrange_access(cast, acme, client_of):
    session = a_session(cast, acme)

    assert client_of(acme.requester).get(reverse("session-access", args=[session.pk])).status_code == 405


def test_the_page_takes_as_many_queries_for_five_lines_of_work_as_for_one(cast, acme, client_of):
    browser = client_of(acme.requester)
    session = a_started_session(cast, acme)
    url = reverse("session", args=[session.pk])
    work(session, cast.tessa, length=10)
    worklogs.submit(session=session, summary="Done.", by=cast.tessa.person, at=NOON + minutes(60))
    with CaptureQueriesContext(connection) as one:
        browser.get(url)
    session = worklogs.reopen(session=session, by=cast.tessa.person, at=NOON + minutes(60), reason="More to log")
    session.reservations.update(live=True)
    for number in range(1, 5):
        work(session, cast.tessa, start=10 * number, length=10)
    session = worklogs.submit(session=session, summary="Done.", by=cast.tessa.person, at=NOON + minutes(61))

    with CaptureQueriesContext(connection) as several:
        browser.get(url)

    assert session.state == State.SUBMITTED
    assert len(several) == len(one)
