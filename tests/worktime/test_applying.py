"""Calendars come from the profile, and again without a trace (rules P1, W1, W2)."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from tests.worktime.calendars_of import ALWAYS, CT, NOW, SQ, calendar
from worktime import calendars
from worktime.applying import apply_calendars
from worktime.models import BusinessCalendar, DatedOpening, HolidayYear, WeeklyOpening

pytestmark = pytest.mark.django_db


def test_p1_a_calendar_is_made_and_its_holidays_of_six_years_are_approved():
    changes = apply_calendars([SQ], source="sq.toml", at=NOW)

    made = BusinessCalendar.objects.get()
    assert changes == [*(f"holidays of SE {year}: approved" for year in range(2026, 2032)), "business calendar (sq): created"]
    assert calendars.written(made) == calendars.Hours(
        weekly={**{day: [(time(8), time(17))] for day in range(5)}, 5: [], 6: []}, eve=[(time(8, 30), time(14))], dated=[], yearly=[]
    )
    assert {entry.history_change_reason for entry in made.history.all()} == {"sq.toml"}


def test_p1_the_same_profile_again_changes_nothing_and_leaves_no_trace():
    specs = [SQ, CT, ALWAYS]
    apply_calendars(specs, source="sq.toml", at=NOW)
    counts = [model.history.count() for model in (BusinessCalendar, WeeklyOpening, HolidayYear)]
    versions = set(BusinessCalendar.objects.values_list("version", flat=True))

    changes = apply_calendars(specs, source="sq.toml", at=NOW + timedelta(days=1))

    assert changes == []
    assert [model.history.count() for model in (BusinessCalendar, WeeklyOpening, HolidayYear)] == counts
    assert set(BusinessCalendar.objects.values_list("version", flat=True)) == versions


def test_p1_what_differs_is_written_and_told_and_gives_a_new_version():
    version = calendar(SQ).version

    changes = apply_calendars(
        [replace(SQ, name_en="Hours", weekly={0: [(time(9), time(12)), (time(13), time())]}, has_eves=False)], source="new.toml", at=NOW
    )

    found = BusinessCalendar.objects.get()
    assert changes == [
        "business calendar (sq): name (English): Office hours → Hours",
        "business calendar (sq): the working day before a holiday has hours of its own: True → False",
        "business calendar (sq): opening hours: changed",
        "business calendar (sq): opening hours before a holiday: changed",
    ]
    assert found.version != version
    assert str(WeeklyOpening.history.filter(history_type="+").first().history_change_reason) == "new.toml"
    assert WeeklyOpening.history.filter(history_type="-").count() == 5


def test_p1_a_profile_never_opens_what_somebody_closed_on_a_date_that_it_does_not_name(cast):
    found = calendar(SQ)
    calendars.give_date_hours(calendar=found, on=date(2026, 12, 28), openings=[], note="Moving", by=cast.ada, at=NOW)

    changes = apply_calendars([replace(SQ, dated=[(date(2026, 12, 29), time(10), time(12), "Stock-taking")])], source="x.toml", at=NOW)

    assert changes == ["business calendar (sq): dates with hours of their own: changed"]
    assert {str(row): row.note for row in DatedOpening.objects.all()} == {"2026-12-28": "Moving", "2026-12-29": "Stock-taking"}


def test_w2_holidays_that_the_profile_names_close_the_calendar_every_year():
    found = calendar(CT)

    days = [date(2026, 12, 25), date(2031, 12, 25), date(2027, 3, 29)]
    assert [found.timetable.hours.openings_on(day) for day in days] == [(), (), ()]
    assert found.timetable.hours.openings_on(date(2026, 12, 28)) == ((time(9), time(17)),)
