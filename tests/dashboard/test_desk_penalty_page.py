"""A penalty at the desk: settling its dispute, waiving it, and who may (rules C10, C13)."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from clients.models import StaffDuty, StaffRole
from credits.accounts import CreditAccount
from sessions import penalties
from sessions.models import PenaltyDispute, Session, State
from tests.cast import a_colleague
from tests.sessions.booked import TUESDAY, book
from tests.sessions.penalised import POSTED, a_late_cancellation, disputed

pytestmark = pytest.mark.django_db

SOON = POSTED + timedelta(hours=2)


@pytest.fixture(autouse=True)
def soon():
    with time_machine.travel(SOON, tick=False) as clock:
        yield clock


@pytest.fixture
def penalty(cast, acme):
    return a_late_cancellation(cast, acme)[1]


def address(penalty):
    return reverse("desk-penalty", args=[penalty.pk])


def text(response):
    return " ".join(response.content.decode().split())


def available():
    return CreditAccount.objects.get().available_minutes


def test_c13_the_account_manager_waives_a_penalty(cast, penalty, client_of):
    browser = client_of(cast.max)
    before = text(browser.get(address(penalty)))

    after = browser.post(address(penalty), {"act": "waive", "reason": "First time"}, follow=True)

    assert "Late change: 2 h" in before
    assert "Give 2 h 00 back" in before
    assert (available(), "Taken back" in text(after), "First time" in text(after)) == (300, True, True)


@pytest.mark.parametrize(("act", "settled"), [("reverse", ("reversed", 300)), ("stand", ("stands", 180))])
def test_c10_a_dispute_is_settled_either_way(cast, acme, penalty, client_of, act, settled):
    disputed(penalty, acme)
    browser = client_of(cast.max)
    before = text(browser.get(address(penalty)))

    after = browser.post(address(penalty), {"act": act, "reason": "I called them"}, follow=True)

    assert "The train stood still" in before
    assert "to be settled by Mon 30 Nov 14:00" in before
    assert (PenaltyDispute.objects.get().outcome, available()) == settled
    assert "I called them" in text(after)


def test_c10_what_is_overdue_says_so(cast, acme, penalty, client_of, soon):
    disputed(penalty, acme)
    soon.move_to(SOON + timedelta(days=20))

    assert "Overdue" in text(client_of(cast.max).get(address(penalty)))


@pytest.mark.parametrize("act", ["waive", "reverse", "stand"])
def test_c13_without_a_reason_nothing_is_done(cast, acme, penalty, client_of, act):
    disputed(penalty, acme)

    response = client_of(cast.max).post(address(penalty), {"act": act, "reason": " "})

    assert response.status_code == 422
    assert (available(), PenaltyDispute.objects.get().outcome) == (180, "")


@pytest.mark.parametrize("act", ["reverse", "stand", "", "nonsense"])
def test_c10_what_is_not_disputed_is_not_settled(cast, penalty, client_of, act):
    assert client_of(cast.max).post(address(penalty), {"act": act, "reason": "x"}).status_code == 200
    assert available() == 180


def test_c10_a_dispute_that_somebody_settled_meanwhile_is_not_settled_again(cast, acme, penalty, client_of):
    raised = disputed(penalty, acme)
    penalties.let_stand(dispute=raised, reason="It stands", by=cast.max, at=SOON)

    response = client_of(cast.max).post(address(penalty), {"act": "reverse", "reason": "x"})

    assert response.status_code == 409
    assert "has been settled already" in text(response)
    assert available() == 180


def test_c14_a_button_pressed_twice_takes_back_once(cast, penalty, client_of):
    browser = client_of(cast.max)

    answers = [browser.post(address(penalty), {"act": "waive", "reason": "x"}).status_code for _again in range(2)]

    assert (answers, available()) == ([302, 409], 300)


def test_c6_a_booking_that_waits_follows_at_once(cast, acme, client_of):
    penalty = a_late_cancellation(cast, acme, credit=120)[1]
    waiting = book(cast, acme, at=SOON, starts_at=TUESDAY + timedelta(days=7))

    client_of(cast.max).post(address(penalty), {"act": "waive", "reason": "x"})

    assert Session.objects.get(pk=waiting.pk).state == State.SCHEDULED


def test_c10_who_was_in_the_session_reads_that_another_settles_it(cast, acme, penalty, client_of):
    disputed(penalty, acme)
    StaffRole.objects.create(person=cast.tessa.person, duty=StaffDuty.ACCOUNT_MANAGER)
    acme.organisation.deputy_manager = cast.tessa.person
    acme.organisation.save()
    browser = client_of(cast.tessa.person)

    page, response = text(browser.get(address(penalty))), browser.post(address(penalty), {"act": "stand", "reason": "x"})

    assert "You were in this session" in page
    assert response.status_code == 409
    assert PenaltyDispute.objects.get().outcome == ""


def test_finance_and_administrators_read_it_and_decide_nothing(cast, acme, penalty, client_of):
    disputed(penalty, acme)
    for person in (cast.fia, cast.ada):
        browser = client_of(person)
        page = text(browser.get(address(penalty)))
        acts = {act: browser.post(address(penalty), {"act": act, "reason": "x"}).status_code for act in ("waive", "reverse", "stand")}

        assert "Max Testsson looks after this client." in page
        assert "Give 2 h 00 back" not in page
        assert set(acts.values()) == {403}
    assert available() == 180


def test_strangers_find_nothing(cast, acme, borealis, penalty, client_of):
    strangers = [acme.approver, borealis.approver, cast.tessa.person, a_colleague("Mia", StaffDuty.ACCOUNT_MANAGER)]

    answers = [
        (client_of(person).get(address(penalty)), client_of(person).post(address(penalty), {"act": "waive"})) for person in strangers
    ]

    assert {response.status_code for pair in answers for response in pair} == {404}
    assert client_of(cast.max).get(reverse("desk-penalty", args=[acme.account.entries.get(kind="grant").pk])).status_code == 404
