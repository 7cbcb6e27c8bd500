"""Moving and cancelling a session: the cost is said before, carried along, and asked again where it has changed (rule C10)."""

import pytest
import time_machine
from django.urls import reverse

from sessions import changes
from sessions.models import State
from tests.cast import NOON, at_stockholm
from tests.sessions.booked import TUESDAY, book, figures
from tests.sessions.factories import a_session, a_started_session, minutes

pytestmark = pytest.mark.django_db

IN_TIME = at_stockholm(2026, 11, 23, 9)
LATE = at_stockholm(2026, 11, 23, 9, 1)
WEDNESDAY = at_stockholm(2026, 11, 25, 9)


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def session(cast, acme):
    return book(cast, acme, credit=480)


def text(response):
    return " ".join(response.content.decode().split())


def move(browser, session, **fields):
    sent = {"starts_at": WEDNESDAY.isoformat(), "shown_minutes": 0, "start": 1, "reason": "", **fields}
    return browser.post(reverse("session-postpone", args=[session.pk]), sent)


def cancel(browser, session, **fields):
    return browser.post(reverse("session-cancel", args=[session.pk]), {"shown_minutes": 0, "start": 1, "reason": "", **fields})


def test_c10_the_open_times_stand_under_what_a_change_costs(session, acme, client_of):
    url = reverse("session-postpone", args=[session.pk])
    browser = client_of(acme.requester)

    in_time = text(browser.get(url))
    with time_machine.travel(LATE, tick=False):
        late = text(browser.get(url))

    assert "Moving it is free until Mon 23 Nov 09:00." in in_time
    assert f'value="{TUESDAY.isoformat()}"' in in_time, "its own time is not taken from itself"
    assert "Moving it was free until Mon 23 Nov 09:00. It costs 2 h of your credit now." in late


def test_c10_the_card_names_the_price_and_what_would_be_left(session, acme, client_of):
    url = reverse("session-postpone", args=[session.pk])

    with time_machine.travel(LATE, tick=False):
        page = text(client_of(acme.requester).get(url, {"starts_at": WEDNESDAY.isoformat()}))

    for said in (
        "From Tue 24 Nov 09:00 to Wed 25 Nov 09:00?",
        "Moving it now costs 2 h of your credit, deducted at once.",
        "You would have 5 h left.",
        "Move it and pay 2 h 00",
        'name="shown_minutes" value="120"',
        "Keep the time",
    ):
        assert said in page


def test_c10_moving_in_time_is_free(session, acme, client_of):
    with time_machine.travel(IN_TIME, tick=False):
        response = move(client_of(acme.requester), session, reason="Our release was delayed.")

    session.refresh_from_db()
    assert response.url == reverse("session", args=[session.pk])
    assert (session.starts_at, session.events.latest("pk").reason) == (WEDNESDAY, "Our release was delayed.")
    assert figures(acme.account) == (420, 60, 0)


def test_c10_moving_late_costs_what_was_shown(session, acme, client_of):
    with time_machine.travel(LATE, tick=False):
        move(client_of(acme.requester), session, shown_minutes=120)

    assert figures(acme.account) == (300, 60, 0)


def test_c10_a_cost_that_changed_is_shown_again_and_nothing_is_done(session, acme, client_of):
    with time_machine.travel(LATE, tick=False):
        response = move(client_of(acme.requester), session, shown_minutes=0, reason="Our release was delayed.")

    page = text(response)
    session.refresh_from_db()
    assert response.status_code == 409
    assert "The cost has changed: this would cost 2 h now." in page
    assert 'name="shown_minutes" value="120"' in page
    assert "Our release was delayed." in page
    assert (session.starts_at, figures(acme.account)) == (TUESDAY, (420, 60, 0))


def test_c10_sent_twice_it_moves_once(session, acme, client_of):
    browser = client_of(acme.requester)

    with time_machine.travel(LATE, tick=False):
        move(browser, session, shown_minutes=120)
        second = move(browser, session, shown_minutes=120)

    assert second.status_code == 409
    assert figures(acme.account) == (300, 60, 0)


def test_c10_a_form_for_one_start_does_nothing_to_the_next(session, acme, client_of):
    changes.postpone(session=session, starts_at=WEDNESDAY, shown_minutes=0, by=acme.approver, at=NOON)

    response = move(client_of(acme.requester), session, starts_at=(WEDNESDAY + minutes(60)).isoformat())

    session.refresh_from_db()
    assert response.status_code == 409
    assert "This session has moved on meanwhile." in text(response)
    assert session.starts_at == WEDNESDAY


def test_r2_a_time_that_was_taken_is_refused_with_the_nearest_others(session, cast, acme, client_of):
    a_session(cast, acme, starts_at=WEDNESDAY)
    a_session(cast, acme, starts_at=WEDNESDAY, technicians=[cast.theo])

    response = move(client_of(acme.requester), session, reason="Delayed")

    page = text(response)
    assert response.status_code == 409
    assert "This time is not free any more." in page
    assert f'value="{(WEDNESDAY + minutes(60)).isoformat()}"' in page
    assert 'name="reason" value="Delayed"' in page


@pytest.mark.parametrize("starts_at", ["", "soon", "2026-11-25T09:00:00", "9999-12-31T23:59:59+00:00"])
def test_a_time_that_cannot_be_read_leads_back_to_the_open_ones(session, acme, client_of, starts_at):
    url = reverse("session-postpone", args=[session.pk])
    browser = client_of(acme.requester)

    assert "Wed 18 Nov to Tue 24 Nov" in text(browser.get(url, {"starts_at": starts_at}))
    assert move(browser, session, starts_at=starts_at).status_code == 409


def test_the_time_it_has_already_is_no_move(session, acme, client_of):
    response = client_of(acme.requester).get(reverse("session-postpone", args=[session.pk]), {"starts_at": TUESDAY.isoformat()})

    assert "The session is at that time already." in text(response)


def test_c10_cancelling_in_time_is_free(session, acme, client_of):
    browser = client_of(acme.requester)

    page = text(browser.get(reverse("session-cancel", args=[session.pk])))
    cancel(browser, session)

    session.refresh_from_db()
    assert "Cancelling is free." in page
    assert (session.state, figures(acme.account)) == (State.CANCELLED, (480, 0, 0))


def test_c10_cancelling_late_costs_what_the_button_says(session, acme, client_of):
    browser = client_of(acme.requester)

    with time_machine.travel(LATE, tick=False):
        page = text(browser.get(reverse("session-cancel", args=[session.pk])))
        cancel(browser, session, shown_minutes=120)

    session.refresh_from_db()
    assert "Cancel it and pay 2 h 00" in page
    assert (session.state, figures(acme.account)) == (State.CANCELLED, (360, 0, 0))


def test_c10_cancelling_at_another_cost_than_shown_is_refused(session, acme, client_of):
    with time_machine.travel(LATE, tick=False):
        response = cancel(client_of(acme.requester), session, reason="Not needed")

    session.refresh_from_db()
    assert response.status_code == 409
    assert "Cancel it and pay 2 h 00" in text(response)
    assert "Not needed" in text(response)
    assert session.state == State.SCHEDULED


def test_c11_what_the_credit_does_not_cover_is_said_before(cast, acme, client_of):
    session = book(cast, acme, credit=60)

    with time_machine.travel(LATE, tick=False):
        page = text(client_of(acme.requester).get(reverse("session-cancel", args=[session.pk])))

    assert "1 h of it is not covered by your credit and would be owed." in page


def test_c6_an_awaiting_booking_is_moved_and_cancelled_free(cast, acme, client_of):
    session = book(cast, acme)
    browser = client_of(acme.requester)

    with time_machine.travel(at_stockholm(2026, 11, 24, 8), tick=False):
        page = text(browser.get(reverse("session-postpone", args=[session.pk])))
        cancel(browser, session)

    session.refresh_from_db()
    assert "No time is agreed yet, so moving it is free." in page
    assert (session.state, figures(acme.account)) == (State.CANCELLED, (0, 0, 0))


@pytest.mark.parametrize("name", ["session-postpone", "session-cancel"])
def test_r6_a_session_that_has_begun_is_not_changed_any_more(cast, acme, client_of, name):
    session = a_started_session(cast, acme)

    response = client_of(acme.requester).get(reverse(name, args=[session.pk]), follow=True)

    assert response.redirect_chain == [(reverse("session", args=[session.pk]), 302)]
    assert "This session has moved on meanwhile." in text(response)
