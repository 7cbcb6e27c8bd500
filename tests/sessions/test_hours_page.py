"""The client's pages about hours: the receipt, confirming, disputing, and the question for more time (rules C7, C8)."""

import pytest
import time_machine
from django.urls import reverse

from clients.models import MemberRole, Membership
from sessions import confirmation, consents, worklogs
from sessions.models import Dispute, Session, State
from tests.cast import NOON, a_client, a_person
from tests.sessions.factories import a_session, a_started_session, a_submitted_session, entry_ids, minutes, postings

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def afternoon():
    with time_machine.travel(NOON + minutes(180), tick=False):
        yield


@pytest.fixture
def session(cast, acme):
    return a_submitted_session(cast, acme, worked=[13, 13, 13])


def text(response):
    return " ".join(response.content.decode().split())


def address(name, session):
    return reverse(name, args=[session.pk])


def test_c7_the_receipt_leads_from_the_lines_to_what_is_charged(session, acme, client_of):
    page = text(client_of(acme.approver).get(address("session-hours", session)))

    for said in ("Tessa Testsson, 12:00–12:13", "0 h 39", "0 h 40", "Removed old logs.", "Confirm 0 h 40"):
        assert said in page


def test_c8_an_approver_confirms_and_the_hours_are_deducted(session, acme, client_of):
    response = client_of(acme.approver).post(address("session-confirm", session), {"shown": "1:40"}, follow=True)

    session.refresh_from_db()
    assert session.state == State.CONFIRMED
    assert postings(session) == [("deduction", -40)]
    assert "Confirmed. 40 min is deducted from your credit." in text(response)


def test_c8_opening_the_address_confirms_nothing(session, acme, client_of):
    response = client_of(acme.approver).get(address("session-confirm", session))

    session.refresh_from_db()
    assert response.url == address("session-hours", session)
    assert session.state == State.SUBMITTED


def test_c8_other_hours_than_were_shown_are_not_confirmed(session, cast, acme, client_of):
    again = worklogs.reopen(session=session, by=cast.tessa.person, at=NOON + minutes(60), reason="One line was missing")
    worklogs.submit(session=again, summary="Removed old logs, again.", by=cast.tessa.person, at=NOON + minutes(61))

    response = client_of(acme.approver).post(address("session-confirm", session), {"shown": "1:40"})

    assert response.status_code == 409
    assert "Nothing was changed; look at it again." in text(response)
    assert Session.objects.get().state == State.SUBMITTED


def test_c8_a_second_confirmation_changes_nothing(session, acme, client_of):
    browser = client_of(acme.approver)
    browser.post(address("session-confirm", session), {"shown": "1:40"})

    response = browser.post(address("session-confirm", session), {"shown": "1:40"})

    assert response.status_code == 409
    assert postings(session) == [("deduction", -40)]


def test_c8_a_requester_sees_who_confirms_and_may_not(session, acme, client_of):
    browser = client_of(acme.requester)

    page = text(browser.get(address("session-hours", session)))
    refused = browser.post(address("session-confirm", session), {"shown": "1:40"})

    session.refresh_from_db()
    assert "anna@acme.example" in page
    assert "Confirm 0 h 40" not in page
    assert (refused.status_code, session.state) == (403, State.SUBMITTED)


def test_c8_where_silence_confirms_its_date_is_announced(cast, client_of):
    trusting = a_client(cast, "Trusting", silence_confirms=True)
    session = a_submitted_session(cast, trusting)

    page = text(client_of(trusting.approver).get(address("session-hours", session)))

    assert "they count as confirmed if nobody has said anything by Wed 2 Dec 12:47" in page


def test_c11_what_is_not_covered_is_said_before_it_is_confirmed(cast, acme, client_of):
    session = a_submitted_session(cast, acme, credit=10, worked=[60])

    page = text(client_of(acme.approver).get(address("session-hours", session)))

    assert "50 min of it is not covered by your credit and will be owed." in page


def test_hours_that_are_not_there_yet_lead_back(cast, acme, client_of):
    session = a_session(cast, acme)

    response = client_of(acme.approver).get(address("session-hours", session), follow=True)

    assert "No hours have been submitted yet." in text(response)


def test_c8_an_approver_disputes_a_line_with_a_reason(session, acme, client_of):
    first, second, third = entry_ids(session)
    claims = {f"line_{first}": 13, f"line_{second}": 3, f"line_{third}": 13, "reason": "The second was a coffee."}

    client_of(acme.approver).post(address("session-dispute", session), claims)

    dispute = Dispute.objects.get()
    assert dispute.reason == "The second was a coffee."
    assert list(dispute.lines.values_list("entry", "claimed_minutes")) == [(second, 3)]
    page = text(client_of(acme.requester).get(address("session", session)))
    assert "Your account manager settles this" in page
    assert "Hours disputed: 40 min, it should be 30 min" in page


def test_c8_a_dispute_that_changes_nothing_is_refused_and_keeps_what_was_typed(session, acme, client_of):
    same = {f"line_{entry}": 13 for entry in entry_ids(session)} | {"reason": "Somehow wrong"}

    response = client_of(acme.approver).post(address("session-dispute", session), same)

    assert response.status_code == 409
    assert "Say for at least one line how many minutes it should be." in text(response)
    assert "Somehow wrong" in text(response)


@pytest.mark.parametrize("minutes_said", ["", "14", "-1", "ten"])
def test_c8_a_line_is_between_nothing_and_what_was_logged(session, acme, client_of, minutes_said):
    said = {f"line_{entry}": minutes_said for entry in entry_ids(session)} | {"reason": "Wrong"}

    response = client_of(acme.approver).post(address("session-dispute", session), said)

    assert response.status_code == 422
    assert not Dispute.objects.exists()


def test_c8_a_requester_may_not_dispute(session, acme, client_of):
    assert client_of(acme.requester).get(address("session-dispute", session)).status_code == 403


def test_c8_confirmed_hours_are_not_disputed_any_more(session, acme, client_of):
    confirmation.confirm(session=session, by=acme.approver, at=NOON + minutes(120))

    response = client_of(acme.approver).get(address("session-dispute", session), follow=True)

    assert "This session has moved on meanwhile." in text(response)


def test_c8_hours_that_silence_confirmed_can_be_contested(cast, client_of):
    trusting = a_client(cast, "Trusting", silence_confirms=True)
    session = a_submitted_session(cast, trusting)
    (entry,) = entry_ids(session)
    later = NOON + minutes(15 * 24 * 60)
    confirmation.confirm_by_silence(session=session, at=later)

    with time_machine.travel(later, tick=False):
        browser = client_of(trusting.approver)
        page = text(browser.get(address("session", session)))
        browser.post(address("session-contest", session), {f"line_{entry}": 20, "reason": "Nobody asked me"})

    session.refresh_from_db()
    assert "Confirmed by silence" in page
    assert session.state == State.DISPUTED


def test_c8_hours_that_an_approver_confirmed_are_not_contested(session, acme, client_of):
    confirmation.confirm(session=session, by=acme.approver, at=NOON + minutes(120))

    response = client_of(acme.approver).get(address("session-contest", session), follow=True)

    assert "This session has moved on meanwhile." in text(response)


class TestConsent:
    """The question for more time (rule C8)."""

    @pytest.fixture
    def asked(self, cast, acme):
        session = a_started_session(cast, acme)
        return consents.ask_consent(session=session, minutes=150, reason="The index must be rebuilt.", by=cast.tessa.person, at=NOON)

    def test_c8_it_says_what_was_agreed_and_what_is_asked_for(self, asked, acme, client_of):
        page = text(client_of(acme.approver).get(reverse("consent", args=[asked.pk])))

        for said in ("Up to 2 h 30 min in all?", "You have agreed to 1 h 09 min.", "The index must be rebuilt.", "Stay at 1 h 09"):
            assert said in page

    @pytest.mark.parametrize(("answer", "given"), [("give", True), ("refuse", False), ("", None), ("whatever", None)])
    def test_c8_it_is_answered_by_one_of_two_words(self, asked, acme, client_of, answer, given):
        client_of(acme.approver).post(reverse("consent", args=[asked.pk]), {"answer": answer})

        asked.refresh_from_db()
        assert asked.given is given

    def test_c8_opening_the_address_answers_nothing(self, asked, acme, client_of):
        client_of(acme.approver).get(reverse("consent", args=[asked.pk]), {"answer": "give"})

        asked.refresh_from_db()
        assert asked.given is None

    def test_c8_a_second_answer_is_refused(self, asked, acme, client_of):
        browser = client_of(acme.approver)
        browser.post(reverse("consent", args=[asked.pk]), {"answer": "give"})

        response = browser.post(reverse("consent", args=[asked.pk]), {"answer": "refuse"})

        assert response.status_code == 409
        assert "This has already been answered." in text(response)
        assert "Agreed: up to 2 h 30 min in all" in text(response)

    def test_c8_another_requester_sees_who_answers_and_may_not(self, asked, acme, client_of):
        another = a_person("Rita")
        Membership.objects.create(organisation=acme.organisation, person=another, role=MemberRole.REQUESTER)
        browser = client_of(another)

        page = text(browser.get(reverse("consent", args=[asked.pk])))
        refused = browser.post(reverse("consent", args=[asked.pk]), {"answer": "give"})

        assert "Who booked the session answers, or an approver: Anna Testsson" in page
        assert refused.status_code == 403
