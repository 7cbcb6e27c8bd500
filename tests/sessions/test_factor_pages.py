"""Where the factor of a session is said: choosing a time, before booking and moving, on its page, in its hours (rule C17)."""

import re
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sessions import changes, consents, worklogs
from sessions.models import Session, SessionTerms, TimeBand
from tests.cast import NOON
from tests.sessions.banded import AFTERNOON, a_level, an_evening
from tests.sessions.booked import book, mails
from tests.sessions.changing import HOUR, WEDNESDAY
from tests.sessions.factories import a_lot, a_session, minutes

NEXT_AFTERNOON = AFTERNOON + 24 * HOUR
HOLDS = re.compile(r'name="shown_held" value="(\d+)"')


@pytest.fixture(autouse=True)
def noon(db):
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def evening(cast):
    return an_evening()


@pytest.fixture
def what(cast, acme):
    """What the first step asks for."""
    wish = {"account": acme.account.pk, "purpose": cast.purpose.pk, "title": "Disk is full"}
    return {**wish, "minutes": 60, "technicians": 1, "technician": ""}


@pytest.fixture
def rolf(acme, client_of):
    return client_of(acme.requester)


def text(response):
    return " ".join(response.content.decode().split())


def words(response):
    return " ".join(re.sub("<[^>]+>", " ", text(response)).split())


def submitted(session, tessa, length):
    worklogs.start(session=session, by=tessa.person, at=AFTERNOON)
    done = AFTERNOON + minutes(length)
    log = {"technician_person": tessa.person, "started_at": AFTERNOON, "ended_at": done, "note": "Cleaned up"}
    worklogs.log(session=session, by=tessa.person, at=done, **log)
    return worklogs.submit(session=session, summary="Removed old logs.", by=tessa.person, at=done)


# Booking


def test_c17_times_in_a_band_say_what_an_hour_comes_to_and_others_say_nothing(rolf, evening, what):
    page = text(rolf.get(reverse("session-new"), what))

    assert "<span>15:00<small>Evening: 1 h → 1 h 30 min</small></span>" in page
    assert "<span>14:30</span>" in page
    assert "This needs 1 h of credit; 1 h is missing." in page
    assert "Times that come to another amount say so." in page


def test_c17_without_bands_no_time_says_anything(rolf, what):
    page = text(rolf.get(reverse("session-new"), what))

    assert "<small>" not in page.partition('id="times"')[2].partition("</form>")[0]
    assert "another amount" not in page


def test_c17_a_skill_counts_at_every_time(cast, rolf, what):
    a_level(cast, 200)

    page = text(rolf.get(reverse("session-new"), what))

    assert "<span>09:00<small>Specialist: 1 h → 2 h</small></span>" in page
    assert "This needs 2 h of credit; 2 h is missing." in page


def test_c17_the_notes_take_no_query_for_each_time(rolf, evening, what):
    with CaptureQueriesContext(connection) as few:
        rolf.get(reverse("session-new"), {**what, "from": "2026-11-24", "minutes": 480})
    with CaptureQueriesContext(connection) as many:
        rolf.get(reverse("session-new"), {**what, "from": "2026-11-24", "minutes": 30})

    assert len(many) == len(few)


def test_c17_before_booking_the_amount_stands_with_its_reason(cast, acme, rolf, evening, what):
    a_level(cast)
    a_lot(acme.account, 480)

    page = rolf.get(reverse("session-new"), {**what, "starts_at": AFTERNOON.isoformat()})

    assert "Evening 150% × Specialist 120%: 1 h → 1 h 50 min" in words(page)
    assert "A session that begins in this time band has its factor from beginning to end." in words(page)
    assert "1 h 50 min of your credit is held. You would have 6 h 10 min left to book." in words(page)
    assert HOLDS.findall(text(page)) == ["110"]


def test_c17_what_was_shown_is_what_is_booked(acme, rolf, evening, what):
    a_lot(acme.account, 480)

    rolf.post(reverse("session-new"), {**what, "starts_at": AFTERNOON.isoformat(), "key": str(uuid4()), "shown_held": 90})

    assert (Session.objects.get().factor_percent, Session.objects.get().held_minutes) == (150, 90)


def test_c17_where_the_amount_has_changed_nothing_is_booked_and_the_new_one_is_shown(acme, rolf, evening, what):
    a_lot(acme.account, 480)
    TimeBand.objects.update(factor_percent=200)

    page = rolf.post(reverse("session-new"), {**what, "starts_at": AFTERNOON.isoformat(), "key": str(uuid4()), "shown_held": 90})

    assert (page.status_code, Session.objects.count()) == (409, 0)
    assert "The amount has changed: 2 h of credit would be held now." in words(page)
    assert HOLDS.findall(text(page)) == ["120"]


def test_r2_where_the_time_is_taken_the_nearest_times_say_what_they_come_to(cast, acme, rolf, evening, what):
    for technician in (cast.tessa, cast.theo):
        a_session(cast, acme, technicians=[technician], starts_at=AFTERNOON)

    page = rolf.post(reverse("session-new"), {**what, "starts_at": AFTERNOON.isoformat(), "key": str(uuid4())})

    assert page.status_code == 409
    assert "<span>16:00<small>Evening: 1 h → 1 h 30 min</small></span>" in text(page)


# The session


def test_c17_the_page_of_a_session_says_what_it_comes_to(cast, acme, rolf, evening, client_of):
    session = book(cast, acme, credit=480, starts_at=AFTERNOON)

    page = words(rolf.get(reverse("session", args=[session.pk])))
    desk = words(client_of(cast.max).get(reverse("desk-session", args=[session.pk])))

    assert "Comes to Evening 150%: 1 h → 1 h 30 min" in page
    assert "Comes to Evening 150%: 1 h → 1 h 30 min" in desk


def test_c17_an_hour_that_counts_as_an_hour_is_not_explained(cast, acme, rolf, evening):
    session = book(cast, acme, credit=480)

    assert "Comes to" not in words(rolf.get(reverse("session", args=[session.pk])))


def test_c17_the_mail_about_a_booking_says_what_it_comes_to_in_its_readers_language(cast, acme, evening):
    cast.tessa.person.language = "sv"
    cast.tessa.person.save()

    book(cast, acme, credit=480, starts_at=AFTERNOON, technician=cast.tessa)

    (to_rolf,) = (body for address, body in mails("").items() if address == "rolf")
    (to_tessa,) = (body for address, body in mails("").items() if address == "tessa")
    assert "Estimate: 1 h.\nEvening 150%: 1 h → 1 h 30 min\n" in to_rolf
    assert "Evening (sv) 150\N{NO-BREAK SPACE}%: 1 tim → 1 tim 30 min\n" in to_tessa


# Moving


def test_c17_the_new_amount_is_said_before_a_move(cast, acme, rolf, evening):
    session = book(cast, acme, credit=480)
    url = reverse("session-postpone", args=[session.pk])

    times = text(rolf.get(url, {"from": "2026-11-25"}))
    into = rolf.get(url, {"starts_at": NEXT_AFTERNOON.isoformat()})

    assert "<span>15:00<small>Evening: 1 h → 1 h 30 min</small></span>" in times
    assert "Evening 150%: 1 h → 1 h 30 min" in words(into)
    assert "You would have 6 h 30 min left." in words(into)
    assert HOLDS.findall(text(into)) == ["90"]


def test_c10_the_card_names_what_a_later_change_would_cost_at_the_new_amount(cast, acme, rolf, evening):
    SessionTerms.objects.update(penalty_capped_at_estimate=True)
    session = book(cast, acme, credit=480, starts_at=WEDNESDAY)

    with time_machine.travel(AFTERNOON - 2 * HOUR, tick=False):
        into = rolf.get(reverse("session-postpone", args=[session.pk]), {"starts_at": AFTERNOON.isoformat()})

    assert "once it is agreed, every further change or cancellation costs 1 h 30 min" in words(into)


def test_c17_leaving_a_band_is_said_too(cast, acme, rolf, evening):
    session = book(cast, acme, credit=480, starts_at=AFTERNOON)

    out = rolf.get(reverse("session-postpone", args=[session.pk]), {"starts_at": WEDNESDAY.isoformat()})

    assert "At this time an hour counts as an hour: 1 h is held instead of 1 h 30 min." in words(out)


def test_c17_a_move_at_another_amount_than_was_shown_shows_the_new_one(cast, acme, rolf, evening):
    session = book(cast, acme, credit=480)
    sent = {"starts_at": NEXT_AFTERNOON.isoformat(), "shown_minutes": 0, "shown_held": 60, "start": 1, "reason": ""}

    page = rolf.post(reverse("session-postpone", args=[session.pk]), sent)
    again = rolf.post(reverse("session-postpone", args=[session.pk]), {**sent, "shown_held": HOLDS.findall(text(page))[0]})

    session.refresh_from_db()
    assert (page.status_code, again.status_code) == (409, 302)
    assert "The amount has changed: 1 h 30 min of credit would be held now." in words(page)
    assert (session.starts_at, session.factor_percent) == (NEXT_AFTERNOON, 150)


def test_c17_what_happened_and_the_mail_tell_of_the_new_factor(cast, acme, rolf, evening):
    session = book(cast, acme, credit=480)
    move = {"session": session, "by": acme.requester, "at": NOON, "shown_minutes": 0}
    changes.postpone(starts_at=NEXT_AFTERNOON, **move)

    page = words(rolf.get(reverse("session", args=[session.pk])))

    assert "from Tue 24 Nov 09:00 to Wed 25 Nov 15:00, free, hours count 150% instead of 100%" in page
    assert "Evening 150%: 1 h → 1 h 30 min" in mails("Moved")["rolf"]


# Hours


def test_c17_the_receipt_leads_from_what_was_worked_over_the_factor_to_what_is_charged(cast, acme, rolf, evening):
    session = submitted(book(cast, acme, credit=480, starts_at=AFTERNOON, technician=cast.tessa), cast.tessa, 39)

    page = words(rolf.get(reverse("session-hours", args=[session.pk])))

    assert "Worked 0 h 39 Multiplied Evening 150% 0 h 58.5 Charged rounded once, over all lines 1 h 00" in page


def test_c17_the_mail_that_asks_for_confirmation_has_the_same_figures(cast, acme, evening):
    submitted(book(cast, acme, credit=480, starts_at=AFTERNOON, technician=cast.tessa), cast.tessa, 39)

    asked = mails("confirm")["anna"]

    assert "Worked: 39 min.\nEvening 150%: 0 h 58.5.\nCharged, rounded once: 1 h.\n" in asked


def test_c17_a_question_for_more_time_says_what_it_comes_to(cast, acme, evening, client_of):
    session = book(cast, acme, credit=480, starts_at=AFTERNOON, technician=cast.tessa)
    worklogs.start(session=session, by=cast.tessa.person, at=AFTERNOON)
    asked = consents.ask_consent(session=session, minutes=120, reason="More to do", by=cast.tessa.person, at=AFTERNOON)

    page = words(client_of(acme.approver).get(reverse("consent", args=[asked.pk])))

    assert "Evening 150%: 2 h → 3 h" in page
    assert "Evening 150%: 2 h → 3 h" in mails("May we work")["anna"]


def test_c17_the_desk_measures_work_against_the_estimate_not_against_the_credit(cast, acme, evening, client_of):
    session = book(cast, acme, credit=480, starts_at=AFTERNOON, technician=cast.tessa)
    worklogs.start(session=session, by=cast.tessa.person, at=AFTERNOON)
    done = AFTERNOON + minutes(30)
    log = {"technician_person": cast.tessa.person, "started_at": AFTERNOON, "ended_at": done, "note": "Cleaned up"}
    worklogs.log(session=session, by=cast.tessa.person, at=done, **log)

    page = words(client_of(cast.tessa.person).get(reverse("desk-session", args=[session.pk])))

    assert "Over 1 h 09 min needs the client’s word" in page
