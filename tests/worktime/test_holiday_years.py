"""Holidays that were approved count; what is computed differently later waits for a person (rule W1)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.worktime.calendars_of import CT, NOW, SQ, calendar
from worktime import holiday_years
from worktime.models import BusinessCalendar, HolidayYear

pytestmark = pytest.mark.django_db

CHRISTMAS, EVE = date(2026, 12, 25), date(2026, 12, 24)


def approve(cast, year=2026, **changed):
    return holiday_years.approve(**{"country": "SE", "subdivision": "", "year": year, "by": cast.ada, "at": NOW} | changed)


def test_w1_a_profile_approves_this_and_the_next_five_years_once():
    years = holiday_years.approve_with_profile(country="SE", subdivision="", at=NOW)

    assert years == [2026, 2027, 2028, 2029, 2030, 2031]
    assert holiday_years.approve_with_profile(country="SE", subdivision="", at=NOW) == []
    assert holiday_years.approve_with_profile(country="SE", subdivision="", at=NOW + timedelta(days=365)) == [2032]
    assert set(HolidayYear.objects.values_list("approved_by", flat=True)) == {None}
    assert [holiday_years.is_approved("SE", "", year) for year in (2026, 2031, 2033)] == [True, True, False]


def test_w1_years_beyond_are_computed():
    assert calendar(SQ).timetable.hours.is_holiday(date(2093, 12, 25))


def test_w1_a_later_difference_is_shown_and_does_not_count_until_somebody_approves_it(cast):
    found = calendar(SQ)
    of_year = HolidayYear.objects.get(year=2026)
    of_year.dates.filter(on=CHRISTMAS).delete()
    of_year.dates.filter(on=date(2026, 6, 6)).update(on=date(2026, 6, 8))
    of_year.dates.filter(on=date(2026, 1, 1)).update(name_sv="Nyår")
    BusinessCalendar.objects.update(version="00000000-0000-4000-8000-000000000001")
    changed = BusinessCalendar.objects.get()

    difference = holiday_years.difference(country="SE", subdivision="", year=2026)

    assert {day.on for day in difference.added} == {CHRISTMAS, date(2026, 6, 6)}
    assert [day.on for day in difference.removed] == [date(2026, 6, 8)]
    assert [(was.name_sv, becomes.name_sv) for was, becomes in difference.changed] == [("Nyår", "Nyårsdagen")]
    assert difference.is_approved
    assert not changed.timetable.hours.is_holiday(CHRISTMAS)
    approve(cast)
    approved = BusinessCalendar.objects.get()
    assert approved.version not in (found.version, changed.version)
    assert approved.timetable.hours.is_holiday(CHRISTMAS)
    assert not holiday_years.difference(country="SE", subdivision="", year=2026)


def test_w1_approval_keeps_who_and_when_and_renews_the_calendars_of_that_country_only(cast):
    sweden, own = calendar(SQ), calendar(CT)

    year = approve(cast, 2035)

    assert (year.approved_by, year.approved_at, year.history.latest().history_user) == (cast.ada, NOW, cast.ada)
    assert BusinessCalendar.objects.get(code="sq").version != sweden.version
    assert BusinessCalendar.objects.get(code="ct").version == own.version


def test_w1_approved_once_more_nothing_changes(cast):
    found = calendar(SQ)

    again = approve(cast)

    assert again.approved_by is None
    assert again.history.count() == 1
    assert BusinessCalendar.objects.get().version == found.version


@pytest.mark.parametrize(("country", "subdivision"), [("XX", ""), ("SE", "QQ")])
def test_w1_holidays_of_an_unknown_place_cannot_be_approved(cast, country, subdivision):
    with pytest.raises(holiday_years.HolidaysUnknown):
        approve(cast, country=country, subdivision=subdivision)

    assert not HolidayYear.objects.exists()


@pytest.mark.parametrize(("holidays", "is_closed"), [("public", False), ("de_facto", True), ("none", False)])
def test_w1_which_holidays_count_is_a_setting(holidays, is_closed):
    found = calendar(replace(SQ, holidays=holidays))

    assert (found.timetable.hours.openings_on(EVE) == ()) is is_closed


def test_w1_closed_days_of_several_places_take_one_query(django_assert_num_queries):
    holiday_years.approve_with_profile(country="SE", subdivision="", at=NOW)

    with django_assert_num_queries(1):
        found = holiday_years.closed_days([("SE", ""), ("DE", "BY"), ("XX", "")], [2026, 2027])

    assert CHRISTMAS in found["SE", ""]
    assert EVE not in found["SE", ""]
    assert date(2027, 1, 6) in found["DE", "BY"]
    assert found["XX", ""] == frozenset()
