"""Technicians in the administration: hours, exceptions from them, bands and whose holidays (rules R2, C17, W5, P1)."""

from datetime import date, time

import pytest
from django.urls import reverse

from sessions.models import ExceptionKind, HoursException, Technician
from tests.sessions.banded import an_evening

EXCEPTION = {"kind": "off", "first_on": "2026-12-21", "last_on": "2026-12-23", "opens": "", "closes": "", "note": "Skiing"}


@pytest.fixture
def ada(cast, client_of):
    return client_of(cast.ada)


@pytest.fixture
def save(cast, ada):
    """Saves Tessa with what is typed, and one exception."""

    def send(exception=EXCEPTION, **typed):
        form = {
            "person": cast.tessa.person.pk,
            "time_zone": "Europe/Stockholm",
            "bookable": "on",
            "country": "",
            "subdivision": "",
            "why": "As arranged",
            **typed,
        }
        for prefix, rows in (("weekly_hours", []), ("exceptions", [exception])):
            form |= {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": 0}
            for number, row in enumerate(rows):
                form |= {f"{prefix}-{number}-{name}": value for name, value in row.items()}
        return ada.post(reverse("admin:support_sessions_technician_change", args=[cast.tessa.pk]), form)

    return send


def test_r2_days_off_the_bands_and_the_country_are_saved(cast, save):
    evening = an_evening()
    cast.tessa.bands.clear()

    answer = save(bands=[evening.pk], country="DE", subdivision="BY")

    row, tessa = HoursException.objects.get(), Technician.objects.get(pk=cast.tessa.pk)
    assert answer.status_code == 302
    assert (row.technician, row.kind, row.first_on, row.last_on, row.opens) == (
        tessa,
        ExceptionKind.OFF,
        date(2026, 12, 21),
        date(2026, 12, 23),
        None,
    )
    assert (list(tessa.bands.all()), tessa.country, tessa.subdivision) == ([evening], "DE", "BY")


def test_r2_extra_hours_end_at_midnight_too(save):
    save({**EXCEPTION, "kind": "extra", "opens": "18:00", "closes": "00:00"})

    assert HoursException.objects.get().closes == time(0)


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [
        ({"last_on": "2026-12-20"}, "The last day is before the first."),
        ({"opens": "08:00"}, "Name both times, or none where the whole day is off."),
        ({"kind": "extra"}, "Name both times, or none where the whole day is off."),
        ({"opens": "12:00", "closes": "11:00"}, "Hours close after they open; 00:00 is midnight."),
        ({"kind": "holiday"}, "Select a valid choice."),
        (
            {"kind": "extra", "first_on": "2027-03-28", "last_on": "2027-03-28", "opens": "02:30", "closes": "05:00"},
            "This time does not exist on that day",
        ),
    ],
)
def test_r2_what_no_exception_can_be_is_refused_where_it_was_typed(save, typed, refusal):
    answer = save({**EXCEPTION, **typed})

    assert (answer.status_code, HoursException.objects.count()) == (200, 0)
    assert refusal in answer.content.decode()


@pytest.mark.parametrize(("country", "subdivision", "code"), [("XX", "", "XX"), ("SE", "QQ", "QQ")])
def test_r2_a_country_without_a_calendar_of_holidays_is_refused(save, country, subdivision, code):
    answer = save(country=country, subdivision=subdivision)

    assert f"No public holidays are known for “{code}”." in answer.content.decode()
    assert HoursException.objects.count() == 0


def test_r2_a_technicians_own_calendar_is_not_shown(cast, ada):
    shown = ada.get(reverse("admin:support_sessions_technician_change", args=[cast.tessa.pk])).content.decode()

    assert "Exceptions from the weekly hours" in shown
    assert "busy_feed" not in shown
    assert "A session that begins in a time band is done by those who offer it." in shown
