"""Logging time at the desk: lines are added, corrected and taken back, in the writer's own clock."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.urls import reverse

from clients.models import StaffDuty
from sessions.models import WorkEntry
from tests.cast import NOON, a_colleague
from tests.sessions.factories import a_started_session, a_submitted_session, minutes, work

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def one_o_clock():
    with time_machine.travel(NOON + minutes(60), tick=False):
        yield


def log(browser, session, **said):
    typed = {"on": "2026-11-18", "begins": "12:00", "ends": "12:13", "note": "Cleaned up"}
    return browser.post(reverse("desk-session-log", args=[session.pk]), typed | said)


def lines(session):
    found = WorkEntry.objects.filter(session=session).order_by("pk")
    return [(entry.person.name, entry.minutes, entry.live) for entry in found.select_related("person")]


def text(response):
    return " ".join(response.content.decode().split())


def test_r7_a_technician_logs_time_by_their_own_clock(cast, acme, client_of):
    session = a_started_session(cast, acme)

    response = log(client_of(cast.tessa.person), session, technician=cast.tessa.person.pk)

    entry = WorkEntry.objects.get()
    assert response.status_code == 302
    assert (entry.started_at, entry.ended_at) == (NOON, NOON + minutes(13))
    assert (entry.person, entry.note) == (cast.tessa.person, "Cleaned up")


def test_r7_the_account_manager_logs_time_for_anybody_of_the_crew(cast, acme, client_of):
    session = a_started_session(cast, acme, technicians=[cast.tessa, cast.theo])
    browser = client_of(cast.max)

    page = text(browser.get(reverse("desk-session", args=[session.pk])))
    log(browser, session, technician=cast.theo.person.pk)

    assert "Who worked" in page
    assert lines(session) == [("Theo Testsson", 13, True)]


def test_the_form_begins_where_the_last_line_ended(cast, acme, client_of):
    session = a_started_session(cast, acme)
    work(session, cast.tessa, length=25)

    page = text(client_of(cast.tessa.person).get(reverse("desk-session", args=[session.pk])))

    assert 'value="12:25"' in page
    assert 'value="13:00"' in page


def test_a_line_that_ends_before_it_begins_is_refused_and_what_was_typed_is_kept(cast, acme, client_of):
    session = a_started_session(cast, acme)

    response = log(client_of(cast.tessa.person), session, technician=cast.tessa.person.pk, ends="11:30", note="Typed with care")

    assert response.status_code == 409
    assert "The work has to end after it began" in text(response)
    assert "Typed with care" in text(response)
    assert lines(session) == []


def test_a_line_over_another_of_the_same_person_is_refused(cast, acme, client_of):
    session = a_started_session(cast, acme)
    work(session, cast.tessa, length=25)

    response = log(client_of(cast.tessa.person), session, technician=cast.tessa.person.pk)

    assert response.status_code == 409
    assert lines(session) == [("Tessa Testsson", 25, True)]


def test_a_line_ahead_of_time_is_refused(cast, acme, client_of):
    session = a_started_session(cast, acme)

    response = log(client_of(cast.tessa.person), session, technician=cast.tessa.person.pk, ends="13:01")

    assert response.status_code == 409
    assert lines(session) == []


def test_a_line_without_a_day_is_not_well_filled_in(cast, acme, client_of):
    session = a_started_session(cast, acme)

    response = log(client_of(cast.tessa.person), session, technician=cast.tessa.person.pk, on="")

    assert response.status_code == 422
    assert lines(session) == []


def test_a_technician_does_not_log_for_a_colleague(cast, acme, client_of):
    session = a_started_session(cast, acme, technicians=[cast.tessa, cast.theo])

    response = log(client_of(cast.tessa.person), session, technician=cast.theo.person.pk)

    assert response.status_code == 422
    assert lines(session) == []


def test_a_dispatcher_who_did_not_work_logs_nothing(cast, acme, client_of):
    session = a_started_session(cast, acme)
    disa = a_colleague("Disa", StaffDuty.DISPATCHER)

    response = log(client_of(disa), session, technician=disa.pk)

    assert response.status_code == 403
    assert lines(session) == []


def test_w5_a_time_that_the_clocks_skipped_is_refused(cast, acme, client_of):
    with time_machine.travel(datetime(2027, 3, 28, 6, tzinfo=UTC), tick=False):
        session = a_started_session(cast, acme, starts_at=datetime(2027, 3, 28, 0, 30, tzinfo=UTC))
        said = {"technician": cast.tessa.person.pk, "on": "2027-03-28", "begins": "02:30", "ends": "03:30"}
        response = log(client_of(cast.tessa.person), session, **said)

    assert response.status_code == 422
    assert "This time does not exist on that day" in text(response)
    assert lines(session) == []


def test_w5_work_over_the_hour_that_comes_twice_is_as_long_as_it_was(cast, acme, client_of):
    with time_machine.travel(datetime(2026, 10, 25, 6, tzinfo=UTC), tick=False):
        session = a_started_session(cast, acme, starts_at=datetime(2026, 10, 25, 0, 0, tzinfo=UTC))
        said = {"technician": cast.tessa.person.pk, "on": "2026-10-25", "begins": "02:45", "ends": "02:15"}
        log(client_of(cast.tessa.person), session, **said)

    assert lines(session) == [("Tessa Testsson", 30, True)]


def test_work_until_midnight_ends_the_next_day(cast, acme, client_of):
    evening = NOON + minutes(11 * 60)
    with time_machine.travel(evening + minutes(90), tick=False):
        session = a_started_session(cast, acme, starts_at=evening)
        log(client_of(cast.tessa.person), session, technician=cast.tessa.person.pk, begins="23:20", ends="00:00")

    assert lines(session) == [("Tessa Testsson", 40, True)]


def test_an_entry_is_corrected_and_both_stay_readable(cast, acme, client_of):
    session = a_started_session(cast, acme)
    entry = work(session, cast.tessa, length=25)
    browser = client_of(cast.tessa.person)
    url = reverse("desk-work-correct", args=[entry.pk])
    typed = {"technician": cast.tessa.person.pk, "on": "2026-11-18", "begins": "12:00", "ends": "12:20", "note": "Cleaned up"}

    page, response = browser.get(url), browser.post(url, typed)

    assert 'value="12:25"' in text(page)
    assert response.status_code == 302
    assert lines(session) == [("Tessa Testsson", 25, False), ("Tessa Testsson", 20, True)]


def test_an_entry_is_taken_back_with_a_reason(cast, acme, client_of):
    session = a_started_session(cast, acme)
    entry = work(session, cast.tessa, length=25)
    browser = client_of(cast.tessa.person)
    url = reverse("desk-work-take-back", args=[entry.pk])

    page, refused, response = browser.get(url), browser.post(url, {"reason": ""}), browser.post(url, {"reason": "Wrong session"})

    assert "Take back 0 h 25" in text(page)
    assert (refused.status_code, response.status_code) == (422, 302)
    assert lines(session) == [("Tessa Testsson", 25, False)]


def test_an_entry_is_not_taken_back_twice(cast, acme, client_of):
    session = a_started_session(cast, acme)
    entry = work(session, cast.tessa, length=25)
    browser = client_of(cast.tessa.person)
    url = reverse("desk-work-take-back", args=[entry.pk])
    browser.post(url, {"reason": "Wrong session"})

    response = browser.post(url, {"reason": "Wrong session"})

    assert response.status_code == 409
    assert "already been taken back" in text(response)


def test_an_entry_of_submitted_hours_is_not_corrected(cast, acme, client_of):
    entry = a_submitted_session(cast, acme).work.get()
    typed = {"technician": cast.tessa.person.pk, "on": "2026-11-18", "begins": "12:00", "ends": "12:20", "note": "Cleaned up"}

    response = client_of(cast.tessa.person).post(reverse("desk-work-correct", args=[entry.pk]), typed)

    assert response.status_code == 409
    assert "have to be opened again first" in text(response)


@pytest.mark.parametrize("act", ["desk-work-correct", "desk-work-take-back"])
def test_strangers_do_not_find_an_entry(cast, acme, borealis, client_of, act):
    entry = work(a_started_session(cast, acme), cast.tessa, length=25)
    strangers = [acme.approver, borealis.approver, cast.theo.person, a_colleague("Mia", StaffDuty.ACCOUNT_MANAGER)]

    answers = [client_of(person).get(reverse(act, args=[entry.pk])).status_code for person in strangers]

    assert answers == [404] * 4
