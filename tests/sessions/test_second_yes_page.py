"""The page of hours that take two approvers (rules: People, C8)."""

import pytest
import time_machine
from django.urls import reverse

from sessions.confirmation import confirm
from sessions.models import Session, State
from tests.approving import an_approver, limited, only
from tests.cast import NOON
from tests.sessions.factories import a_submitted_session

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def dora(acme):
    return an_approver(acme, "Dora", limit=0)


@pytest.fixture
def session(cast, acme):
    """Hours for 1,000 kr, which Anna does not decide alone."""
    limited(acme, 0)
    return a_submitted_session(cast, acme)


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def hours(session):
    return reverse("session-hours", args=[session.pk])


def confirmed(browser, session):
    return browser.post(reverse("session-confirm", args=[session.pk]), {"shown": "1:50"}, follow=True)


def test_c8_the_page_says_that_it_takes_two_before_and_after_the_first_yes(acme, dora, session, client_of):
    browser = client_of(acme.approver)

    before, said, after = text(browser.get(hours(session))), text(confirmed(browser, session)), text(browser.get(hours(session)))

    assert "That is above the sum that you decide alone." in before
    assert "when a second approver confirms: Dora Testsson" in before
    assert "Your yes to 50 min is noted. It takes a second approver, who has been asked" in said
    assert "It waits for a second approver" in after
    assert "dora@acme.example" in after
    assert "Confirm 0 h 50" not in after


def test_c8_the_second_approver_sees_the_first_and_confirms(acme, dora, session, client_of):
    confirm(session=session, by=acme.approver, at=NOON)
    browser = client_of(dora)

    page, done = text(browser.get(hours(session))), text(confirmed(browser, session))

    assert "Anna Testsson has confirmed them on Wed 18 Nov 12:00." in page
    assert "Confirmed. 50 min is deducted from your credit." in done
    assert Session.objects.get().state == State.CONFIRMED


def test_c8_a_first_yes_given_twice_is_refused_and_nothing_is_deducted(acme, dora, session, client_of):
    browser = client_of(acme.approver)
    confirmed(browser, session)

    again = browser.post(reverse("session-confirm", args=[session.pk]), {"shown": "1:50"})

    assert again.status_code == 409
    assert "another approver has to agree to it" in text(again)


def test_c8_where_nobody_could_say_the_second_yes_the_page_says_what_to_do(acme, session, client_of):
    browser = client_of(acme.approver)

    page, refused = text(browser.get(hours(session))), confirmed(browser, session)

    assert "nobody can now. Your account manager can name another approver." in page
    assert refused.status_code == 409
    assert "Ask your account manager to name another approver, or to raise your limit." in text(refused)


def test_c16_an_approver_whom_the_account_does_not_name_reads_who_confirms(cast, acme, dora, client_of):
    only(acme.account, dora)
    session = a_submitted_session(cast, acme)
    browser = client_of(acme.approver)

    page = text(browser.get(hours(session)))

    assert "dora@acme.example" in page
    assert browser.post(reverse("session-confirm", args=[session.pk]), {"shown": "1:50"}).status_code == 403
    assert browser.get(reverse("session-dispute", args=[session.pk])).status_code == 403


def test_c8_the_timeline_tells_the_first_yes(acme, dora, session, client_of):
    confirm(session=session, by=acme.approver, at=NOON)

    assert "Hours confirmed by one approver of two: 50 min" in text(client_of(dora).get(reverse("session", args=[session.pk])))
