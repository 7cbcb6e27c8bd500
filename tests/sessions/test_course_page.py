"""Pausing, going on and breaking off, at the desk and as the client sees it (rule R6)."""

import pytest
import time_machine
from django.urls import reverse

from clients.models import StaffDuty
from sessions import aborts, pauses
from sessions.models import Fault, Session, State
from tests.cast import NOON, a_colleague
from tests.sessions.factories import a_session, a_started_session, minutes, postings, work

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def an_hour_later():
    with time_machine.travel(NOON + minutes(60), tick=False):
        yield


def address(name, session):
    return reverse(name, args=[session.pk])


def text(response):
    return " ".join(response.content.decode().split())


def paused(cast, session):
    return pauses.pause(session=session, by=cast.tessa.person, at=NOON + minutes(30), reason="Waiting for a restart")


def test_r6_a_session_is_paused_from_its_page(cast, acme, client_of):
    session = a_started_session(cast, acme)
    browser = client_of(cast.tessa.person)

    refused = browser.post(address("desk-session-pause", session), {"reason": ""})
    response = browser.post(address("desk-session-pause", session), {"reason": "Waiting for a restart"})
    page = text(browser.get(address("desk-session", session)))

    assert (refused.status_code, response.status_code) == (422, 302)
    assert Session.objects.get().state == State.PAUSED
    for said in ("Paused since Wed 18 Nov 13:00", "Waiting for a restart", "Go on", "Nothing can be logged for the time of the pause."):
        assert said in page


def test_r6_the_client_sees_since_when_and_why_it_is_paused(cast, acme, client_of):
    session = paused(cast, a_started_session(cast, acme))

    page = text(client_of(acme.requester).get(address("session", session)))

    for said in ("Paused since Wed 18 Nov 12:30", "Waiting for a restart", "nothing of it is charged"):
        assert said in page


def test_r6_it_goes_on_with_one_press_and_the_log_form_begins_there(cast, acme, client_of):
    session = paused(cast, a_started_session(cast, acme))
    browser = client_of(cast.tessa.person)

    response, again = [browser.post(address("desk-session-resume", session)) for _ in range(2)]
    page = text(browser.get(address("desk-session", session)))

    assert (response.status_code, again.status_code) == (302, 409)
    assert Session.objects.get().state == State.IN_PROGRESS
    assert 'value="13:00"' in page


def test_r6_what_lies_in_a_pause_is_refused_and_what_was_typed_is_kept(cast, acme, client_of):
    session = paused(cast, a_started_session(cast, acme))
    typed = {"technician": cast.tessa.person.pk, "on": "2026-11-18", "begins": "12:20", "ends": "12:40", "note": "Typed with care"}

    response = client_of(cast.tessa.person).post(address("desk-session-log", session), typed)

    assert response.status_code == 409
    assert "paused since Wed 18 Nov 12:30" in text(response)
    assert "Typed with care" in text(response)


def test_r6_the_page_of_breaking_off_says_what_follows_from_each_fault(cast, acme, client_of):
    session = a_started_session(cast, acme)
    work(session, cast.tessa, length=47)

    page = text(client_of(cast.tessa.person).get(address("desk-session-abort", session)))

    assert "It costs Acme nothing: the 47 min logged so far are free" in page
    assert "Acme is asked to confirm 50 min" in page
    assert "Break off and submit 0 h 50" in page


def test_r6_before_any_work_the_page_says_that_it_is_cancelled(cast, acme, client_of):
    page = text(client_of(cast.tessa.person).get(address("desk-session-abort", a_started_session(cast, acme))))

    assert "the session is cancelled at no cost to Acme" in page


def test_r6_through_our_fault_it_is_aborted_and_the_client_reads_why(cast, acme, client_of):
    session = a_started_session(cast, acme)
    work(session, cast.tessa, length=47)

    response = client_of(cast.tessa.person).post(address("desk-session-abort", session), {"fault": "ours", "reason": "Our VPN broke"})
    page = text(client_of(acme.approver).get(address("session", session)))

    assert (response.status_code, Session.objects.get().state) == (302, State.ABORTED)
    for said in ("Broken off, and the fault is ours", "Our VPN broke", "everything is free", "0 h 47"):
        assert said in page
    assert postings(session) == []


def test_r6_through_the_clients_fault_the_hours_are_submitted_with_a_summary(cast, acme, client_of):
    session = a_started_session(cast, acme)
    work(session, cast.tessa, length=47)
    browser = client_of(cast.tessa.person)
    said = {"fault": "client", "reason": "The key was revoked"}

    refused = browser.post(address("desk-session-abort", session), said)
    response = browser.post(address("desk-session-abort", session), said | {"summary": "Half of it"})
    page = text(client_of(acme.approver).get(address("session-hours", session)))

    assert (refused.status_code, response.status_code) == (422, 302)
    assert "The key was revoked" in text(refused)
    assert Session.objects.get().state == State.SUBMITTED
    assert "Confirm 0 h 50" in page
    assert "Broken off for a reason on your side" in text(client_of(acme.approver).get(address("session", session)))


def test_r6_what_does_not_run_cannot_be_broken_off(cast, acme, client_of):
    session = a_session(cast, acme)
    browser = client_of(cast.tessa.person)

    page, response = (
        browser.get(address("desk-session-abort", session)),
        browser.post(address("desk-session-abort", session), {"fault": "ours", "reason": "x"}),
    )

    assert (page.status_code, response.status_code) == (302, 409)
    assert "This session has moved on meanwhile." in text(response)


def test_r6_a_fault_that_nobody_knows_breaks_nothing_off(cast, acme, client_of):
    session = a_started_session(cast, acme)

    response = client_of(cast.tessa.person).post(address("desk-session-abort", session), {"fault": "fate", "reason": "x"})

    assert (response.status_code, Session.objects.get().state) == (200, State.IN_PROGRESS)


def test_r6_the_desk_shows_what_was_broken_off(cast, acme, client_of):
    session = a_started_session(cast, acme)
    aborts.abort(session=session, fault=Fault.NOBODY, reason="A thunderstorm", summary="", by=cast.tessa.person, at=NOON + minutes(50))

    page = text(client_of(cast.tessa.person).get(address("desk-session", session)))

    assert "Broken off, the fault is nobody’s" in page
    assert "A thunderstorm" in page


@pytest.mark.parametrize("act", ["pause", "resume", "abort"])
def test_strangers_find_neither_the_page_nor_its_acts(cast, acme, borealis, client_of, act):
    session = a_started_session(cast, acme)
    strangers = [acme.approver, borealis.approver, cast.theo.person, a_colleague("Mia", StaffDuty.ACCOUNT_MANAGER)]

    answers = [client_of(person).post(address(f"desk-session-{act}", session), {"reason": "x"}).status_code for person in strangers]

    assert (answers, Session.objects.get().state) == ([404] * 4, State.IN_PROGRESS)


@pytest.mark.parametrize("who", ["max", "fia", "ada"])
def test_r6_the_office_does_not_pause(cast, acme, client_of, who):
    session = a_started_session(cast, acme)

    response = client_of(getattr(cast, who)).post(address("desk-session-pause", session), {"reason": "x"})

    assert (response.status_code, Session.objects.get().state) == (403, State.IN_PROGRESS)
