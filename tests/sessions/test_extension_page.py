"""More time for a session that runs, asked for at the desk and agreed to by one tap (rules C8, R2)."""

from typing import Any

import pytest
import time_machine
from django.urls import reverse

from clients.models import MemberRole, Membership
from sessions import consents, extensions
from sessions.models import Consent
from tests.cast import NOON, a_person
from tests.sessions.factories import a_session, a_started_session, minutes

pytestmark = pytest.mark.django_db
ASKED: dict[str, Any] = {"minutes": 120, "reason": "Two more disks"}
LATER, ONE, TWO = NOON + minutes(51), NOON + minutes(60), NOON + minutes(120)


@pytest.fixture(autouse=True)
def later():
    with time_machine.travel(LATER, tick=False):
        yield


def text(response):
    return " ".join(response.content.decode().split())


def ask(browser, session, **typed):
    return browser.post(reverse("desk-session-consent", args=[session.pk]), ASKED | typed, follow=True)


def asked(session, cast):
    return extensions.ask(session=session, by=cast.tessa.person, at=LATER, **ASKED)


def tap(browser, question, answer="give"):
    return browser.post(reverse("consent", args=[question.pk]), {"answer": answer}, follow=True)


def pages(session, cast, acme, client_of):
    client = text(client_of(acme.requester).get(reverse("session", args=[session.pk])))
    return client, text(client_of(cast.tessa.person).get(reverse("desk-session", args=[session.pk])))


def test_c8_the_desk_says_how_long_everybody_is_free_and_asks_for_a_later_end(cast, acme, client_of):
    session = a_started_session(cast, acme, credit=200)
    a_session(cast, acme, starts_at=NOON + minutes(150))
    browser = client_of(cast.tessa.person)

    page = text(browser.get(reverse("desk-session", args=[session.pk])))
    response = ask(browser, session, goes_on="on")

    assert "Everybody is free for 1 h 30 min beyond the agreed end." in page
    assert "The client has been asked to agree to 2 h in all." in text(response)
    assert "The session goes on until 14:00 then." in text(response)
    assert Consent.objects.get().ends_at == TWO


def test_c5_the_desk_says_at_once_what_credit_is_missing(cast, acme, client_of):
    session = a_started_session(cast, acme, credit=100)

    response = ask(client_of(cast.tessa.person), session, goes_on="on")

    assert "20 min of credit is missing for that" in text(response)


def test_r2_the_desk_refuses_an_end_that_the_calendars_do_not_allow(cast, acme, client_of):
    session = a_started_session(cast, acme)
    a_session(cast, acme, starts_at=NOON + minutes(90))

    response = ask(client_of(cast.tessa.person), session, goes_on="on")

    assert response.status_code == 409
    assert "can go on for 30 min beyond its agreed end" in text(response)
    assert "Two more disks" in text(response)
    assert not Consent.objects.exists()


def test_c8_without_a_later_end_the_question_is_as_before(cast, acme, client_of):
    session = a_started_session(cast, acme)
    a_session(cast, acme, starts_at=ONE)

    ask(client_of(cast.tessa.person), session)

    assert Consent.objects.get().ends_at is None


def test_c8_before_the_start_there_is_no_later_end_to_choose(cast, acme, client_of):
    session = a_session(cast, acme, starts_at=TWO)

    page = text(client_of(cast.tessa.person).get(reverse("desk-session", args=[session.pk])))

    assert "Ask for more time" in page
    assert "goes_on" not in page


def test_c8_the_client_agrees_by_one_tap_on_the_session_page(cast, acme, client_of):
    session = a_started_session(cast, acme, credit=200)
    question, browser = asked(session, cast), client_of(acme.requester)

    page = text(browser.get(reverse("session", args=[session.pk])))
    response = tap(browser, question)

    for said in ("until 14:00 instead of 13:00", "2 h would be held in all, and the credit for it is there", "Agree to 2 h 00 in all"):
        assert said in page
    assert reverse("consent", args=[question.pk]) in page
    assert "Agreed. The session goes on until 14:00." in text(response)
    session.refresh_from_db()
    assert session.ends_at == TWO


def test_c5_what_is_missing_is_said_before_and_after(cast, acme, client_of):
    session = a_started_session(cast, acme, credit=100)
    question, browser = asked(session, cast), client_of(acme.approver)

    page, consent = (text(browser.get(reverse(name, args=[pk]))) for name, pk in (("session", session.pk), ("consent", question.pk)))
    response = tap(browser, question)

    assert "20 min of it is missing: top up, or what is worked of that will be owed." in page
    assert f"{reverse('topup-new', args=[acme.account.pk])}?at_least=20" in page
    assert "The session would go on until 14:00 instead of 13:00." in consent
    assert "Agreed. 20 min of credit is missing: top up, or what is worked of that will be owed." in text(response)


def test_r2_what_was_booked_meanwhile_is_said_and_nothing_changes(cast, acme, client_of):
    session = a_started_session(cast, acme, credit=200)
    question = asked(session, cast)
    a_session(cast, acme, starts_at=NOON + minutes(90))

    response = tap(client_of(acme.approver), question)

    session.refresh_from_db()
    question.refresh_from_db()
    assert response.status_code == 409
    assert "can go on for 30 min beyond its agreed end: then something else is booked. Nothing has changed." in text(response)
    assert (session.ends_at, question.given) == (ONE, None)


def test_c8_a_no_by_one_tap_leaves_the_end_as_it_was(cast, acme, client_of):
    session = a_started_session(cast, acme)

    tap(client_of(acme.approver), asked(session, cast), "refuse")

    session.refresh_from_db()
    assert (session.ends_at, Consent.objects.get().given) == (ONE, False)


def test_c8_who_may_not_answer_finds_no_button(cast, acme, client_of):
    session = a_started_session(cast, acme)
    asked(session, cast)
    sara = a_person("Sara")
    Membership.objects.create(organisation=acme.organisation, person=sara, role=MemberRole.REQUESTER)

    page = text(client_of(sara).get(reverse("session", args=[session.pk])))

    assert "Look closer" in page
    assert 'value="give"' not in page


def test_c5_both_pages_show_what_is_used_of_what_is_held_and_warn(cast, acme, client_of):
    session = a_started_session(cast, acme)

    for page in pages(session, cast, acme, client_of):
        assert "51<small> min </small>" in page
        assert "0 h is logged so far." in page
        assert "At least 80% of what is held is used." in page
        assert 'data-warning role="status" >' in page


def test_c5_below_the_share_neither_page_warns(cast, acme, client_of):
    session = a_started_session(cast, acme)

    with time_machine.travel(NOON + minutes(47), tick=False):
        found = pages(session, cast, acme, client_of)

    assert all('data-warning role="status" hidden' in page for page in found)


def test_c5_a_session_that_does_not_run_shows_no_clock(cast, acme, client_of):
    session = a_session(cast, acme, starts_at=TWO)

    assert all("data-clock" not in page for page in pages(session, cast, acme, client_of))


def test_c8_after_a_plain_yes_the_answer_is_noted(cast, acme, client_of):
    session = a_started_session(cast, acme, credit=200)
    question = consents.ask_consent(session=session, by=cast.tessa.person, at=LATER, **ASKED)

    assert "Your answer is noted" in text(tap(client_of(acme.requester), question))
