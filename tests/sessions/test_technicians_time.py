"""When technicians can be booked: exceptions from their hours, public holidays, and the bands that they offer (rules R2, C17, W1)."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from sessions.availability import Wanted, longest_minutes, open_slots
from sessions.models import BusyTime, ExceptionKind, HoursException, Technician, WeeklyHours
from tests.cast import NOON, STOCKHOLM, a_technician, at_stockholm
from tests.sessions.banded import a_band
from tests.sessions.booked import book, crew_names
from tests.sessions.factories import a_session
from worktime import holiday_years

MONDAY, TUESDAY, SATURDAY = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 28)
CHRISTMAS = date(2026, 12, 25)  # a Friday


def slots(cast, day, *, days=1, minutes=60, **columns):
    wanted = Wanted(purpose=cast.purpose, minutes=minutes, **columns)
    return open_slots(wanted=wanted, first=day, days=days, zone=STOCKHOLM, at=NOON)


def who(cast, day, **columns):
    """Who is free at which times of the day, by first names."""
    names = dict(Technician.objects.values_list("pk", "person__name"))
    return {
        slot.starts_at.astimezone(STOCKHOLM).strftime("%H:%M"): [names[pk].split()[0] for pk in slot.technicians]
        for slot in slots(cast, day, **columns)
    }


def except_for(technician, kind, first, last=None, *hours, **columns):
    opens, closes = hours or (None, None)
    return HoursException.objects.create(
        technician=technician, kind=kind, first_on=first, last_on=last or first, opens=opens, closes=closes, **columns
    )


def off(technician, first, last=None, *hours):
    return except_for(technician, ExceptionKind.OFF, first, last, *hours)


def extra(technician, first, *hours):
    return except_for(technician, ExceptionKind.EXTRA, first, None, *hours)


@pytest.fixture
def alone(cast):
    """Tessa is the only one who can be booked."""
    Technician.objects.filter(pk=cast.theo.pk).update(bookable=False)
    return cast.tessa


# Exceptions.


def test_r2_who_is_off_all_day_is_not_offered_then(cast):
    off(cast.tessa, MONDAY, TUESDAY)

    assert {name for day in (MONDAY, TUESDAY) for names in who(cast, day).values() for name in names} == {"Theo"}
    assert who(cast, date(2026, 11, 25))["08:00"] == ["Tessa", "Theo"]


def test_r2_who_is_off_for_a_part_of_the_day_works_the_rest(cast, alone):
    off(alone, MONDAY, MONDAY, time(10), time(15, 30))

    assert list(who(cast, MONDAY)) == ["08:00", "08:30", "09:00", "15:30", "16:00"]


def test_r2_extra_hours_open_a_day_without_any_and_join_with_others(cast, alone):
    extra(alone, SATURDAY, time(22), time(0))
    extra(alone, MONDAY, time(17), time(18))

    assert list(who(cast, SATURDAY)) == ["22:00", "22:30", "23:00"]
    assert list(who(cast, MONDAY))[-3:] == ["16:00", "16:30", "17:00"]


def test_r2_extra_hours_win_over_days_off_and_holidays(cast, alone):
    off(alone, date(2026, 12, 21), date(2026, 12, 27))
    extra(alone, CHRISTMAS, time(9), time(11))
    Technician.objects.update(bookable=True)
    wide = Wanted(purpose=cast.purpose, minutes=60, technician=alone, overriding=True)

    found = open_slots(wanted=wide, first=date(2026, 12, 21), days=7, zone=STOCKHOLM, at=NOON)

    assert [slot.starts_at for slot in found] == [
        at_stockholm(2026, 12, 25, 9),
        at_stockholm(2026, 12, 25, 9, 30),
        at_stockholm(2026, 12, 25, 10),
    ]


def test_r2_exceptions_are_by_the_technicians_clock(cast, alone):
    Technician.objects.filter(pk=alone.pk).update(time_zone="Asia/Kolkata", country="XX")
    off(alone, MONDAY)

    assert list(who(cast, MONDAY)) == []
    assert next(iter(who(cast, TUESDAY))) == "03:30"  # eight o'clock in Kolkata


def test_r2_the_longest_session_knows_of_exceptions(cast):
    extra(cast.tessa, SATURDAY, time(6), time(20))

    assert longest_minutes(wanted=Wanted(purpose=cast.purpose, minutes=60), around=at_stockholm(2026, 11, 23)) == 14 * 60


# Public holidays.


@pytest.mark.parametrize(
    ("country", "subdivision", "is_open"), [("", "", False), ("SE", "", False), ("XX", "", True), ("SE", "QQ", True), ("IN", "", False)]
)
def test_w1_public_holidays_are_those_of_the_technicians_country_else_of_the_providers(cast, alone, country, subdivision, is_open):
    Technician.objects.filter(pk=alone.pk).update(country=country, subdivision=subdivision)

    assert bool(slots(cast, CHRISTMAS, overriding=True)) == is_open


@pytest.mark.parametrize(("subdivision", "is_open"), [("BY", False), ("BE", True), ("", True)])
def test_w1_a_part_of_a_country_has_holidays_of_its_own(cast, alone, subdivision, is_open):
    Technician.objects.filter(pk=alone.pk).update(country="DE", subdivision=subdivision)

    assert bool(slots(cast, date(2027, 1, 6), overriding=True)) == is_open  # Epiphany, a Wednesday


def test_w1_the_eve_of_christmas_is_an_ordinary_day(cast):
    assert len(slots(cast, date(2026, 12, 24), overriding=True)) == 17


@pytest.mark.parametrize("is_public", [True, False])
def test_w1_holidays_that_were_approved_count_instead_of_computed_ones(cast, alone, is_public):
    year = holiday_years.approve(country="SE", subdivision="", year=2026, by=cast.ada, at=datetime(2026, 1, 1, tzinfo=UTC))
    year.dates.filter(on=CHRISTMAS).update(on=date(2026, 11, 24), is_public=is_public)

    assert bool(slots(cast, CHRISTMAS, overriding=True))
    assert bool(slots(cast, date(2026, 11, 24))) is not is_public


# Bands.


@pytest.fixture
def evening(cast):
    """From 17:00 to 22:00 on weekdays; Tessa offers it, Theo does not."""
    band = a_band("evening", time(17), time(22), 150, weekdays=range(5))
    cast.theo.bands.remove(band)
    return band


@pytest.mark.usefixtures("evening")
def test_c17_an_evening_is_open_with_those_who_offer_it_beside_their_weekly_hours(cast):
    found = who(cast, MONDAY, minutes=120)

    assert (found["08:00"], found["15:00"]) == (["Tessa", "Theo"], ["Tessa", "Theo"])
    assert (found["15:30"], found["20:00"]) == (["Tessa"], ["Tessa"])  # over five o'clock Tessa goes on
    assert list(found)[-1] == "20:00"


@pytest.mark.usefixtures("evening")
def test_c17_who_works_in_a_band_without_offering_it_does_not_begin_there(cast):
    WeeklyHours.objects.filter(technician=cast.theo, weekday=0).update(closes=time(20))
    extra(cast.theo, MONDAY, time(20), time(21))

    found = who(cast, MONDAY)

    assert (found["16:30"], found["17:00"], found["20:00"]) == (["Tessa", "Theo"], ["Tessa"], ["Tessa"])


@pytest.mark.usefixtures("evening")
def test_c17_two_at_once_both_offer_the_band(cast):
    assert list(who(cast, MONDAY, technician_count=2))[-1] == "16:00"


def test_c17_a_band_that_is_not_offered_opens_and_closes_nothing(cast, evening):
    evening.offered = False
    evening.save()
    WeeklyHours.objects.filter(technician=cast.theo, weekday=0).update(closes=time(20))

    assert (who(cast, MONDAY)["19:00"], list(who(cast, TUESDAY))[-1]) == (["Theo"], "16:00")


def test_c17_what_is_off_closes_bands_too(cast, evening):
    off(cast.tessa, MONDAY, MONDAY, time(18), time(19))

    assert [clock for clock in who(cast, MONDAY) if clock >= "17:00"] == ["17:00", "19:00", "19:30", "20:00", "20:30", "21:00"]


def test_c17_a_holiday_closes_bands_of_weekdays_but_not_those_that_name_the_date(cast, evening):
    a_band("christmas", time(10), time(12), 200, dates=["2026-12-25"])

    assert list(who(cast, CHRISTMAS, overriding=True)) == ["10:00", "10:30", "11:00"]


def test_c17_bands_are_by_the_providers_clock_for_technicians_elsewhere(cast, evening):
    Technician.objects.filter(pk=cast.tessa.pk).update(time_zone="America/New_York", country="US")

    hers = [clock for clock, names in who(cast, MONDAY).items() if "Tessa" in names]

    assert (hers[0], hers[-1], len(hers)) == ("14:00", "22:00", 17)  # from eight to five in New York, the evening within


@pytest.mark.usefixtures("evening")
def test_c17_a_session_in_a_band_is_done_by_who_offers_it(cast, acme):
    a_session(cast, acme, technicians=[cast.tessa], starts_at=at_stockholm(2026, 11, 25, 9), estimate=420)  # Theo is less loaded

    session = book(cast, acme, credit=480, starts_at=at_stockholm(2026, 11, 24, 18))

    assert crew_names(session) == ["Tessa"]


def test_r2_queries_are_as_many_for_one_technician_as_for_many(cast, acme, evening, django_assert_num_queries):
    for number in range(6):
        technician = a_technician(f"Tim{number}")
        technician.bands.add(evening)
        off(technician, MONDAY)
        a_session(cast, acme, technicians=[technician], starts_at=at_stockholm(2026, 11, 24, 9))
        BusyTime.objects.create(technician=technician, starts_at=NOON, ends_at=NOON + timedelta(hours=1))

    with django_assert_num_queries(10):
        found = slots(cast, MONDAY, days=30)

    assert len(found[0].technicians) == 2
