"""No-show, move, call off and outage release at the desk: the cost is read before it is caused (rules C6, C10)."""

import pytest
import time_machine
from django.urls import reverse

from clients.models import StaffDuty
from credits.ledger import EntryKind, Lot, LotSource
from sessions import bookings, no_shows
from sessions.bookings import Wish
from sessions.models import Session, SessionEvent, State
from sessions.models.sessions import EventKind
from tests.cast import NOON, a_colleague, at_stockholm
from tests.sessions.factories import a_lot, a_session, account_of, minutes, postings

pytestmark = pytest.mark.django_db
IN_TIME = at_stockholm(2026, 11, 24, 10)
AWAY = at_stockholm(2026, 11, 25, 9)


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def later(minutes_on):
    return time_machine.travel(NOON + minutes(minutes_on), tick=False)


def address(name, session):
    return reverse(name, args=[session.pk])


def text(response):
    return " ".join(response.content.decode().split())


def called(cast, session):
    no_shows.attempt_call(session=session, by=cast.tessa.person, at=NOON + minutes(5), reason="No answer")


def test_c10_an_attempt_to_call_is_logged(cast, acme, client_of):
    session = a_session(cast, acme)
    browser = client_of(cast.tessa.person)

    refused = browser.post(address("desk-session-call", session), {"reason": ""})
    response = browser.post(address("desk-session-call", session), {"reason": "Rolf did not answer"})

    assert (refused.status_code, response.status_code) == (422, 302)
    assert list(SessionEvent.objects.filter(kind=EventKind.CALL_ATTEMPTED).values_list("reason", flat=True)) == ["Rolf did not answer"]


def test_c10_no_call_is_logged_before_the_start(cast, acme, client_of):
    session = a_session(cast, acme, starts_at=NOON + minutes(20))

    response = client_of(cast.tessa.person).post(address("desk-session-call", session), {"reason": "Too early"})

    assert response.status_code == 409
    assert "Too early" in text(response)


def test_c10_a_no_show_is_recorded_at_the_cost_that_was_read(cast, acme, client_of):
    session = a_session(cast, acme, credit=240)
    called(cast, session)
    browser = client_of(cast.tessa.person)

    with later(15):
        page = text(browser.get(address("desk-session-miss", session)))
        response = browser.post(address("desk-session-miss", session), {"ground": "absent"})

    session.refresh_from_db()
    assert "Acme loses 2 h of credit." in page
    assert "Record the no-show: 2 h 00" in page
    assert response.status_code == 302
    assert session.state == State.MISSED
    assert postings(session) == [(EntryKind.NO_SHOW, -120)]


def test_c10_a_no_show_is_refused_before_the_time_to_wait_is_over(cast, acme, client_of):
    session = a_session(cast, acme)
    called(cast, session)

    with later(14):
        response = client_of(cast.tessa.person).post(address("desk-session-miss", session), {"ground": "absent"})

    assert response.status_code == 409
    assert "Please wait until 12:15" in text(response)
    assert postings(session) == []


def test_c10_the_page_of_a_no_show_is_not_there_before_it_is_possible(cast, acme, client_of):
    session = a_session(cast, acme)

    response = client_of(cast.tessa.person).get(address("desk-session-miss", session))

    assert response.status_code == 302
    assert response.url == address("desk-session", session)


def test_c10_promised_access_that_was_not_arranged_is_a_no_show_with_a_reason(cast, acme, client_of):
    session = a_session(cast, acme, access_arranged=True)
    browser = client_of(cast.tessa.person)

    refused = browser.post(address("desk-session-miss", session), {"ground": "access"})
    response = browser.post(address("desk-session-miss", session), {"ground": "access", "reason": "The VPN account is closed"})

    session.refresh_from_db()
    assert (refused.status_code, response.status_code) == (409, 302)
    assert session.state == State.MISSED


def test_c10_access_is_no_ground_where_it_was_not_promised(cast, acme, client_of):
    session = a_session(cast, acme)

    response = client_of(cast.tessa.person).post(address("desk-session-miss", session), {"ground": "access", "reason": "No VPN"})

    assert response.status_code == 409
    assert Session.objects.get().state == State.SCHEDULED


def test_c10_our_move_in_time_is_free(cast, acme, client_of):
    session = a_session(cast, acme, starts_at=IN_TIME)
    browser = client_of(cast.max)
    said = {"starts_at": AWAY.isoformat(), "reason": "Tessa is ill"}

    page, response = text(browser.get(address("desk-session-move", session))), browser.post(address("desk-session-move", session), said)

    session.refresh_from_db()
    assert "nothing is owed to them" in page
    assert response.status_code == 302
    assert session.starts_at == AWAY
    assert Lot.objects.filter(source=LotSource.OUR_LATE_CHANGE).count() == 0


def test_c10_our_late_move_says_what_it_gives_the_client_and_gives_it(cast, acme, client_of):
    session = a_session(cast, acme, starts_at=NOON + minutes(60))
    browser = client_of(cast.tessa.person)
    said = {"starts_at": AWAY.isoformat(), "reason": "Tessa is ill"}

    page, response = text(browser.get(address("desk-session-move", session))), browser.post(address("desk-session-move", session), said)

    assert "Acme gets 2 h of credit from us" in page
    assert "Move and give 2 h 00" in page
    assert response.status_code == 302
    assert [lot.granted_minutes for lot in Lot.objects.filter(source=LotSource.OUR_LATE_CHANGE)] == [120]


def test_the_open_times_of_the_days_asked_for_are_shown(cast, acme, client_of):
    session = a_session(cast, acme, starts_at=IN_TIME)

    page = text(client_of(cast.max).get(address("desk-session-move", session) + "?first=2026-11-25"))

    assert AWAY.isoformat() in page
    assert "?first=2026-11-18" in page
    assert "?first=2026-12-02" in page


@pytest.mark.parametrize("first", ["2026-13-45", "soon", "1999-01-01"])
def test_days_that_cannot_be_read_or_are_past_show_today(cast, acme, client_of, first):
    session = a_session(cast, acme, starts_at=IN_TIME)

    response = client_of(cast.max).get(address("desk-session-move", session) + f"?first={first}")

    assert response.status_code == 200
    assert "Open times from Wed 18 Nov" in text(response)


@pytest.mark.parametrize("starts_at", ["", "soon", "2026-99-01T10:00"])
def test_a_move_needs_one_of_the_times(cast, acme, client_of, starts_at):
    session = a_session(cast, acme, starts_at=IN_TIME)

    response = client_of(cast.max).post(address("desk-session-move", session), {"starts_at": starts_at, "reason": "Tessa is ill"})

    assert response.status_code == 422
    assert "Please choose one of the open times" in text(response)
    assert "Tessa is ill" in text(response)


def test_r2_a_time_taken_meanwhile_is_refused_and_the_nearest_are_shown(cast, acme, client_of):
    session = a_session(cast, acme, starts_at=IN_TIME)
    a_session(cast, acme, starts_at=AWAY, technicians=[cast.tessa, cast.theo])

    response = client_of(cast.max).post(address("desk-session-move", session), {"starts_at": AWAY.isoformat(), "reason": "Tessa is ill"})

    assert response.status_code == 409
    assert "not free any more" in text(response)
    assert (AWAY + minutes(60)).isoformat() in text(response)


def test_c10_calling_off_late_says_what_it_gives_the_client_and_gives_it(cast, acme, client_of):
    session = a_session(cast, acme, starts_at=NOON + minutes(60))
    browser = client_of(cast.max)

    page = text(browser.get(address("desk-session-call-off", session)))
    refused = browser.post(address("desk-session-call-off", session), {"reason": ""})
    response = browser.post(address("desk-session-call-off", session), {"reason": "Nobody can come"})

    session.refresh_from_db()
    assert "Call off and give 2 h 00" in page
    assert (refused.status_code, response.status_code) == (422, 302)
    assert session.state == State.CANCELLED
    assert account_of(session).available_minutes == 180


def test_c10_calling_off_in_time_costs_nobody_anything(cast, acme, client_of):
    session = a_session(cast, acme, starts_at=IN_TIME)
    browser = client_of(cast.max)

    page = text(browser.get(address("desk-session-call-off", session)))
    browser.post(address("desk-session-call-off", session), {"reason": "Nobody can come"})

    assert "nothing is owed to them" in page
    assert account_of(session).available_minutes == 60


def test_a_session_called_off_is_not_called_off_again(cast, acme, client_of):
    session = a_session(cast, acme, starts_at=IN_TIME)
    browser = client_of(cast.max)
    browser.post(address("desk-session-call-off", session), {"reason": "Nobody can come"})

    page = browser.get(address("desk-session-call-off", session))
    again = browser.post(address("desk-session-call-off", session), {"reason": "Nobody can come"})

    assert (page.status_code, again.status_code) == (302, 409)


def test_c6_the_account_manager_allows_a_start_in_an_outage(cast, acme, client_of):
    a_lot(acme.account, 20)
    wish = Wish(purpose=cast.purpose, title="Disk is full", estimate_minutes=60, starts_at=IN_TIME)
    session = bookings.request(account=acme.account, wish=wish, cause="test:booking", by=acme.requester, at=NOON)
    browser = client_of(cast.max)

    page = text(browser.get(address("desk-session-allow", session)))
    refused = browser.post(address("desk-session-allow", session), {"reason": ""})
    response = browser.post(address("desk-session-allow", session), {"reason": "Their shop is down"})

    session.refresh_from_db()
    assert "40 min of credit is missing" in page
    assert (refused.status_code, response.status_code) == (422, 302)
    assert session.state == State.SCHEDULED


def test_c6_a_technician_does_not_allow_a_start(cast, acme, client_of):
    session = a_session(cast, acme, credit=0, state=State.AWAITING_TOP_UP, top_up_by=NOON + minutes(60), starts_at=IN_TIME)
    browser = client_of(cast.tessa.person)

    page = browser.get(address("desk-session-allow", session))
    response = browser.post(address("desk-session-allow", session), {"reason": "Their shop is down"})

    assert (page.status_code, response.status_code) == (302, 403)


@pytest.mark.parametrize("act", ["miss", "move", "call-off", "allow"])
def test_strangers_do_not_find_the_page(cast, acme, borealis, client_of, act):
    session = a_session(cast, acme)
    strangers = [acme.approver, borealis.approver, cast.theo.person, a_colleague("Mia", StaffDuty.ACCOUNT_MANAGER)]

    answers = [client_of(person).get(address(f"desk-session-{act}", session)).status_code for person in strangers]

    assert answers == [404] * 4
