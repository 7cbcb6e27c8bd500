"""Bookings and series that cannot be: a clear word, and nothing is as it was not before (rules C14, R1, R2, W5).

Every figure of every table is compared: how many rows, their states, the sums of their numbers.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from people.models import Person
from sessions.models import Series, Session
from tests.cast import NOON, at_stockholm
from tests.journeys.belongings import browser_of
from tests.proofs.traces import effect, traces
from tests.sessions.booked import TUESDAY
from tests.sessions.factories import a_lot, a_session
from tests.sessions.recurring import a_series

pytestmark = pytest.mark.django_db
CHOICE, REQUIRED, TIME = "Select a valid choice.", "This field is required.", "Choose one of the open times."
ESTIMATES = ["0", "-30", "45", "60.5", "1e3", "10080", str(10**12), "9" * 5000, "sixty", "²", ""]
IDS = ["0", "-1", "99999999", "9" * 30, "x", "None", ""]

WHAT: list[tuple[dict[str, Any], str]] = [
    *[({"minutes": minutes}, CHOICE if minutes else REQUIRED) for minutes in ESTIMATES],
    *[({name: number}, CHOICE if number else REQUIRED) for name in ("account", "purpose") for number in IDS],
    *[({"technician": number}, CHOICE) for number in IDS if number],
    *[({"technicians": number}, CHOICE) for number in ("0", "3", "-1", "two")],
    ({"title": ""}, REQUIRED),
    ({"title": " \t\r\n"}, REQUIRED),
    ({"title": "x" * 121}, "Ensure this value has at most 120 characters (it has 121)."),
    ({"title": "Disk\x00"}, "Null characters are not allowed."),
    ({"description": "x" * 4001}, "Ensure this value has at most 4000 characters (it has 4001)."),
    ({"description": "a\x00b"}, "Null characters are not allowed."),
    ({"key": ""}, REQUIRED),
    ({"key": "k" * 37}, "Ensure this value has at most 36 characters (it has 37)."),
    ({"key": "k\x00"}, "Null characters are not allowed."),
]
"""What cannot be, whether it comes once or again, and what is said to it."""

TIMES: list[tuple[str, int, str]] = [
    ("", 422, REQUIRED),
    ("tomorrow", 422, TIME),
    ("2026-11-24T09:00", 422, TIME),
    ("2027-03-28T02:30", 422, TIME),
    ("2026-11-31T09:00+01:00", 422, TIME),
    ("2026-11-24T25:00+01:00", 422, TIME),
    ("2026-11-24T09:00+99:00", 422, TIME),
    ("0001-01-01T00:00+14:00", 422, TIME),
    ("9999-12-31T23:59-14:00", 422, TIME),
    ("2026-11-24T09:00\x00+01:00", 422, TIME),
    ("2026-11-17T09:00+01:00", 409, "That is too soon: the earliest start is Wed 18 Nov 13:00."),
    ("2026-11-18T12:30+01:00", 409, "That is too soon"),
    ("2001-01-02T09:00+01:00", 409, "That is too soon"),
    ("2027-01-18T09:00+01:00", 409, "That is too far ahead"),
    ("2098-11-24T09:00+01:00", 409, "That is too far ahead"),
    ("2026-11-24T09:10+01:00", 409, "Sessions start every 30 min from midnight on"),
    ("2026-11-24T09:00:01+01:00", 409, "Sessions start every 30 min from midnight on"),
    ("2026-11-24T03:00+01:00", 409, "This time is not free any more."),
    ("2026-11-22T09:00+01:00", 409, "This time is not free any more."),
]

DAYS: list[tuple[dict[str, str], str]] = [
    *[({"time_zone": zone}, "is not a time zone") for zone in ("Europe/Atlantis", "../../etc/passwd", "CEST+2", "stockholm")],
    ({"time_zone": "x" * 65}, "Ensure this value has at most 64 characters (it has 65)."),
    ({"time_zone": "Europe/Stockholm\x00"}, "Null characters are not allowed."),
    ({"time_zone": ""}, REQUIRED),
    *[({"at_clock": clock}, "Enter a valid time.") for clock in ("24:00", "25:61", "-1:00", "nine", "09:00+02:00")],
    ({"at_clock": "09:10"}, "choose 09:00 or 09:30"),
    *[({"first_on": day}, "Enter a valid date.") for day in ("2026-02-30", "2026-11", "10000-01-01", "0000-00-00")],
    *[({"first_on": day}, "Ensure this value is") for day in ("0001-01-01", "9999-12-31")],
    ({"first_on": "2026-11-01"}, "The first date would have passed already."),
    ({"first_on": "2031-01-01"}, "more than two years ahead"),
    ({"last_on": "2026-11-19"}, "There is no such day before the series ends."),
    ({"last_on": "9999-12-31"}, "Ensure this value is"),
    *[({"ordinal": ordinal}, CHOICE) for ordinal in ("0", "5", "-2", "first")],
    *[({"weekday": weekday}, CHOICE) for weekday in ("7", "-1", "Tuesday")],
    *[({"every_months": months}, CHOICE) for months in ("0", "-1", "13", "9" * 5000)],
]


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def booking(cast, acme):
    """A booking that could be."""
    a_lot(acme.account, 480)
    facts = {"account": acme.account.pk, "purpose": cast.purpose.pk, "title": "Disk is full", "minutes": 60, "technicians": 1}
    return {**facts, "technician": "", "starts_at": TUESDAY.isoformat(), "description": "", "key": "k"}


@pytest.fixture
def days():
    """Days of a series that could be."""
    return {"ordinal": 1, "weekday": 1, "every_months": 1, "at_clock": "09:00", "time_zone": "Europe/Stockholm", "first_on": "2026-11-18"}


@pytest.fixture
def refused(acme):
    """Sends a form as Rolf; it is refused with a status and a word, and nothing has changed anywhere."""
    browser = browser_of(acme.requester)

    def send(url: str, typed: Mapping[str, Any], said: str, *statuses: int, method: str = "post") -> None:
        before = traces()
        response = getattr(browser, method)(url, typed)
        page = " ".join(response.content.decode().replace("&#x27;", "’").split())
        shown = {name: str(value)[:40] for name, value in typed.items()}
        assert response.status_code in (statuses or (422,)), (response.status_code, shown)
        assert said in page, (said, shown)
        assert effect(before) == {}, shown

    return send


def test_what_could_be_is_booked_and_begun(acme, booking, days):
    browser = browser_of(acme.requester)

    answers = [browser.post(reverse(name), booking | days).status_code for name in ("session-new", "series-new")]

    assert (answers, Session.objects.count(), Series.objects.count()) == ([302, 302], 1, 1)


@pytest.mark.parametrize("form", ["session-new", "series-new"])
def test_r1_what_cannot_be_done_is_refused_with_a_word(booking, days, refused, form):
    for typed, said in WHAT:
        refused(reverse(form), booking | days | typed, said)


def test_r2_times_that_cannot_be_are_refused_with_a_word(booking, refused):
    for starts_at, status, said in TIMES:
        refused(reverse("session-new"), booking | {"starts_at": starts_at}, said, status)


def test_w5_days_and_zones_that_cannot_be_are_refused_with_a_word(booking, days, refused):
    for typed, said in DAYS:
        refused(reverse("series-new"), booking | days | typed, said, 409, 422)
        refused(reverse("series-new"), booking | days | typed, said, method="get")


@pytest.mark.parametrize("form", ["session-new", "series-new"])
def test_c14_another_clients_account_and_somebody_who_cannot_be_booked_are_no_choice(cast, borealis, booking, days, refused, form):
    cast.theo.bookable = False
    cast.theo.save()
    withdrawn = cast.purpose.__class__.objects.create(code="old", name_en="Old", name_sv="Gammalt", position=9, offered=False)

    for typed in ({"account": borealis.account.pk}, {"technician": cast.theo.pk}, {"purpose": withdrawn.pk}):
        refused(reverse(form), booking | days | typed, CHOICE)


def test_c14_what_belongs_to_another_client_is_not_there(cast, borealis, refused):
    session, series = a_session(cast, borealis, starts_at=TUESDAY), a_series(cast, borealis)
    free = {"shown_minutes": 0, "shown_held": 60, "start": 1, "reason": "", "starts_at": (TUESDAY + timedelta(hours=2)).isoformat()}

    for name in ("session-postpone", "session-cancel", "session-access"):
        refused(reverse(name, args=[session.pk]), free, "", 404)
    refused(reverse("series-end", args=[series.pk]), {}, "", 404)


@pytest.mark.parametrize("form", ["session-new", "series-new"])
def test_r1_other_kinds_of_bodies_are_read_as_empty_forms(acme, booking, days, form):
    browser, before = browser_of(acme.requester), traces()
    file = SimpleUploadedFile("title.txt", b"Disk is full")

    answers = [
        browser.post(reverse(form), booking | days, content_type="application/json"),
        browser.post(reverse(form), b"\xff\xfe\x00", content_type="text/plain"),
        browser.post(reverse(form), b"%00=%ff&title=%c3%28", content_type="application/x-www-form-urlencoded"),
        browser.post(reverse(form), booking | days | {"title": file}),
        browser.post(reverse(form), booking | days | {"minutes": ["60", "x"]}),
    ]

    assert {answer.status_code for answer in answers} == {422}
    assert effect(before) == {}


@pytest.mark.parametrize("form", ["session-new", "series-new"])
@pytest.mark.parametrize("sign", ["\x07", "\x1b[31m", "\x7f", "\u202e", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")])
def test_m4_other_signs_that_cannot_be_seen_do_no_harm(acme, booking, days, form, sign):
    browser = browser_of(acme.requester)

    answer = browser.post(reverse(form), booking | days | {"title": f"Disk{sign}full", "description": f"a{sign}b"})

    assert answer.status_code == 302
    assert browser.get(answer.headers["Location"]).status_code == 200


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"reason": "x" * 501}, "Why: Ensure this value has at most 500 characters (it has 501). Nothing has changed."),
        ({"reason": "a\x00b"}, "Why: Null characters are not allowed. Nothing has changed."),
        ({"shown_minutes": "-1"}, "This session has moved on meanwhile."),
        ({"shown_minutes": str(10**12)}, "This change is free now."),
        ({"start": "9" * 5000}, "This session has moved on meanwhile."),
        ({"start": "2"}, "This session has moved on meanwhile."),
    ],
)
def test_c10_changes_that_cannot_be_are_refused_with_a_word(cast, acme, refused, typed, said):
    session = a_session(cast, acme, starts_at=TUESDAY)
    free = {"shown_minutes": 0, "shown_held": 60, "start": 1, "reason": "", "starts_at": (TUESDAY + timedelta(hours=2)).isoformat()}

    for name in ("session-postpone", "session-cancel"):
        refused(reverse(name, args=[session.pk]), free | typed, said, 409)


def test_r2_a_session_is_moved_to_no_time_that_cannot_be(cast, acme, refused):
    session = a_session(cast, acme, starts_at=at_stockholm(2026, 11, 25, 9))
    free = {"shown_minutes": 0, "shown_held": 60, "start": 1, "reason": ""}

    for starts_at, status, _said in TIMES:
        refused(reverse("session-postpone", args=[session.pk]), free | {"starts_at": starts_at}, "", status, 409)


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "../../etc/passwd", "", "x" * 5000, "Europe/Stockholm\x00"])
def test_w5_nobody_lives_in_a_zone_that_is_not(acme, zone):
    browser, before = browser_of(acme.requester), traces()

    answer = browser.post(reverse("preferences"), {"name": "Rolf", "language": "en", "time_zone": zone})

    assert answer.status_code == 422
    assert Person.objects.get(pk=acme.requester.pk).time_zone == acme.requester.time_zone
    assert effect(before) == {}
