"""Work logged late: why is asked for at the desk, and the approver answers on a page of their own (rule R6)."""

import pytest
import time_machine
from django.urls import reverse

from sessions import late_work, worklogs
from sessions.models import LateWork, WorkEntry
from tests.cast import NOON, at_stockholm
from tests.sessions.factories import a_started_session, minutes

pytestmark = pytest.mark.django_db
LATE = at_stockholm(2026, 11, 27, 12)


@pytest.fixture(autouse=True)
def next_week():
    with time_machine.travel(LATE, tick=False):
        yield


def text(response):
    return " ".join(response.content.decode().split())


def log(browser, session, cast, **said):
    typed = {"technician": cast.tessa.person.pk, "on": "2026-11-18", "begins": "12:00", "ends": "12:30", "note": "Typed with care"}
    return browser.post(reverse("desk-session-log", args=[session.pk]), typed | said)


@pytest.fixture
def late(cast, acme):
    session = a_started_session(cast, acme)
    entry = worklogs.log(
        session=session,
        technician_person=cast.tessa.person,
        started_at=NOON,
        ended_at=NOON + minutes(30),
        note="Cleaned up",
        by=cast.tessa.person,
        at=LATE,
        late_reason="I was ill",
    )
    return entry.late


def address(late):
    return reverse("late-work", args=[late.pk])


def test_r6_the_form_asks_why_only_where_the_work_is_old(cast, acme, client_of):
    session = a_started_session(cast, acme)
    browser = client_of(cast.tessa.person)

    page = text(browser.get(reverse("desk-session", args=[session.pk])))
    refused = log(browser, session, cast)
    response = log(browser, session, cast, late_reason="I was ill")

    assert "Why it is logged only now" not in page
    assert (refused.status_code, response.status_code) == (409, 302)
    for said in ("more than 5 working days ago", "Why it is logged only now", "Typed with care"):
        assert said in text(refused)
    assert LateWork.objects.get().reason == "I was ill"


def test_r6_a_correction_long_after_asks_why_too(cast, acme, client_of):
    session = a_started_session(cast, acme)
    browser = client_of(cast.tessa.person)
    log(browser, session, cast, late_reason="I was ill")
    url = reverse("desk-work-correct", args=[WorkEntry.objects.get().pk])
    typed = {"technician": cast.tessa.person.pk, "on": "2026-11-18", "begins": "12:00", "ends": "12:20", "note": "x"}

    refused, response = browser.post(url, typed), browser.post(url, typed | {"late_reason": "I was ill"})

    assert (refused.status_code, response.status_code) == (409, 302)
    assert "Why it is logged only now" in text(refused)


def test_r6_the_desk_shows_what_waits_and_refuses_to_submit_it(late, cast, client_of):
    browser = client_of(cast.tessa.person)
    session = late.entry.session

    page = text(browser.get(reverse("desk-session", args=[session.pk])))
    response = browser.post(reverse("desk-session-submit", args=[session.pk]), {"summary": "Words that took long."})
    day = text(browser.get(reverse("desk-day")))

    assert "logged late, free unless an approver accepts it" in page
    assert response.status_code == 409
    assert "Wait for the answer, or take the entry back" in text(response)
    assert "Words that took long." in text(response)
    assert "The client was asked to accept 30 min that were logged late" in day


def test_r6_an_approver_reads_why_and_accepts(late, acme, client_of):
    browser = client_of(acme.approver)

    page, home = text(browser.get(address(late))), text(browser.get(reverse("home")))
    response = browser.post(address(late), {"answer": "accept"})

    late.refresh_from_db()
    for said in ("May 30 min count?", "I was ill", "Cleaned up", "Accept 0 h 30", "Logged only Fri 27 Nov 12:00"):
        assert said in page
    assert "30 min of 18 Nov were logged late. May they count?" in home
    assert (response.status_code, late.accepted, late.answered_by) == (302, True, acme.approver)
    assert "Accepted: it counts" in text(browser.get(address(late)))


def test_r6_refused_it_is_free_and_the_receipt_says_so(late, cast, acme, client_of):
    browser = client_of(acme.approver)
    browser.post(address(late), {"answer": "refuse"})
    session = late.entry.session
    worklogs.submit(session=session, summary="Done", by=cast.tessa.person, at=LATE)

    page = text(browser.get(reverse("session-hours", args=[session.pk])))

    assert "logged late and not accepted: free" in page
    assert "30 min was logged late and not accepted, and is free." in page
    assert "went beyond" not in page


def test_r6_opening_the_address_answers_nothing(late, acme, client_of):
    browser = client_of(acme.approver)

    browser.get(address(late), {"answer": "accept"})
    browser.post(address(late), {"answer": "perhaps"})

    late.refresh_from_db()
    assert late.accepted is None


def test_r6_a_second_answer_changes_nothing(late, acme, client_of):
    late_work.refuse_late_work(late=late, by=acme.approver, at=LATE)

    response = client_of(acme.approver).post(address(late), {"answer": "accept"})

    late.refresh_from_db()
    assert (response.status_code, late.accepted) == (409, False)
    assert "no longer waits for an answer" in text(response)


def test_r6_what_was_taken_back_is_no_longer_asked(late, cast, acme, client_of):
    worklogs.take_back(entry=late.entry, by=cast.tessa.person, at=LATE, reason="Wrong")
    browser = client_of(acme.approver)

    assert "This is no longer asked." in text(browser.get(address(late)))
    assert "logged late" not in text(browser.get(reverse("home")))


def test_r6_a_requester_sees_who_answers_and_may_not(late, acme, client_of):
    browser = client_of(acme.requester)

    page, response = text(browser.get(address(late))), browser.post(address(late), {"answer": "accept"})

    late.refresh_from_db()
    assert "An approver answers: Anna Testsson" in page
    assert "Accept 0 h 30" not in page
    assert (response.status_code, late.accepted) == (403, None)


def test_strangers_do_not_find_it(late, cast, borealis, client_of):
    answers = [client_of(person).get(address(late)).status_code for person in (borealis.approver, cast.tessa.person, cast.max)]

    assert answers == [404] * 3
