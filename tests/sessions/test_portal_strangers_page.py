"""Nobody learns anything of another client's sessions: every page of theirs is as if it were not there."""

import pytest
import time_machine
from django.urls import reverse

from sessions.models import Consent
from tests.cast import NOON
from tests.sessions.factories import a_started_session, a_submitted_session

pytestmark = pytest.mark.django_db

PAGES = ["session", "session-postpone", "session-cancel", "session-hours", "session-confirm", "session-dispute", "session-contest"]


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.mark.parametrize("name", PAGES)
def test_a_stranger_gets_404(cast, acme, borealis, client_of, name):
    url = reverse(name, args=[a_submitted_session(cast, acme).pk])
    stranger, member = client_of(borealis.approver), client_of(acme.approver)

    assert stranger.get(url).status_code == 404
    assert stranger.post(url).status_code in {404, 405}
    assert member.get(url).status_code in {200, 302}


def test_a_stranger_cannot_say_that_access_is_arranged(cast, acme, borealis, client_of):
    session = a_started_session(cast, acme)

    response = client_of(borealis.approver).post(reverse("session-access", args=[session.pk]))

    assert response.status_code == 404


def test_a_stranger_finds_no_question_for_more_time(cast, acme, borealis, client_of):
    session = a_started_session(cast, acme)
    asked = Consent.objects.create(session=session, minutes=120, reason="More", asked_at=NOON, asked_by=cast.tessa.person)
    url = reverse("consent", args=[asked.pk])
    stranger = client_of(borealis.approver)

    statuses = [stranger.get(url).status_code, stranger.post(url, {"answer": "give"}).status_code]

    asked.refresh_from_db()
    assert (statuses, asked.given) == ([404, 404], None)
    assert client_of(acme.approver).get(url).status_code == 200


def test_staff_who_are_no_members_are_led_to_the_desk_or_nowhere(cast, acme, client_of):
    session = a_submitted_session(cast, acme)
    manager = client_of(cast.max)

    assert manager.get(reverse("session", args=[session.pk])).url == reverse("desk-session", args=[session.pk])
    assert [manager.get(reverse(name, args=[session.pk])).status_code for name in PAGES[1:]] == [404] * 6


def test_somebody_who_is_not_signed_in_is_asked_to(cast, acme, client):
    response = client.get(reverse("sessions"))

    assert response.url == "/accounts/login/?next=/sessions/"
