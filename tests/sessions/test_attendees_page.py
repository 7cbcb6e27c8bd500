"""The page of who comes to a session (rules C10, R4)."""

import pytest
import time_machine

from clients.models import Membership
from sessions import attendance, changes
from sessions.models import Answer, Attendee
from tests.cast import NOON, a_person
from tests.sessions.booked import book

pytestmark = pytest.mark.usefixtures("_at_noon")


@pytest.fixture
def _at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def session(cast, acme):
    return book(cast, acme, credit=480)


@pytest.fixture
def page(session):
    return f"/sessions/{session.pk}/attendees/"


@pytest.fixture
def rolf(client_of, acme):
    return client_of(acme.requester)


def names(session):
    return [attendee.person.name.split()[0] for attendee in attendance.attending(session)]


def test_it_works(rolf, acme, session, page):
    shown = rolf.get(page).content.decode()
    answer = rolf.post(page, {"act": "invite", "person": acme.approver.pk}, follow=True)

    assert "Rolf Testsson" in shown
    assert "Tessa Testsson" in shown
    assert "no answer yet" in shown
    assert answer.redirect_chain == [(page, 302)]
    assert "Anna Testsson is invited, and gets a mail." in answer.content.decode()
    assert names(session) == ["Anna", "Rolf", "Tessa"]


def test_somebody_is_taken_off(rolf, acme, session, page):
    answer = rolf.post(page, {"act": "excuse", "person": acme.requester.pk}, follow=True)

    assert "Rolf Testsson is no longer invited." in answer.content.decode()
    assert names(session) == ["Tessa"]


def test_the_answers_stand_on_the_pages_of_both_sides(rolf, client_of, cast, acme, session):
    Attendee.objects.filter(person=acme.requester).update(answer=Answer.ACCEPTED, answered_at=NOON)
    Attendee.objects.filter(person=cast.tessa.person).update(answer=Answer.DECLINED, answered_at=NOON)

    pages = [rolf.get(f"/sessions/{session.pk}/"), client_of(cast.tessa.person).get(f"/desk/sessions/{session.pk}/")]

    for page in pages:
        assert "accepted" in page.content.decode()
        assert "declined" in page.content.decode()
    assert f'href="/sessions/{session.pk}/attendees/"' in pages[0].content.decode()


def test_the_history_says_who_comes(rolf, acme, session, page):
    rolf.post(page, {"act": "invite", "person": acme.approver.pk})

    assert "Attendees changed: Anna Testsson comes too" in rolf.get(f"/sessions/{session.pk}/").content.decode()


@pytest.mark.parametrize("person", ["", "x", "999999", "tessa", "borealis"])
def test_somebody_else_is_refused(rolf, cast, borealis, session, page, person):
    chosen = {"tessa": cast.tessa.person.pk, "borealis": borealis.approver.pk}.get(person, person)

    assert rolf.post(page, {"act": "invite", "person": chosen}).status_code == 422
    assert rolf.post(page, {"act": "excuse", "person": chosen}).status_code == 422
    assert names(session) == ["Rolf", "Tessa"]


def test_after_a_cancellation_it_is_refused_and_said_why(rolf, acme, session, page):
    changes.cancel(session=session, shown_minutes=0, by=acme.requester, at=NOON)

    answer = rolf.post(page, {"act": "invite", "person": acme.approver.pk})

    assert answer.status_code == 409
    assert "This session has moved on meanwhile." in answer.content.decode()
    assert "so nobody can be invited to it" in answer.content.decode()


def test_where_all_are_invited_it_says_so(rolf, acme, page):
    assert "are invited already" in rolf.post(page, {"act": "invite", "person": acme.approver.pk}, follow=True).content.decode()


def test_a_stranger_finds_nothing(client_of, cast, borealis, page):
    for person in (borealis.approver, cast.tessa.person, cast.max):
        browser = client_of(person)
        assert (browser.get(page).status_code, browser.post(page, {"act": "invite", "person": 1}).status_code) == (404, 404)


def test_it_asks_as_often_for_many_as_for_few(rolf, acme, session, page, django_assert_max_num_queries):
    with django_assert_max_num_queries(25) as few:
        rolf.get(page)
    for number in range(5):
        guest = a_person(f"Guest{number}")
        Membership.objects.create(organisation=acme.organisation, person=guest, role="requester")
        Attendee.objects.create(session=session, person=guest, side="client", address=guest.email)

    with django_assert_max_num_queries(len(few)):
        rolf.get(page)
