"""Booking a session, step by step: what, when, and what it means before it is done (rules C5, C6, C10, R1, R2)."""

from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sessions.models import Session, State
from tests.cast import NOON, at_stockholm
from tests.sessions.booked import TUESDAY, book
from tests.sessions.factories import a_lot, a_session, minutes

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def what(cast, acme):
    """What the first step asks for."""
    return {
        "account": acme.account.pk,
        "purpose": cast.purpose.pk,
        "title": "Disk is full",
        "minutes": 60,
        "technicians": 1,
        "technician": "",
    }


@pytest.fixture
def everything(what):
    """All that the last step sends."""
    return {**what, "starts_at": TUESDAY.isoformat(), "description": "Every night.", "access_arranged": "on", "key": str(uuid4())}


def text(response):
    return " ".join(response.content.decode().split())


def address():
    return reverse("session-new")


def test_r1_the_first_step_offers_purposes_and_estimates_in_half_hours(cast, acme, client_of):
    page = text(client_of(acme.requester).get(address()))

    for said in ("Processes", ">30 min<", ">1 h<", ">8 h<", "Tessa Testsson", "Two at the same time"):
        assert said in page


def test_r1_a_step_that_cannot_be_read_is_asked_again_and_nothing_typed_is_lost(acme, client_of, what):
    response = client_of(acme.requester).get(address(), {**what, "minutes": 45})

    assert response.status_code == 422
    assert 'value="Disk is full"' in text(response)


def test_r2_the_second_step_shows_a_week_of_open_times_in_the_clients_own_zone(acme, client_of, what):
    acme.requester.time_zone = "Europe/Helsinki"
    acme.requester.save()

    page = text(client_of(acme.requester).get(address(), what))

    assert "Wed 18 Nov to Tue 24 Nov" in page
    assert "Helsinki time" in page
    assert f'value="{TUESDAY.isoformat()}"' in page
    assert "<span>18:00</span>" not in page
    assert "from=2026-11-25" in page


def test_r2_a_later_week_leads_back_and_on(acme, client_of, what):
    page = text(client_of(acme.requester).get(address(), {**what, "from": "2026-11-25"}))

    assert "Wed 25 Nov to Tue 1 Dec" in page
    assert "from=2026-11-18" in page
    assert "from=2026-12-02" in page


@pytest.mark.parametrize("day", ["yesterday", "0001-01-01", "9999-12-31", ""])
def test_r2_a_week_that_cannot_be_is_the_nearest_that_can(acme, client_of, what, day):
    assert client_of(acme.requester).get(address(), {**what, "from": day}).status_code == 200


def test_r2_an_empty_week_says_when_the_first_open_time_is(cast, acme, client_of, what):
    with time_machine.travel(at_stockholm(2026, 11, 21, 12), tick=False):
        cast.session_terms.minimum_lead_minutes = 9 * 24 * 60
        cast.session_terms.save()

        page = text(client_of(acme.requester).get(address(), what))

    assert "No open time in this week" in page
    assert "The first open time is on Monday 30 November" in page


def test_r2_where_nobody_is_ever_free_the_page_says_so(cast, acme, client_of, what):
    cast.tessa.weekly_hours.all().delete()
    cast.theo.weekly_hours.all().delete()

    assert "Nobody is free for this" in text(client_of(acme.requester).get(address(), what))


def test_r2_a_technician_who_does_not_do_it_is_refused(cast, acme, client_of, what):
    other = cast.purpose.__class__.objects.create(code="disks", name_en="Disks", name_sv="Diskar", position=2)
    cast.tessa.purposes.add(other)

    response = client_of(acme.requester).get(address(), {**what, "technician": cast.tessa.pk})

    assert response.status_code == 422
    assert "Tessa Testsson does not do this kind of work" in text(response)


def test_c5_the_last_step_says_what_is_held_and_what_would_be_left(acme, client_of, what):
    a_lot(acme.account, 480)

    page = text(client_of(acme.requester).get(address(), {**what, "technicians": 2, "starts_at": TUESDAY.isoformat()}))

    assert "2 h of your credit is held.</b> You would have 6 h left" in page
    assert "Free to change until Mon 23 Nov 09:00." in page
    assert "After that a change or a cancellation costs 2 h." in page


def test_c6_the_last_step_says_exactly_what_is_missing_and_until_when_the_time_is_kept(cast, acme, client_of, what):
    book(cast, acme, credit=30, starts_at=TUESDAY + minutes(120))

    page = text(client_of(acme.requester).get(address(), {**what, "starts_at": TUESDAY.isoformat()}))

    assert "1 h 30 min is missing" in page
    assert "until Mon 23 Nov 09:00" in page
    assert "An approver tops up: Anna Testsson" in page


def test_c10_at_short_notice_the_last_step_says_what_a_change_will_cost_and_when(acme, client_of, what):
    a_lot(acme.account, 480)

    page = text(client_of(acme.requester).get(address(), {**what, "starts_at": at_stockholm(2026, 11, 19, 9).isoformat()}))

    assert "It begins in less than 24 h. You can undo it free for 30 min after booking." in page
    assert "After that a change or a cancellation costs 2 h." in page


def test_c5_booking_holds_the_credit_and_shows_the_session(acme, client_of, everything):
    a_lot(acme.account, 480)

    response = client_of(acme.requester).post(address(), everything)

    session = Session.objects.get()
    acme.account.refresh_from_db()
    assert response.url == reverse("session", args=[session.pk])
    assert (session.state, session.description, session.access_arranged) == (State.SCHEDULED, "Every night.", True)
    assert acme.account.held_minutes == 60


def test_c14_the_same_form_sent_twice_books_once(acme, client_of, everything):
    a_lot(acme.account, 480)
    browser = client_of(acme.requester)

    first, second = browser.post(address(), everything), browser.post(address(), everything)

    assert first.url == second.url
    assert Session.objects.count() == 1


def test_r2_a_time_that_was_taken_meanwhile_is_refused_with_the_nearest_others_and_nothing_is_lost(cast, acme, client_of, everything):
    a_session(cast, acme, starts_at=TUESDAY)
    a_session(cast, acme, starts_at=TUESDAY, technicians=[cast.theo])

    response = client_of(acme.requester).post(address(), everything)

    page = text(response)
    assert response.status_code == 409
    assert "This time is not free any more." in page
    assert f'value="{(TUESDAY + minutes(60)).isoformat()}"' in page
    assert f'name="key" value="{everything["key"]}"' in page
    assert 'name="description" value="Every night."' in page


@pytest.mark.parametrize("typed", ["2027-03-28T02:30", "2026-10-25T02:30", "soon"])
def test_w5_a_clock_time_without_its_offset_books_nothing(acme, client_of, everything, typed):
    response = client_of(acme.requester).post(address(), {**everything, "starts_at": typed})

    assert "Choose one of the open times." in text(response)
    assert not Session.objects.exists()


def test_r2_a_time_off_the_grid_is_refused_in_so_many_words_with_the_nearest_others(acme, client_of, everything):
    crooked = {**everything, "starts_at": (TUESDAY + minutes(7)).isoformat()}

    response = client_of(acme.requester).post(address(), crooked)

    assert response.status_code == 409
    assert "Sessions start every 30 min from midnight on, not at that time. Nothing was booked." in text(response)
    assert f'value="{(TUESDAY + minutes(30)).isoformat()}"' in text(response)


def test_r2_another_time_is_reviewed_before_it_is_booked(acme, client_of, everything):
    other = {**everything, "starts_at": (TUESDAY + minutes(60)).isoformat(), "review": "1"}

    response = client_of(acme.requester).post(address(), other)

    assert response.status_code == 200
    assert "Every night." in text(response)
    assert not Session.objects.exists()


def test_c6_a_third_booking_without_credit_is_refused_and_nothing_typed_is_lost(cast, acme, client_of, everything):
    book(cast, acme, starts_at=TUESDAY + minutes(60))
    book(cast, acme, starts_at=TUESDAY + minutes(120))

    response = client_of(acme.requester).post(address(), everything)

    assert response.status_code == 409
    assert "2 bookings await a top-up already" in text(response)
    assert "Every night." in text(response)


@pytest.mark.parametrize("starts_at", ["", "tomorrow", "2026-11-24T09:00:00", "9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+14:00"])
def test_a_time_that_cannot_be_read_is_refused(acme, client_of, everything, starts_at):
    response = client_of(acme.requester).post(address(), {**everything, "starts_at": starts_at})

    assert response.status_code == 422
    assert not Session.objects.exists()


def test_c16_somebody_elses_account_cannot_be_booked_from(acme, borealis, client_of, everything):
    response = client_of(acme.requester).post(address(), {**everything, "account": borealis.account.pk})

    assert response.status_code == 422
    assert not Session.objects.exists()


def test_a_client_without_an_account_is_told_who_opens_one(cast, acme, client_of):
    acme.account.delete()

    assert "Your account manager opens one." in text(client_of(acme.requester).get(address()))


def test_the_open_times_take_as_many_queries_for_five_bookings_as_for_one(cast, acme, client_of, what):
    browser = client_of(acme.requester)
    a_session(cast, acme, starts_at=TUESDAY)
    with CaptureQueriesContext(connection) as one:
        browser.get(address(), what)
    for number in range(1, 5):
        a_session(cast, acme, starts_at=TUESDAY + minutes(60 * number))

    with CaptureQueriesContext(connection) as several:
        browser.get(address(), what)

    assert len(several) == len(one)


def test_r2_a_booking_that_was_refused_can_be_sent_again_as_it_stands(acme, client_of, everything):
    a_lot(acme.account, 480)
    rolf = client_of(acme.requester)
    with time_machine.travel(TUESDAY - minutes(30), tick=False):  # a page left open past the lead time
        refused = rolf.post(address(), everything)
    form = refused.context["form"]
    shown = {name: form[name].value() for name in everything}

    booked = rolf.post(address(), shown)

    assert (refused.status_code, "That is too soon" in text(refused)) == (409, True)
    assert (shown["title"], str(shown["minutes"])) == ("Disk is full", "60")
    assert "[&#x27;" not in text(refused)
    assert booked.status_code == 302
