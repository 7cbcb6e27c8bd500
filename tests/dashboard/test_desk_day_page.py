"""The day at the desk: what is booked, what runs, what waits; and the door that leads each to their first page."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.models import StaffDuty
from sessions import consents, disputes, no_shows, worklogs
from tests.cast import NOON, a_colleague
from tests.sessions.factories import a_session, a_started_session, a_submitted_session, entry_ids, minutes, work

pytestmark = pytest.mark.django_db
DAY = 24 * 60


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def later(minutes_on):
    return time_machine.travel(NOON + minutes(minutes_on), tick=False)


def day(browser, **asked):
    return browser.get(reverse("desk-day"), asked)


def text(response):
    return " ".join(response.content.decode().split())


def booked(response):
    return [(item.session.title, item.look, item.after_now) for item in response.context["appointments"]]


def to_do(response):
    return [(item.session.title, item.text, item.urgent) for item in response.context["waiting"]]


def test_the_day_shows_what_is_booked_in_order_of_time(cast, acme, borealis, client_of):
    a_session(cast, acme, title="Afternoon", starts_at=NOON + minutes(120), access_arranged=True)
    a_submitted_session(cast, borealis, title="Morning", starts_at=NOON - minutes(180))
    a_session(cast, acme, title="Tomorrow", starts_at=NOON + minutes(DAY))

    page = day(client_of(cast.tessa.person))

    assert booked(page) == [("Morning", "done", False), ("Afternoon", "", True)]
    for said in ("Wednesday 18 November", "09:00–10:00", "50 min charged", "14:00–15:00", "1 h held", "access arranged", "Now 12:00"):
        assert said in text(page)


def test_a_day_without_sessions_says_so(cast, client_of):
    page = text(day(client_of(cast.tessa.person)))

    assert "Nothing is booked on this day." in page
    assert "No session is running." in page
    assert "Nothing waits for you." in page


def test_other_days_are_one_click_away(cast, acme, client_of):
    a_session(cast, acme, title="Tomorrow", starts_at=NOON + minutes(DAY))

    page = day(client_of(cast.tessa.person), date="2026-11-19")

    assert booked(page) == [("Tomorrow", "", True)]
    assert "?date=2026-11-18" in text(page)
    assert "?date=2026-11-20" in text(page)
    assert "Now 12:00" not in text(page)


@pytest.mark.parametrize("date", ["2026-02-31", "soon", "0001-01-01", "9999-12-31"])
def test_a_day_that_cannot_be_shown_is_today(cast, client_of, date):
    assert "Wednesday 18 November" in text(day(client_of(cast.tessa.person), date=date))


def test_w5_the_day_is_that_of_the_readers_calendar(cast, acme, client_of):
    a_session(cast, acme, title="At midnight", starts_at=NOON + minutes(12 * 60))
    wanda = a_colleague("Wanda", StaffDuty.DISPATCHER, time_zone="America/New_York")

    assert booked(day(client_of(wanda))) == [("At midnight", "", True)]
    assert booked(day(client_of(cast.tessa.person))) == []


def test_a_session_that_runs_says_how_long_and_what_was_agreed(cast, acme, client_of):
    a_started_session(cast, acme, estimate=120)

    with later(64):
        page = text(day(client_of(cast.tessa.person)))

    assert "1 h 04 min" in page
    assert "So far 1 h 04 min of 2 h" in page
    assert "Over 2 h 18 min needs the client’s word" in page


def test_hours_that_were_opened_again_wait_and_do_not_run(cast, acme, client_of):
    session = a_submitted_session(cast, acme)
    worklogs.reopen(session=session, by=cast.tessa.person, at=NOON + minutes(60), reason="A line is missing")

    with later(DAY):
        page = day(client_of(cast.tessa.person))

    assert page.context["running"] == []
    assert to_do(page) == [("Disk is full", "47 min logged, not submitted yet.", False)]


def test_c10_a_client_who_is_late_is_to_be_called_waited_for_and_then_missed(cast, acme, client_of):
    session = a_session(cast, acme)
    browser = client_of(cast.tessa.person)

    before = to_do(day(browser))
    no_shows.attempt_call(session=session, by=cast.tessa.person, at=NOON, reason="No answer")
    called = to_do(day(browser))
    with later(15):
        waited = to_do(day(browser))

    assert before == [("Disk is full", "Has not begun. Start it, or call the client and log the call.", True)]
    assert called == [("Disk is full", "Has not begun. Wait for the client until 12:15.", True)]
    assert waited == [("Disk is full", "Has not begun, and the client was called. It can be recorded as a no-show.", True)]


def test_hours_are_to_be_submitted_once_the_session_should_be_over(cast, acme, client_of):
    session = a_started_session(cast, acme)
    work(session, cast.tessa, length=25)
    browser = client_of(cast.tessa.person)

    with later(59):
        before = to_do(day(browser))
    with later(60):
        after = to_do(day(browser))

    assert before == []
    assert after == [("Disk is full", "25 min logged, not submitted yet.", False)]


def test_c8_a_question_for_more_time_waits_for_its_answer(cast, acme, client_of):
    session = a_started_session(cast, acme)
    consents.ask_consent(session=session, minutes=120, reason="Larger than thought", by=cast.tessa.person, at=NOON)

    page = day(client_of(cast.tessa.person))

    assert to_do(page) == [("Disk is full", "The client was asked to agree to 2 h in all, and has not answered.", False)]


def test_c8_a_dispute_waits_for_the_account_manager_only(cast, acme, client_of):
    session = a_submitted_session(cast, acme)
    claims = dict.fromkeys(entry_ids(session), 20)
    disputes.dispute(session=session, claims=claims, reason="Too long", by=acme.approver, at=NOON + minutes(60))

    assert to_do(day(client_of(cast.max))) == [
        ("Disk is full", "Disputed. Settle it by Wed 25 Nov 13:00, or the client’s figures stand.", False)
    ]
    assert to_do(day(client_of(cast.tessa.person))) == []


def test_each_sees_their_own_a_dispatcher_all(cast, acme, client_of):
    a_session(cast, acme, title="Of Tessa", starts_at=NOON + minutes(60))
    a_session(cast, acme, title="Of Theo", starts_at=NOON + minutes(60), technicians=[cast.theo])
    disa, mia = a_colleague("Disa", StaffDuty.DISPATCHER), a_colleague("Mia", StaffDuty.ACCOUNT_MANAGER)

    titles = [[title for title, *_rest in booked(day(client_of(who)))] for who in (cast.tessa.person, disa, cast.max, mia)]

    assert titles == [["Of Tessa"], ["Of Tessa", "Of Theo"], ["Of Tessa", "Of Theo"], []]


def test_a_session_that_was_given_to_a_colleague_leaves_the_technicians_day(cast, acme, client_of):
    session = a_session(cast, acme, starts_at=NOON + minutes(60))
    session.reservations.update(live=False, blocked_from=NOON - minutes(120), blocked_until=NOON - minutes(60))

    assert booked(day(client_of(cast.tessa.person))) == []


def test_five_of_each_ask_the_database_no_more_often_than_one(cast, acme, client_of):
    _one_of_each(cast, acme, 0)
    browser = client_of(cast.max)

    few = _queries(browser)
    for number in range(1, 5):
        _one_of_each(cast, acme, number)
    many = _queries(browser)

    assert few == many


def test_the_door_leads_each_to_the_first_page_of_their_duties(cast, client_of):
    leads = [client_of(person).get(reverse("desk")).url for person in (cast.tessa.person, cast.max, cast.fia, cast.ada)]

    assert leads == [reverse("desk-day"), reverse("desk-day"), reverse("desk-topups"), reverse("desk-clients")]


@pytest.mark.parametrize("name", ["desk", "desk-day"])
def test_clients_do_not_find_the_desk(cast, acme, client_of, name):
    answers = [client_of(person).get(reverse(name)).status_code for person in (acme.approver, acme.requester)]

    assert answers == [404, 404]


def _one_of_each(cast, client, number):
    """A session that is late, one that runs, one with a question, one in dispute; each at a time of its own."""
    start = NOON - minutes(10 * number)
    a_session(cast, client, starts_at=start, estimate=5)
    running = a_started_session(cast, client, starts_at=start - minutes(DAY), estimate=5)
    consents.ask_consent(session=running, minutes=60, reason="Longer", by=cast.tessa.person, at=NOON)
    disputed = a_submitted_session(cast, client, starts_at=start - minutes(2 * DAY), estimate=10, worked=[8])
    claims = dict.fromkeys(entry_ids(disputed), 2)
    disputes.dispute(session=disputed, claims=claims, reason="Too long", by=client.approver, at=NOON)


def _queries(browser):
    with CaptureQueriesContext(connection) as asked:
        assert day(browser).status_code == 200
    return len(asked)
