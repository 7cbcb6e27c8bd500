"""Everybody's week at the desk: names for who may see them, busy for all others, nothing moved by a drag (rules R2, R3)."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.models import StaffDuty
from sessions.models import BusyTime, ExceptionKind, HoursException, Session, State, WeeklyHours
from tests.cast import NOON, a_client, a_colleague, a_technician, at_stockholm
from tests.sessions.factories import a_session, a_submitted_session

pytestmark = pytest.mark.django_db
MONDAY, NEXT_MONDAY = "2026-11-23", "2026-11-30"
TUESDAY_NINE = at_stockholm(2026, 11, 24, 9)


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def text(response):
    return " ".join(response.content.decode().split())


def week(browser, day=MONDAY):
    return browser.get(reverse("desk-week"), {"date": day})


def stints(response):
    """What stands in the week: technician, day, title or what takes the time, and whether it can be moved."""
    return [
        (str(line.technician).split()[0], day.on.day, stint.session.title if stint.session else str(stint.taken), stint.movable)
        for line in response.context["lines"]
        for day in line.days
        for stint in day.stints
    ]


def events(browser, first=MONDAY, last=NEXT_MONDAY):
    """What the calendar is drawn from, without the times at which nobody works."""
    answer = browser.get(reverse("desk-week-events"), {"first": first, "last": last})
    return [event for event in answer.json()["events"] if event.get("classNames") != ["away"]]


def test_the_week_names_what_one_may_see_and_moves_what_one_may_move(cast, acme, borealis, client_of):
    a_session(cast, acme, title="Hers", starts_at=TUESDAY_NINE)
    a_session(cast, borealis, title="His", technicians=[cast.theo], starts_at=TUESDAY_NINE)
    a_session(cast, acme, title="Next week", starts_at=TUESDAY_NINE + timedelta(days=7))
    hers, his = [("Tessa", 24, "Hers", True), ("Tessa", 24, "busy", False)], [("Theo", 24, "His", True), ("Theo", 24, "busy", False)]

    seen = {person: stints(week(client_of(person))) for person in (cast.tessa.person, cast.theo.person, cast.max, cast.ada)}

    assert seen == {
        cast.tessa.person: [hers[0], his[1]],
        cast.theo.person: [hers[1], his[0]],
        cast.max: [hers[0], his[0]],
        cast.ada: [("Tessa", 24, "Hers", False), ("Theo", 24, "His", False)],
    }


def test_busy_is_without_any_name(cast, borealis, client_of):
    a_session(cast, borealis, title="Secret plan", technicians=[cast.theo], starts_at=TUESDAY_NINE)
    browser = client_of(cast.tessa.person)

    page, shown = text(week(browser)), events(browser)

    assert "Busy" in page
    assert "Secret plan" not in page
    assert "Borealis" not in page
    assert shown == [
        {
            "resourceIds": [cast.theo.pk],
            "start": "2026-11-24T09:00:00",
            "end": "2026-11-24T10:00:00",
            "editable": False,
            "startEditable": False,
            "title": "Busy",
            "classNames": ["busy"],
        }
    ]


def test_a_session_one_may_see_has_title_client_and_ways_on(cast, acme, client_of):
    session = a_session(cast, acme, starts_at=TUESDAY_NINE)

    (shown,) = events(client_of(cast.tessa.person))

    assert (shown["title"], shown["startEditable"], shown["classNames"]) == ("Disk is full", True, ["booked"])
    assert shown["extendedProps"] == {
        "client": "Acme",
        "at": "2026-11-24T09:00:00",
        "page": f"/desk/sessions/{session.pk}/",
        "move": f"/desk/sessions/{session.pk}/move/",
        "technician": f"/desk/sessions/{session.pk}/technician/",
    }


def test_own_calendars_and_off_times_are_background(cast, client_of):
    BusyTime.objects.create(technician=cast.tessa, starts_at=TUESDAY_NINE, ends_at=TUESDAY_NINE + timedelta(hours=1))
    BusyTime.objects.create(technician=cast.tessa, starts_at=TUESDAY_NINE + timedelta(hours=1), ends_at=TUESDAY_NINE + timedelta(hours=2))
    off = {"kind": ExceptionKind.OFF, "first_on": date(2026, 11, 25), "last_on": date(2026, 11, 25)}
    HoursException.objects.create(technician=cast.tessa, **off)
    browser = client_of(cast.ada)

    answer = browser.get(reverse("desk-week-events"), {"first": MONDAY, "last": NEXT_MONDAY}).json()

    hers = [event for event in answer["events"] if event["resourceIds"] == [cast.tessa.pk]]
    elsewhere = [event for event in hers if event["classNames"] == ["elsewhere"]]
    away = [(event["start"], event["end"]) for event in hers if event["classNames"] == ["away"]]
    assert [(event["start"], event["end"], event["display"]) for event in elsewhere] == [
        ("2026-11-24T09:00:00", "2026-11-24T11:00:00", "background")
    ]
    assert ("2026-11-24T17:00:00", "2026-11-26T08:00:00") in away
    assert [resource["title"] for resource in answer["resources"]] == ["Tessa Testsson", "Theo Testsson"]
    assert "Own calendar" in text(week(browser))


def test_what_has_been_worked_stays_in_its_week(cast, acme, client_of):
    a_submitted_session(cast, acme, title="Done", starts_at=NOON - timedelta(days=1))

    assert stints(week(client_of(cast.tessa.person), "2026-11-18")) == [("Tessa", 17, "Done", False)]


def test_what_awaits_a_top_up_says_so(cast, acme, client_of):
    session = a_session(cast, acme, starts_at=TUESDAY_NINE)
    Session.objects.filter(pk=session.pk).update(state=State.AWAITING_TOP_UP, top_up_by=NOON)

    assert "Awaiting top-up" in text(week(client_of(cast.tessa.person)))


def test_w5_the_week_is_that_of_the_readers_clock(cast, acme, client_of):
    late = a_technician("Late")
    WeeklyHours.objects.filter(technician=late).update(opens="20:00", closes="00:00")
    a_session(cast, acme, technicians=[late], starts_at=at_stockholm(2026, 11, 24, 23), title="Late")
    dora = a_colleague("Dora", StaffDuty.DISPATCHER, time_zone="Asia/Tokyo")

    page = week(client_of(dora))

    assert stints(page) == [("Late", 25, "Late", True)]
    assert "07:00–08:00" in text(page)
    assert "by the clock in Tokyo" in text(page)


def test_w5_an_hour_that_exists_twice_says_which(cast, acme, client_of):
    a_session(cast, acme, starts_at=at_stockholm(2026, 10, 25, 0) + timedelta(hours=3))

    page = text(week(client_of(cast.tessa.person), "2026-10-25"))

    assert "02:00 (UTC+1)–03:00" in page


def test_weeks_are_turned_by_links(cast, client_of):
    page = text(week(client_of(cast.ada)))

    for said in ("Mon 23 Nov to Sun 29 Nov", "?date=2026-11-16", "?date=2026-11-30", "This week"):
        assert said in page


@pytest.mark.parametrize("day", ["", "soon", "2026-02-31", "0001-01-01", "9999-12-31"])
def test_a_week_that_cannot_be_shown_is_this_one(cast, client_of, day):
    assert "Mon 16 Nov to Sun 22 Nov" in text(week(client_of(cast.ada), day))


@pytest.mark.parametrize(("first", "last"), [("", ""), ("2026-11-23", "2026-11-23"), ("2026-01-01", "2026-12-31"), ("x", "2026-11-30")])
def test_days_that_cannot_be_drawn_are_refused(cast, client_of, first, last):
    answer = client_of(cast.ada).get(reverse("desk-week-events"), {"first": first, "last": last})

    assert answer.status_code == 400


@pytest.mark.parametrize("name", ["desk-week", "desk-week-events"])
def test_the_week_asks_as_much_for_many_as_for_few(cast, acme, client_of, name):
    browser, asked = client_of(cast.tessa.person), {"date": MONDAY, "first": MONDAY, "last": NEXT_MONDAY}
    a_session(cast, acme, starts_at=TUESDAY_NINE)
    a_session(cast, acme, technicians=[cast.theo], starts_at=TUESDAY_NINE)
    BusyTime.objects.create(technician=cast.tessa, starts_at=TUESDAY_NINE, ends_at=TUESDAY_NINE + timedelta(hours=1))
    with CaptureQueriesContext(connection) as few:
        browser.get(reverse(name), asked)

    for number in range(4):
        client, technician = a_client(cast, f"Org{number}"), a_technician(f"Tom{number}")
        for hour in range(3):
            a_session(cast, client, technicians=[technician], starts_at=TUESDAY_NINE + timedelta(hours=hour))
            a_session(cast, client, starts_at=TUESDAY_NINE + timedelta(days=1, hours=3 * number + hour))
    with CaptureQueriesContext(connection) as many:
        browser.get(reverse(name), asked)

    assert len(many) == len(few) <= 19


def test_without_technicians_the_week_says_so(cast, client_of):
    for technician in (cast.tessa, cast.theo):
        technician.person.is_active = False
        technician.person.save()

    assert "No technicians yet" in text(week(client_of(cast.ada)))


@pytest.mark.parametrize("name", ["desk-week", "desk-week-events"])
def test_clients_and_finance_find_no_week(cast, acme, client_of, name):
    assert [client_of(person).get(reverse(name)).status_code for person in (acme.approver, cast.fia)] == [404, 404]


def test_r2_what_was_dropped_is_chosen_on_the_page_that_moves(cast, acme, client_of):
    session = a_session(cast, acme, starts_at=TUESDAY_NINE)
    page = client_of(cast.tessa.person).get(reverse("desk-session-move", args=[session.pk]), {"starts_at": "2026-11-26T10:00"})

    assert f'value="{at_stockholm(2026, 11, 26, 10).isoformat()}" required checked' in text(page)
    assert "Open times from Thu 26 Nov" in text(page)
    assert "is not open" not in text(page)


@pytest.mark.parametrize("asked", ["2026-11-26T03:00", "2026-11-24T09:00", "2026-11-28T10:00:00+00:00"])
def test_r2_a_time_that_is_not_open_is_said_to_be_so(cast, acme, client_of, asked):
    session = a_session(cast, acme, starts_at=TUESDAY_NINE)
    page = client_of(cast.tessa.person).get(reverse("desk-session-move", args=[session.pk]), {"starts_at": asked})

    assert "is not open for this session. Nothing has changed" in text(page)
    assert "checked" not in text(page)


@pytest.mark.parametrize("asked", ["", "soon", "2027-03-28T02:30", "9999-12-31T23:59", "2026-11-26T10:00+99:00"])
def test_w5_a_time_that_is_none_is_as_if_it_had_not_been_asked(cast, acme, client_of, asked):
    session = a_session(cast, acme, starts_at=TUESDAY_NINE)
    page = client_of(cast.tessa.person).get(reverse("desk-session-move", args=[session.pk]), {"starts_at": asked})

    assert page.status_code == 200
    assert "is not open" not in text(page)
    assert "Open times from Wed 18 Nov" in text(page)
