"""The client's list of sessions."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.cast import NOON
from tests.sessions.booked import TUESDAY, book
from tests.sessions.factories import a_session, a_submitted_session, minutes

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def text(response):
    return " ".join(response.content.decode().split())


def test_r6_each_session_says_what_it_asks_for_now(cast, acme, client_of):
    a_submitted_session(cast, acme, title="Worked")
    book(cast, acme, credit=60, title="Covered")
    book(cast, acme, title="Not covered", starts_at=TUESDAY + minutes(120))

    page = text(client_of(acme.requester).get(reverse("sessions")))

    assert "free to change until Mon 23 Nov 09:00" in page
    assert "50 min is missing. The time is yours until Mon 23 Nov 11:00." in page
    assert "charged 50 min (47 min worked)" in page


def test_a_client_without_sessions_is_shown_the_way_to_the_first(acme, client_of):
    page = text(client_of(acme.requester).get(reverse("sessions")))

    assert "No sessions yet" in page
    assert f'href="{reverse("session-new")}"' in page


def test_another_clients_sessions_are_not_listed(cast, acme, borealis, client_of):
    a_session(cast, borealis, title="A secret of Borealis")

    assert "secret" not in text(client_of(acme.requester).get(reverse("sessions")))


def test_the_list_takes_as_many_queries_for_five_sessions_as_for_one(cast, acme, client_of):
    browser = client_of(acme.requester)
    book(cast, acme, starts_at=TUESDAY)
    a_session(cast, acme, state="cancelled", closed_at=NOON)
    with CaptureQueriesContext(connection) as one:
        browser.get(reverse("sessions"))
    book(cast, acme, starts_at=TUESDAY + minutes(60))
    for number in range(4):
        a_session(cast, acme, starts_at=NOON + minutes(1440 + 60 * number))
        a_session(cast, acme, starts_at=NOON + minutes(60 * number + 60), technicians=[cast.theo], state="cancelled", closed_at=NOON)

    with CaptureQueriesContext(connection) as several:
        browser.get(reverse("sessions"))

    assert len(several) == len(one)
