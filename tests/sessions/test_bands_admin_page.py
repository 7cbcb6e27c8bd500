"""Time bands and skill levels in the administration (rules C17, P1)."""

import re

import pytest
from django.urls import reverse

from sessions.models import SkillLevel, TimeBand
from tests.sessions.banded import a_level, an_evening

ADD_BAND = "admin:support_sessions_timeband_add"
EVENING = {
    "code": "evening",
    "name_en": "Evening",
    "name_sv": "Kväll",
    "position": 1,
    "offered": "on",
    "weekdays": ["0", "4"],
    "dates": "2026-12-24\n2026-12-23\n",
    "opens": "18:00",
    "closes": "22:00",
    "factor_percent": 150,
}


@pytest.fixture
def ada(cast, client_of):
    return client_of(cast.ada)


def test_c17_a_band_is_added_with_weekdays_ticked_and_dates_a_line_each(ada):
    shown = ada.get(reverse(ADD_BAND)).content.decode()
    saved = ada.post(reverse(ADD_BAND), EVENING)

    band = TimeBand.objects.get()
    assert shown.count('type="checkbox" name="weekdays"') == 7
    assert "Monday" in shown
    assert saved.status_code == 302
    assert (band.weekdays, band.dates, band.factor_percent) == ([0, 4], ["2026-12-23", "2026-12-24"], 150)


def test_c17_a_band_opens_again_as_it_was_saved(ada):
    ada.post(reverse(ADD_BAND), EVENING)

    shown = ada.get(reverse("admin:support_sessions_timeband_change", args=[TimeBand.objects.get().pk])).content.decode()

    assert re.findall(r'name="weekdays" value="(\d)"[^>]* checked', shown) == ["0", "4"]
    assert "2026-12-23\n2026-12-24</textarea>" in shown


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [
        ({"factor_percent": 0}, "Ensure this value is greater than or equal to 25."),
        ({"factor_percent": 1000}, "Ensure this value is less than or equal to 300."),
        ({"weekdays": [], "dates": ""}, "Name weekdays, dates, or both: else the band is never."),
        ({"dates": "24 December"}, "“24” is not a date like 2026-12-24."),
        ({"closes": "18:00"}, "A band closes after it opens; 00:00 is midnight. A night is two bands."),
        ({"weekdays": ["7"]}, "Select a valid choice. 7 is not one of the available choices."),
    ],
)
def test_c17_what_no_band_can_be_is_refused_where_it_was_typed(ada, typed, refusal):
    answer = ada.post(reverse(ADD_BAND), {**EVENING, **typed})

    assert (answer.status_code, TimeBand.objects.count()) == (200, 0)
    assert refusal in answer.content.decode()


def test_c17_midnight_closes_a_band(ada):
    ada.post(reverse(ADD_BAND), {**EVENING, "closes": "00:00"})

    assert TimeBand.objects.count() == 1


@pytest.mark.parametrize("percent", [0, 24, 301, 1000])
def test_c17_a_skill_level_outside_the_range_is_refused(ada, percent):
    typed = {"code": "dba", "name_en": "Database specialist", "name_sv": "Databasspecialist", "position": 1, "factor_percent": percent}

    answer = ada.post(reverse("admin:support_sessions_skilllevel_add"), typed)

    assert (answer.status_code, SkillLevel.objects.count()) == (200, 0)
    assert "Ensure this value is" in answer.content.decode()


@pytest.mark.parametrize("name", ["timeband", "skilllevel"])
def test_p1_bands_and_levels_are_listed_and_have_a_history(cast, ada, name):
    row = an_evening() if name == "timeband" else a_level(cast)

    listed = ada.get(reverse(f"admin:support_sessions_{name}_changelist"))
    history = ada.get(reverse(f"admin:support_sessions_{name}_history", args=[row.pk]))

    assert (listed.status_code, history.status_code) == (200, 200)
    assert row.name_en in listed.content.decode()
