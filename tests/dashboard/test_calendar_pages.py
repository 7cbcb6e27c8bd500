"""Working time at the desk and for clients: hours, closings, approvals, days ahead (rule W1)."""

from datetime import date

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.models import Agreement, AgreementPlan, AimKind, Plan, PlanTarget, Priority
from tests.cast import NOON
from tests.journeys.working_calendars import CLOSED_ON, a_calendar
from tests.worktime.calendars_of import ALWAYS, CT, calendar
from worktime import calendars
from worktime.models import BusinessCalendar, HolidayYear

pytestmark = pytest.mark.django_db
OFFICE = {f"day{day}": "08:00–17:00" for day in range(5)} | {"has_eves": "on", "eve": "08:30–14:00"}


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def office(cast):
    return a_calendar(cast, "office")


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def send(browser, name, found, **typed):
    return browser.post(reverse(name, args=[found.pk]), typed, follow=True)


def test_w1_the_desk_shows_calendars_and_their_days_ahead(cast, office, client_of):
    calendar(ALWAYS)

    listed = text(client_of(cast.ada).get(reverse("desk-calendars")))
    page = text(client_of(cast.ada).get(reverse("desk-calendar", args=[office.pk])))

    assert "Mon–Fri 08:00–17:00" in listed
    assert "Open day and night, every day." in listed
    assert "The holidays of 1 year wait for approval." in listed
    for said in (
        "Stock-taking",
        "before Christmas Day",
        "08:30–14:00",
        "New Year&#x27;s Day",
        "approved",
        "Ada Testsson",
        "With a profile",
    ):
        assert said in page


def test_w1_an_administrator_changes_the_week_once(cast, office, client_of):
    typed = OFFICE | {"day4": "08:00–12:00, 13–15", "reason": "Short Fridays", "shown": str(office.version)}

    send(client_of(cast.ada), "desk-calendar-week", office, **typed)
    page = send(client_of(cast.ada), "desk-calendar-week", office, **typed)

    assert "The hours are changed." in text(page)
    assert "Short Fridays" in text(page)
    assert len(calendars.written(BusinessCalendar.objects.get(code="office")).weekly[4]) == 2
    assert office.history.filter(history_change_reason="Short Fridays").count() == 1


def test_w1_what_cannot_be_stands_as_it_was_typed(cast, office, client_of):
    overlapping = OFFICE | {"day0": "08–12, 11–17", "reason": "x", "shown": str(office.version)}
    stale = OFFICE | {"day0": "08–12", "reason": "x", "shown": "00000000-0000-4000-8000-000000000001"}
    wrong = OFFICE | {"day0": "late", "reason": "", "shown": str(office.version)}

    answers = [send(client_of(cast.ada), "desk-calendar-week", office, **typed) for typed in (overlapping, stale, wrong)]

    assert [answer.status_code for answer in answers] == [409, 409, 422]
    assert "Two of these hours overlap." in text(answers[0])
    assert "changed meanwhile" in text(answers[1])
    assert BusinessCalendar.objects.get(code="office").version == office.version


def test_w1_a_date_is_closed_and_restored(cast, office, client_of):
    ada = client_of(cast.ada)

    assert "has hours of its own now" in text(send(ada, "desk-calendar-date", office, on="2026-12-29", openings="", note="Moving"))
    assert "The ordinary hours hold again" in text(send(ada, "desk-calendar-restore", office, on=CLOSED_ON))
    again = send(ada, "desk-calendar-restore", office, on=CLOSED_ON)

    assert again.status_code == 409
    assert [row.on for row in office.dated_openings.all()] == [date(2026, 12, 29)]


def test_w1_a_difference_of_holidays_is_shown_and_approved(cast, office, client_of):
    HolidayYear.objects.get(year=2027).dates.filter(on=date(2027, 1, 6)).delete()
    ada = client_of(cast.ada)

    page = text(ada.get(reverse("desk-holidays")))
    done = ada.post(reverse("desk-holidays-approve"), {"country": "SE", "subdivision": "", "year": 2027}, follow=True)

    assert "1 day is added" in page
    assert "Epiphany" in page
    assert "The holidays of 2027 are approved." in text(done)
    assert HolidayYear.objects.get(year=2027).approved_by == cast.ada
    assert ada.post(reverse("desk-holidays-approve"), {"country": "XX", "year": 2027}).status_code == 409
    assert ada.post(reverse("desk-holidays-approve"), {"year": "x"}).status_code == 422


def test_w1_without_calendars_both_pages_say_so(cast, acme, client_of):
    for name in ("desk-calendars", "desk-holidays"):
        assert client_of(cast.ada).get(reverse(name)).status_code == 200
    assert "No opening hours yet" in text(client_of(acme.requester).get(reverse("opening-hours")))


def test_w1_only_administrators_edit(cast, acme, office, client_of):
    for person in (cast.max, cast.tessa.person, acme.approver):
        for name in ("desk-calendars", "desk-holidays"):
            assert client_of(person).get(reverse(name)).status_code == 404
        assert client_of(person).post(reverse("desk-holidays-approve"), {"country": "SE", "year": 2033}).status_code == 404


def test_w1_clients_see_the_calendars_that_their_plans_count_in(cast, acme, office, client_of):
    shown = text(client_of(acme.requester).get(reverse("opening-hours")))
    assert "Office hours" in shown
    calendar(CT)
    priority = Priority.objects.create(number=1, name_en="Critical", name_sv="Kritisk", definition_en="Down", definition_sv="Nere")
    plan = Plan.objects.create(code="pro", name_en="Pro", name_sv="Pro", rank=1, default_priority=priority)
    agreement = Agreement.objects.get(organisation=acme.organisation)
    AgreementPlan.objects.create(agreement=agreement, plan=plan)
    counted = BusinessCalendar.objects.get(code="ct")
    PlanTarget.objects.create(plan=plan, priority=priority, response_kind=AimKind.WITHIN, response_minutes=60, response_calendar=counted)

    page = text(client_of(acme.requester).get(reverse("opening-hours")))

    assert "Business hours" in page
    assert "Office hours" not in page
    assert client_of(cast.ada).get(reverse("opening-hours")).status_code == 404


def test_w1_pages_take_as_many_queries_for_many_calendars_as_for_few(cast, acme, office, client_of):
    few = queries_of(client_of(acme.requester))
    for number in range(3):
        a_calendar(cast, f"office{number}")

    assert queries_of(client_of(acme.requester)) == few


def queries_of(browser):
    """How many the page takes. Timetables are read once for each version."""
    browser.get(reverse("opening-hours"))
    with CaptureQueriesContext(connection) as taken:
        browser.get(reverse("opening-hours"))
    return len(taken)
