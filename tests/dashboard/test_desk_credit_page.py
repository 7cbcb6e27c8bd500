"""The credit of one account at the desk: adjusting it, closing it, opening it again (rules C13, P5)."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.models import StaffDuty
from credits import corrections
from credits.accounts import CreditAccount
from credits.ledger import Entry
from sessions.models import Session, State
from tests.cast import NOON, a_colleague
from tests.credits.posting import grant, worked
from tests.sessions.booked import book

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def address(account, act=""):
    return reverse(f"desk-account{act and '-' + act}", args=[account.pk])


def asked(act="carry-out", **said):
    return {"direction": "add", "minutes": "90", "reason": "agreed by phone", "key": "k", "act": act} | said


def text(response):
    return " ".join(response.content.decode().split())


def available():
    return CreditAccount.objects.get().available_minutes


def test_the_page_shows_lots_and_what_can_be_done_about_each(cast, acme, client_of):
    lot = grant(acme.account, 480, expires_on=NOON.date().replace(month=12))
    corrections.adjust(account=acme.account, minutes=30, reason="Sorry", cause="form:0", by=cast.max, at=NOON)

    page = text(client_of(cast.max).get(address(acme.account)))

    for said in ("8 h 00", "SEK 1,200.00", "Fri 18 Dec", "free", "Sorry", "Adjust", "Close the account"):
        assert said in page
    for act in ("extend", "freeze", "refund"):
        assert reverse(f"desk-lot-{act}", args=[lot.pk]) in page


def test_an_empty_account_says_so(cast, acme, client_of):
    assert "There is no credit in this account." in text(client_of(cast.max).get(address(acme.account)))


def test_five_lots_ask_the_database_no_more_often_than_one(cast, acme, client_of):
    browser = client_of(cast.max)
    grant(acme.account, 60)
    few = _queries(browser, acme)
    for _ in range(4):
        grant(acme.account, 60)

    assert _queries(browser, acme) == few


def test_c13_what_an_adjustment_does_is_shown_before_it_is_done(cast, acme, client_of):
    worked(acme.account, 30)
    book(cast, acme)

    page = text(client_of(cast.max).post(address(acme.account, "adjust"), asked("preview", minutes="120")))

    assert "2 h of free credit is added to Acme · IT." in page
    assert "Add 2 h 00" in page
    assert "30 min of what is owed is paid by it." in page
    assert "1 booking gets credit that it lacks." in page
    assert available() == 0


def test_c6_it_is_done_once_however_often_it_is_sent_and_bookings_follow(cast, acme, client_of):
    waiting = book(cast, acme)
    browser = client_of(cast.max)

    answers = [browser.post(address(acme.account, "adjust"), asked(), follow=True) for _again in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert "The credit is adjusted by +1 h 30. 1 waiting booking moved on." in text(answers[0])
    assert (available(), Session.objects.get(pk=waiting.pk).state) == (30, State.SCHEDULED)


def test_c14_the_same_form_with_other_figures_is_refused_and_kept(cast, acme, client_of):
    browser = client_of(cast.max)
    browser.post(address(acme.account, "adjust"), asked())

    response = browser.post(address(acme.account, "adjust"), asked(minutes="60"))

    assert response.status_code == 409
    assert 'value="60"' in text(response)
    assert available() == 90


@pytest.mark.parametrize("act", ["preview", "carry-out"])
def test_c13_more_than_there_is_cannot_be_taken(cast, acme, client_of, act):
    grant(acme.account, 60)

    response = client_of(cast.max).post(address(acme.account, "adjust"), asked(act, direction="take", minutes="61"))

    assert response.status_code == 409
    assert "Only 1 h is available" in text(response)
    assert available() == 60


@pytest.mark.parametrize(
    "said",
    [
        *({"minutes": typed} for typed in ("", "0", "-5", "9" * 50, "x")),
        *({"direction": typed} for typed in ("", "steal")),
        *({"reason": typed} for typed in ("", "x" * 501)),
        {"key": ""},
    ],
)
@pytest.mark.parametrize("act", ["preview", "carry-out"])
def test_c13_what_is_not_well_filled_in_changes_nothing(cast, acme, client_of, said, act):
    assert client_of(cast.max).post(address(acme.account, "adjust"), asked(act, **said)).status_code == 422
    assert not Entry.objects.exists()


def test_p5_an_account_is_closed_and_opened_again(cast, acme, client_of):
    browser = client_of(cast.max)
    closed = browser.post(address(acme.account, "close"), {"reason": "Merged"}, follow=True)
    gone = CreditAccount.objects.get().closed_at
    opened = browser.post(address(acme.account, "reopen"), {"reason": "Back"}, follow=True)

    assert gone == NOON
    assert "This account was closed Wed 18 Nov 12:00." in text(closed)
    assert "Open it again" in text(closed)
    assert "The account is open again." in text(opened)
    assert CreditAccount.objects.get().closed_at is None


def test_p5_what_keeps_an_account_open_is_said_before(cast, acme, client_of):
    grant(acme.account, 60)
    browser = client_of(cast.max)

    page, response = text(browser.get(address(acme.account, "close"))), browser.post(address(acme.account, "close"), {"reason": "x"})

    assert "The account cannot be closed yet." in page
    assert "1 h of credit is left." in page
    assert response.status_code == 409
    assert CreditAccount.objects.get().closed_at is None


def test_p5_a_session_that_is_open_keeps_it_open(cast, acme, client_of):
    book(cast, acme)

    response = client_of(cast.max).post(address(acme.account, "close"), {"reason": "x"})

    assert response.status_code == 409
    assert "1 session is open." in text(response)


def test_finance_and_administrators_read_and_change_nothing(cast, acme, client_of):
    for person in (cast.fia, cast.ada):
        browser = client_of(person)
        page = browser.get(address(acme.account))

        assert page.status_code == 200
        assert "Max Testsson looks after this client, and decides what is corrected." in text(page)
        for act in ("adjust", "close", "reopen"):
            answers = browser.get(address(acme.account, act)), browser.post(address(acme.account, act), asked())
            assert {answer.status_code for answer in answers} == {403}
    assert not Entry.objects.exists()


def test_strangers_find_nothing(cast, acme, borealis, client_of):
    strangers = [acme.approver, borealis.approver, cast.tessa.person, a_colleague("Mia", StaffDuty.ACCOUNT_MANAGER)]

    for person in strangers:
        for act in ("", "adjust", "close", "reopen"):
            assert client_of(person).get(address(acme.account, act)).status_code == 404
        assert client_of(person).post(address(acme.account, "adjust"), asked()).status_code == 404


def _queries(browser, client):
    with CaptureQueriesContext(connection) as found:
        browser.get(address(client.account))
    return len(found)
