"""Eleven hours of rest between one day's work and another's (rule C17), and own calendars, which are no work."""

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from sessions import bookings
from sessions.availability import Wanted, open_slots
from sessions.bookings import SlotTaken
from sessions.models import BusyTime, SessionTerms, Technician, WeeklyHours
from sessions.slots import Fit, Opening, Roster, Schedule
from sessions.slots import open_slots as by_arithmetic
from tests.cast import NOON, STOCKHOLM, at_stockholm
from tests.sessions.banded import a_band
from tests.sessions.booked import a_wish, book, crew_names
from tests.sessions.factories import a_lot, a_session

ALWAYS = [Opening(weekday, time(0), time(0)) for weekday in range(7)]
HOUR = timedelta(hours=1)
TUESDAY, WEDNESDAY = date(2026, 11, 24), date(2026, 11, 25)


def starts(*reserved, day, zone=STOCKHOLM, busy=(), before=0, after=0):
    """The starts of an hour's session on `day` in Stockholm, for somebody in `zone` who works at all hours with what is `reserved`."""
    roster = Roster(technician=1, schedule=Schedule(zone=zone, weekly=ALWAYS), reserved=reserved, busy=busy)
    fit = Fit(
        duration=HOUR,
        step=HOUR / 2,
        zone=STOCKHOLM,
        buffer_before=timedelta(minutes=before),
        buffer_after=timedelta(minutes=after),
        rest=11 * HOUR,
    )
    earliest = at_stockholm(day.year, day.month, day.day)
    found = by_arithmetic(rosters=[roster], fit=fit, earliest=earliest, latest=earliest + timedelta(days=1))
    return [slot.starts_at.astimezone(STOCKHOLM).strftime("%H:%M") for slot in found]


def tuesday(begins, ends):
    return at_stockholm(2026, 11, 24) + begins * HOUR, at_stockholm(2026, 11, 24) + ends * HOUR


def test_c17_an_evening_until_ten_blocks_the_next_morning_until_nine():
    assert starts(tuesday(20, 22), day=WEDNESDAY)[0] == "09:00"


def test_c17_an_evening_is_closed_where_the_next_morning_is_booked():
    next_morning = tuesday(32.5, 34)

    assert starts(next_morning, day=TUESDAY)[-1] == "20:30"  # until 21:30, eleven hours before 08:30


def test_c17_work_of_one_day_needs_no_rest_in_between():
    found = starts(tuesday(20, 22), day=TUESDAY)

    assert (found[0], found[-1]) == ("00:00", "23:30")
    assert "19:00" in found


def test_c17_midnight_begins_another_day():
    assert starts(tuesday(22, 24), day=WEDNESDAY)[0] == "11:00"


def test_c17_work_over_midnight_is_of_the_day_on_which_it_began():
    assert starts(tuesday(23, 25), day=WEDNESDAY)[0] == "12:00"
    assert starts(tuesday(23, 25), day=TUESDAY)[0] == "00:00"


def test_c17_buffers_are_work_and_decide_which_day_it_is():
    morning = tuesday(11.5, 13)

    assert starts(morning, day=TUESDAY, before=30)[0] == "00:30"  # at 00:00 it would begin on Monday, and rest too little
    assert starts(tuesday(20, 22), day=WEDNESDAY, before=30)[:2] == ["00:00", "09:30"]  # the first begins on Tuesday
    assert starts(tuesday(32.5, 34), day=TUESDAY, after=30)[-1] == "20:00"


def test_c17_days_are_those_of_the_technicians_clock():
    kolkata = ZoneInfo("Asia/Kolkata")  # 22:30 there is 18:00 in Stockholm, and midnight 19:30

    found = starts(tuesday(17, 18), day=TUESDAY, zone=kolkata)

    assert found[-1] == "19:00"
    assert starts(tuesday(17, 18), day=WEDNESDAY, zone=kolkata)[0] == "05:00"


def test_c17_rest_is_elapsed_time_also_when_the_clocks_are_changed():
    saturday = at_stockholm(2027, 3, 27, 20), at_stockholm(2027, 3, 27, 22)

    assert starts(saturday, day=date(2027, 3, 28))[0] == "10:00"


def test_c17_the_own_calendar_is_no_work():
    assert starts(busy=[tuesday(20, 22)], day=WEDNESDAY)[0] == "00:00"


# With bookings.


@pytest.fixture
def evening(cast):
    return a_band("evening", time(17), time(22), 150, weekdays=range(5))


@pytest.fixture
def tessa_alone(cast):
    cast.theo.bookable = False
    cast.theo.save()


def clocks(cast, day, *, minutes=60, **columns):
    found = open_slots(wanted=Wanted(purpose=cast.purpose, minutes=minutes, **columns), first=day, days=1, zone=STOCKHOLM, at=NOON)
    return [slot.starts_at.astimezone(STOCKHOLM).strftime("%H:%M") for slot in found]


@pytest.mark.usefixtures("evening", "tessa_alone")
def test_c17_a_booked_evening_closes_the_morning_after(cast, acme):
    book(cast, acme, credit=960, starts_at=at_stockholm(2026, 11, 24, 20), estimate_minutes=120)

    assert clocks(cast, WEDNESDAY)[0] == "09:00"
    with pytest.raises(SlotTaken):
        bookings.request(
            account=acme.account,
            wish=a_wish(cast, starts_at=at_stockholm(2026, 11, 25, 8, 30)),
            cause="early",
            by=acme.requester,
            at=NOON,
        )


@pytest.mark.usefixtures("evening", "tessa_alone")
def test_c17_without_a_rest_the_morning_is_open(cast, acme):
    SessionTerms.objects.update(rest_minutes=0)
    book(cast, acme, credit=960, starts_at=at_stockholm(2026, 11, 24, 20), estimate_minutes=120)

    assert clocks(cast, WEDNESDAY)[0] == "08:00"


@pytest.mark.usefixtures("evening")
def test_c17_somebody_who_has_rested_does_it(cast, acme):
    a_session(cast, acme, technicians=[cast.tessa], starts_at=at_stockholm(2026, 11, 24, 20), estimate=120)

    session = book(cast, acme, credit=60, starts_at=at_stockholm(2026, 11, 25, 8))

    assert crew_names(session) == ["Theo"]


@pytest.mark.usefixtures("evening", "tessa_alone")
def test_c17_a_session_that_moves_does_not_rest_from_itself(cast, acme):
    session = a_session(cast, acme, technicians=[cast.tessa], starts_at=at_stockholm(2026, 11, 24, 20), estimate=120)

    assert clocks(cast, WEDNESDAY, minutes=120, moving=session)[0] == "08:00"


@pytest.mark.usefixtures("tessa_alone")
def test_r2_busy_times_of_the_own_calendar_close_slots_and_move_nothing(cast, acme):
    session = book(cast, acme, credit=60, starts_at=at_stockholm(2026, 11, 24, 9))
    BusyTime.objects.create(technician=cast.tessa, starts_at=at_stockholm(2026, 11, 24, 8, 30), ends_at=at_stockholm(2026, 11, 24, 15, 45))
    session.refresh_from_db()

    assert clocks(cast, TUESDAY) == ["16:00"]
    assert (session.starts_at, crew_names(session)) == (at_stockholm(2026, 11, 24, 9), ["Tessa"])


def test_c17_who_works_late_in_another_zone_rests_by_that_clock(cast, acme):
    Technician.objects.filter(pk=cast.theo.pk).update(bookable=False)
    Technician.objects.filter(pk=cast.tessa.pk).update(time_zone="America/New_York", country="US")
    WeeklyHours.objects.filter(technician=cast.tessa).update(opens=time(0), closes=time(0))
    a_lot(acme.account, 480)
    book(cast, acme, starts_at=at_stockholm(2026, 11, 24, 22))  # 16:00 to 17:00 in New York

    assert clocks(cast, WEDNESDAY)[:2] == ["00:00", "00:30"]  # still Tuesday there
    assert clocks(cast, WEDNESDAY)[12] == "10:00"  # 04:00 there, eleven hours after 17:00
