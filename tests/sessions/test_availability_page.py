"""The pages about who works when: one's own, and anybody's for who sees to all (rule R2)."""

from datetime import date, time

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.models import StaffDuty
from core import sealing
from sessions import hours
from sessions.hours import Interval
from sessions.models import BusyFeed, BusyTime, ExceptionKind, HoursException, TimeBand
from tests.cast import NOON, a_colleague, a_technician, at_stockholm
from tests.sessions.factories import a_session

pytestmark = pytest.mark.django_db
ALL_DAY = "08:00–17:00"
SECRET = "https://calendar.example.org/secret/tessa.ics"


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture(autouse=True)
def _the_calendar_can_be_found(internet):
    internet.names["calendar.example.org"] = ["93.184.216.34"]


@pytest.fixture
def tessa(cast):
    return cast.tessa


@pytest.fixture
def browser(tessa, client_of):
    return client_of(tessa.person)


def page_of(technician, part=""):
    return reverse(f"desk-availability-{part or 'of'}", args=[technician.pk])


def text(response):
    return " ".join(response.content.decode().split())


def a_week(browser, technician, **days):
    """The form of the week as the page shows it, with some days written anew."""
    form = browser.get(page_of(technician)).context["forms"]["week"]
    return {"shown": form["shown"].value()} | {f"day{day}": ALL_DAY if day < 5 else "" for day in range(7)} | days


def test_a_technician_is_led_to_their_own_hours(browser, tessa):
    response = browser.get(reverse("desk-availability"))
    page = text(browser.get(response.headers["Location"]))

    assert response.headers["Location"] == page_of(tessa)
    for said in ("Your availability", "Times are in Stockholm time.", 'value="08:00–17:00"', "None is ahead", "Name its secret address"):
        assert said in page


def test_who_sees_to_all_has_the_list(cast, client_of):
    hours.set_week(
        technician=cast.theo,
        week={0: [Interval(time(8), time(12)), Interval(time(13), time(17))], 4: [Interval(time(8), time(12))]},
        shown=hours.week_of(cast.theo),
        by=cast.ada,
        at=NOON,
    )
    for person in (cast.ada, a_colleague("Dora", StaffDuty.DISPATCHER)):
        page = text(client_of(person).get(reverse("desk-availability")))

        assert "Mon–Fri 08:00–17:00" in page
        assert "Mon 08:00–12:00, 13:00–17:00" in page
        assert page_of(cast.theo) in page


def test_the_list_asks_as_much_for_many_as_for_one(cast, client_of, django_assert_num_queries):
    browser = client_of(cast.ada)
    with CaptureQueriesContext(connection) as few:
        browser.get(reverse("desk-availability"))
    for number in range(5):
        a_technician(f"Tom{number}")
    with django_assert_num_queries(len(few)):
        browser.get(reverse("desk-availability"))


def test_r2_the_week_is_changed_as_it_is_written(browser, tessa):
    response = browser.post(page_of(tessa, "week"), a_week(browser, tessa, day1="8-12, 13.30–17", day5="22:00-24"))

    assert response.headers["Location"] == page_of(tessa)
    assert {day: list(map(str, found)) for day, found in hours.week_of(tessa).items() if day in (0, 1, 5, 6)} == {
        0: [ALL_DAY],
        1: ["08:00–12:00", "13:30–17:00"],
        5: ["22:00–00:00"],
        6: [],
    }


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("8-12, 11-13", "Tuesday: 08:00–12:00 and 11:00–13:00 overlap."),
        ("mornings", "“mornings” cannot be read. Write hours like 08:00–12:00."),
        ("8-25", "“8-25” is no time of the day."),
        ("12-8", "“12-8” ends before it begins"),
        ("1-2," * 11, "Please write at most ten intervals."),
    ],
)
def test_r2_hours_that_cannot_be_are_refused_and_stand_as_they_were_written(browser, tessa, written, said):
    response = browser.post(page_of(tessa, "week"), a_week(browser, tessa, day1=written))

    assert response.status_code in (409, 422)
    assert said in text(response)
    assert f'value="{written}"' in text(response)
    assert list(map(str, hours.week_of(tessa)[1])) == [ALL_DAY]


def test_r2_hours_that_somebody_else_changed_meanwhile_are_not_overwritten(cast, browser, tessa):
    form = a_week(browser, tessa, day1="8-12")
    hours.set_week(technician=tessa, week={}, shown=hours.week_of(tessa), by=cast.ada, at=NOON)

    response = browser.post(page_of(tessa, "week"), form)

    assert (response.status_code, "changed meanwhile" in text(response)) == (409, True)
    assert hours.week_of(tessa)[1] == []


def test_r2_an_exception_is_made_and_removed(browser, tessa):
    made = browser.post(page_of(tessa, "except"), {"kind": "off", "first_on": "2026-12-24", "last_on": "2026-12-26", "note": "Away"})
    page = text(browser.get(page_of(tessa)))
    exception = HoursException.objects.get()
    removed = browser.post(page_of(tessa, "restore"), {"exception": exception.pk})
    again = browser.post(page_of(tessa, "restore"), {"exception": exception.pk})

    assert "Thu 24 Dec–Sat 26 Dec" in page
    assert "all day · Away" in page
    assert (made.status_code, removed.status_code, again.status_code) == (302, 302, 409)
    assert "This exception has been removed already." in text(again)


def test_r2_exceptions_that_are_past_are_not_shown(browser, tessa):
    past = {"kind": ExceptionKind.OFF, "first_on": date(2026, 11, 10), "last_on": date(2026, 11, 17)}
    HoursException.objects.create(technician=tessa, note="Long ago", **past)

    assert "Long ago" not in text(browser.get(page_of(tessa)))


def test_r2_extra_hours_without_times_are_refused(browser, tessa):
    response = browser.post(page_of(tessa, "except"), {"kind": "extra", "first_on": "2026-12-24"})

    assert (response.status_code, "Please give both times." in text(response)) == (409, True)


def test_c17_bands_and_country_are_offered(browser, tessa):
    made = {"weekdays": [5], "opens": time(8), "closes": time(18), "factor_percent": 150, "position": 1}
    weekend = TimeBand.objects.create(code="weekend", name_en="Weekend", name_sv="Helg", **made)

    response = browser.post(page_of(tessa, "offer"), {"bands": [weekend.pk], "country": "FI"})
    refused = browser.post(page_of(tessa, "offer"), {"bands": [weekend.pk], "country": "FI", "subdivision": "XX"})

    tessa.refresh_from_db()
    assert (response.status_code, refused.status_code) == (302, 409)
    assert (list(tessa.bands.all()), tessa.country, tessa.subdivision) == ([weekend], "FI", "")


def test_r2_the_own_calendar_is_named_and_only_its_host_is_shown(browser, tessa):
    response = browser.post(page_of(tessa, "calendar"), {"url": SECRET})
    page, feed = text(browser.get(page_of(tessa))), BusyFeed.objects.get()

    assert response.status_code == 302
    assert sealing.unseal(feed.sealed_url, context=f"technician:{tessa.pk}:busy-feed") == SECRET
    assert "calendar.example.org" in page
    assert "not yet" in page
    assert "/secret/" not in page


def test_r2_an_address_that_is_none_is_refused_and_stays_to_be_mended(browser, tessa):
    response = browser.post(page_of(tessa, "calendar"), {"url": "ftp://calendar.example.org/x"})

    assert response.status_code in (409, 422)
    assert "ftp://calendar.example.org/x" in text(response)
    assert not BusyFeed.objects.exists()


def test_r2_a_calendar_that_cannot_be_read_says_since_when_and_why(browser, tessa):
    browser.post(page_of(tessa, "calendar"), {"url": SECRET})
    BusyFeed.objects.update(read_at=NOON, failing_since=at_stockholm(2026, 11, 17, 9), failure="It answered 404.")

    page = text(browser.get(page_of(tessa)))

    assert "cannot be read since Tue 17 Nov 09:00: It answered 404. What was read before still counts." in page


def test_r2_the_address_is_forgotten_with_what_was_read_there(browser, tessa):
    browser.post(page_of(tessa, "calendar"), {"url": SECRET})
    BusyTime.objects.create(technician=tessa, starts_at=NOON, ends_at=at_stockholm(2026, 11, 18, 14))

    response = browser.post(page_of(tessa, "forget"))

    assert response.status_code == 302
    assert not BusyFeed.objects.exists()
    assert not BusyTime.objects.exists()


def test_r2_the_page_names_what_is_booked_outside_of_the_hours(cast, acme, browser, tessa):
    a_session(cast, acme, title="Late disk", starts_at=at_stockholm(2026, 11, 24, 16))
    browser.post(page_of(tessa, "week"), a_week(browser, tessa, day1="8-12"))

    page = text(browser.get(page_of(tessa)))

    assert "Booked outside of these hours" in page
    assert "Late disk" in page


@pytest.mark.parametrize("part", ["of", "week", "except", "restore", "offer", "calendar", "forget"])
def test_nobody_else_finds_the_hours_of_a_technician(cast, acme, client_of, tessa, part):
    for person in (cast.theo.person, cast.max, cast.fia, acme.approver):
        browser = client_of(person)
        response = browser.get(page_of(tessa)) if part == "of" else browser.post(page_of(tessa, part), {"kind": "off"})

        assert response.status_code == 404


def test_who_has_the_duty_but_is_not_set_up_is_told_so(cast, client_of):
    page = client_of(a_colleague("Tove", StaffDuty.TECHNICIAN)).get(reverse("desk-availability"))

    assert "No technicians yet" in text(page)
