"""Winding up an agreement at the desk: what remains to be done, and doing it in one step (rule P5)."""

from datetime import date

import pytest
import time_machine
from django.urls import reverse

from clients.models import Agreement, StaffDuty, UnusedCredit
from credits.accounts import CreditAccount
from credits.ledger import Refund
from sessions import changes, confirmation
from sessions.models import Session
from tests.cast import NOON, a_client, a_colleague, at_stockholm
from tests.credits.posting import grant, worked
from tests.sessions.booked import book
from tests.sessions.factories import a_submitted_session
from tests.sessions.penalised import a_late_cancellation, disputed

pytestmark = pytest.mark.django_db

END = date(2026, 12, 1)
AFTER = at_stockholm(2026, 12, 2, 9)


@pytest.fixture(autouse=True)
def after_the_end():
    with time_machine.travel(AFTER, tick=False) as clock:
        yield clock


def ended():
    Agreement.objects.update(ends_on=END)
    return reverse("desk-winding-up", args=[Agreement.objects.get().pk])


def text(response):
    return " ".join(response.content.decode().replace("\N{NO-BREAK SPACE}", " ").split())


def test_p5_what_would_become_of_the_credit_is_shown_and_done_in_one_step(cast, acme, client_of):
    grant(acme.account, 480)
    browser, address = client_of(cast.max), ended()
    before = text(browser.get(address))

    after = browser.post(address, {"reason": "Agreed with Anna"}, follow=True)

    assert "Nothing is open any more." in before
    assert "8 h bought Wed 18 Nov: SEK 12,000.00 back, net SEK 9,600.00 and VAT SEK 2,400.00" in before
    assert "It was wound up Wed 2 Dec 09:00." in text(after)
    assert (Refund.objects.get().minutes, CreditAccount.objects.get().closed_at) == (480, AFTER)


def test_p5_what_is_forfeited_and_what_is_owed_is_said(cast, acme, client_of):
    worked(acme.account, 30)
    Agreement.objects.update(unused_credit=UnusedCredit.FORFEIT)

    page = text(client_of(cast.max).get(ended()))

    assert "As agreed, unused credit is forfeited." in page
    assert "30 min owed, to be invoiced; the account stays open" in page


def test_p5_what_is_open_is_listed_with_the_way_there_and_no_button(cast, acme, client_of):
    session = book(cast, acme, credit=60)
    _cancelled, penalty = a_late_cancellation(cast, acme)
    disputed(penalty, acme)
    browser, address = client_of(cast.max), ended()

    page, response = text(browser.get(address)), browser.post(address, {"reason": "x"})

    assert reverse("desk-session", args=[session.pk]) in page
    assert reverse("desk-penalty", args=[penalty.pk]) in page
    assert "IT: 1 booking is open." in page
    assert "Wind it up" not in page
    assert response.status_code == 409
    assert "1 session is open. 1 penalty is disputed." in text(response)
    assert Agreement.objects.get().wound_up_at is None


def test_p5_when_the_last_session_is_called_off_it_can_be_done(cast, acme, client_of):
    book(cast, acme, credit=60)
    browser, address = client_of(cast.max), ended()
    changes.call_off(session=Session.objects.get(), by=cast.max, at=NOON, reason="The end")

    assert "Wind it up" in text(browser.get(address))


def test_p5_a_button_pressed_twice_settles_once(cast, acme, client_of):
    grant(acme.account, 480)
    browser, address = client_of(cast.max), ended()

    answers = [browser.post(address, {"reason": "x"}).status_code for _again in range(2)]

    assert (answers, Refund.objects.count()) == ([302, 409], 1)


def test_p5_one_that_runs_is_not_wound_up(cast, acme, client_of, after_the_end):
    address, browser = ended(), client_of(cast.max)
    after_the_end.move_to(NOON)

    page, response = text(browser.get(address)), browser.post(address, {"reason": "x"})

    assert "This agreement has not ended, or another one follows it." in page
    assert "Wind it up" not in page
    assert response.status_code == 409


def test_p5_a_reason_is_needed(cast, acme, client_of):
    assert client_of(cast.max).post(ended(), {"reason": ""}).status_code == 422
    assert Agreement.objects.get().wound_up_at is None


def test_finance_and_administrators_read_and_do_nothing(cast, acme, client_of):
    address = ended()
    for person in (cast.fia, cast.ada):
        page = text(client_of(person).get(address))

        assert "Max Testsson looks after this client." in page
        assert "Wind it up" not in page
        assert client_of(person).post(address, {"reason": "x"}).status_code == 403
    assert Agreement.objects.get().wound_up_at is None


def test_strangers_find_nothing(cast, acme, client_of):
    address = ended()
    strangers = [acme.approver, cast.tessa.person, a_colleague("Mia", StaffDuty.ACCOUNT_MANAGER)]

    answers = [(client_of(person).get(address).status_code, client_of(person).post(address).status_code) for person in strangers]

    assert answers == [(404, 404)] * 3


def test_p5_what_the_client_can_still_object_to_is_shown_with_its_date_and_hinders(cast, acme, client_of):
    a_late_cancellation(cast, acme)
    silent = a_client(cast, "Certus", silence_confirms=True)
    session = a_submitted_session(cast, silent, credit=600, worked=(60,))
    silent_at = confirmation.silence_confirms_at(session)
    assert silent_at is not None
    confirmation.confirm_by_silence(session=session, at=silent_at)
    Agreement.objects.update(ends_on=END)
    pages = [reverse("desk-winding-up", args=[client.organisation.agreements.get().pk]) for client in (acme, silent)]

    of_acme, of_silent = (text(client_of(cast.max).get(page)) for page in pages)

    assert "The client can dispute the penalty until Wed 23 Dec 13:00." in of_acme
    assert "Silence confirmed the hours: the client can contest them until " in of_silent
    assert "Wind it up" not in of_acme + of_silent


def test_p5_who_loses_access_is_shown_and_it_ends_for_all_in_one_step(cast, acme, client_of):
    browser, address = client_of(cast.max), ended()
    too_early = text(browser.get(reverse("desk-end-access", args=[acme.organisation.pk])))
    browser.post(address, {"reason": "Agreed with Anna"})
    assert reverse("desk-end-access", args=[acme.organisation.pk]) in text(browser.get(address))

    page = text(browser.get(reverse("desk-end-access", args=[acme.organisation.pk])))
    done = browser.post(reverse("desk-end-access", args=[acme.organisation.pk]), follow=True)

    assert "Until then the client’s people keep their access." in too_early
    assert f"{acme.approver}, Approver" in page
    assert "Nobody of this client has access any more." in text(done)
    assert not acme.organisation.memberships.exists()
    assert reverse("desk-end-access", args=[acme.organisation.pk]) not in text(browser.get(address))


def test_p5_what_is_left_of_the_settlement_is_said_before_access_ends(cast, acme, client_of):
    worked(acme.account, 30)
    browser, address = client_of(cast.max), ended()
    browser.post(address, {"reason": "Agreed with Anna"})

    page = text(browser.get(reverse("desk-end-access", args=[acme.organisation.pk])))

    assert "Something is left of the final settlement" in page


def test_p5_ending_access_too_early_is_refused_and_nothing_changes(cast, acme, client_of):
    response = client_of(cast.max).post(reverse("desk-end-access", args=[acme.organisation.pk]))

    assert response.status_code == 409
    assert acme.organisation.memberships.count() == 2
