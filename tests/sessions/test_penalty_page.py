"""The client's page about a penalty: disputing it, and what became of that (rule C10)."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from clients.models import StaffDuty
from sessions import penalties
from sessions.models import PenaltyDispute
from tests.cast import a_colleague
from tests.sessions.penalised import LAST_MOMENT, POSTED, a_late_cancellation, a_no_show, disputed

pytestmark = pytest.mark.django_db

SOON = POSTED + timedelta(hours=2)


@pytest.fixture(autouse=True)
def soon():
    with time_machine.travel(SOON, tick=False) as clock:
        yield clock


@pytest.fixture
def late(cast, acme):
    return a_late_cancellation(cast, acme)


def address(penalty):
    return reverse("penalty", args=[penalty.pk])


def text(response):
    return " ".join(response.content.decode().split())


def test_c10_the_session_shows_its_penalty_and_until_when_it_can_be_disputed(acme, late, client_of):
    session, penalty = late

    page = text(client_of(acme.approver).get(reverse("session", args=[session.pk])))

    assert "Late change: 2 h" in page
    assert "Dispute it, until Wed 23 Dec 13:00" in page
    assert address(penalty) in page


def test_c10_an_approver_disputes_it_on_its_page(acme, late, client_of):
    session, penalty = late
    browser = client_of(acme.approver)
    before = text(browser.get(address(penalty)))

    response = browser.post(address(penalty), {"reason": "The train stood still"}, follow=True)

    assert "You can dispute it until Wed 23 Dec 13:00" in before
    assert "A change less than 24 h before the agreed start costs this much." in before
    assert PenaltyDispute.objects.get().reason == "The train stood still"
    assert "Max Testsson is to settle it by Mon 30 Nov 15:00" in text(response)
    assert "Disputed. Your account manager is to settle it by Mon 30 Nov 15:00." in text(browser.get(reverse("session", args=[session.pk])))


def test_c10_the_page_of_a_no_show_says_what_was_agreed_about_it(cast, acme, client_of):
    _session, penalty = a_no_show(cast, acme)

    assert "Not coming, after 15 min of waiting and a call" in text(client_of(acme.approver).get(address(penalty)))


def test_c10_a_dispute_without_a_reason_is_sent_back(acme, late, client_of):
    response = client_of(acme.approver).post(address(late[1]), {"reason": " "})

    assert response.status_code == 422
    assert not PenaltyDispute.objects.exists()


def test_c10_after_the_last_moment_it_is_refused_and_what_was_typed_is_not_lost_silently(acme, late, client_of, soon):
    soon.move_to(LAST_MOMENT + timedelta(seconds=1))
    browser = client_of(acme.approver)

    response = browser.post(address(late[1]), {"reason": "Too late"})

    assert response.status_code == 409
    assert "It could be disputed until Wed 23 Dec 13:00" in text(browser.get(address(late[1])))
    assert not PenaltyDispute.objects.exists()


def test_c10_a_form_sent_twice_is_one_dispute(acme, late, client_of):
    browser = client_of(acme.approver)

    answers = [browser.post(address(late[1]), {"reason": "The train"}).status_code for _again in range(2)]

    assert answers == [302, 302]
    assert PenaltyDispute.objects.count() == 1


def test_c10_a_requester_reads_who_can_dispute_it_and_cannot(acme, late, client_of):
    browser = client_of(acme.requester)

    page, response = text(browser.get(address(late[1]))), browser.post(address(late[1]), {"reason": "No"})

    assert "An approver can dispute it until" in page
    assert "Ask Anna Testsson." in page
    assert response.status_code == 403
    assert not PenaltyDispute.objects.exists()


def test_c10_how_it_was_settled_stands_on_the_page(cast, acme, late, client_of):
    _session, penalty = late
    penalties.let_stand(dispute=disputed(penalty, acme), reason="Trains ran", by=cast.max, at=SOON)
    stands = text(client_of(acme.requester).get(address(penalty)))
    penalties.waive(penalty=penalty, reason="Goodwill", by=cast.max, at=SOON)

    gone = text(client_of(acme.requester).get(address(penalty)))

    assert ("The penalty stands" in stands, "Trains ran" in stands) == (True, True)
    assert "2 h went back to your credit" in gone
    assert "Goodwill" in gone


def test_our_people_have_it_at_the_desk(cast, late, client_of):
    for person in (cast.max, cast.fia, cast.ada):
        browser = client_of(person)

        assert browser.get(address(late[1])).headers["Location"] == reverse("desk-penalty", args=[late[1].pk])
        assert browser.post(address(late[1]), {"reason": "x"}).status_code == 404


def test_strangers_find_nothing(cast, acme, borealis, late, client_of):
    grant = acme.account.entries.get(kind="grant")
    strangers = [borealis.approver, cast.theo.person, cast.tessa.person, a_colleague("Mia", StaffDuty.ACCOUNT_MANAGER)]

    found = {client_of(person).get(address(late[1])).status_code for person in strangers}
    acts = {client_of(person).post(address(late[1]), {"reason": "x"}).status_code for person in strangers}

    assert (found, acts) == ({404}, {404})
    assert client_of(acme.approver).get(address(grant)).status_code == 404
