"""When a session could be: hours, bookings, purposes and terms together (rule R2)."""

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from sessions.availability import Slot, Wanted, candidates, longest_minutes, nearest, open_slots, slot_at
from sessions.models import Purpose, Reservation, WeeklyHours
from tests.cast import NOON, STOCKHOLM, a_technician, at_stockholm
from tests.sessions.factories import a_session

MONDAY = date(2026, 11, 23)


@pytest.fixture
def wanted(cast):
    return Wanted(purpose=cast.purpose, minutes=120)


def on_monday(wanted, *, at=NOON, days=1, zone=STOCKHOLM, first=MONDAY):
    return open_slots(wanted=wanted, first=first, days=days, zone=zone, at=at)


def clocks(slots, zone=STOCKHOLM):
    return [slot.starts_at.astimezone(zone).strftime("%a %H:%M") for slot in slots]


def busy(cast, acme, technician, start, hours):
    return a_session(cast, acme, technicians=[technician], starts_at=start, estimate=hours * 60)


def test_r2_open_slots_name_everybody_who_is_free(cast, wanted):
    slots = on_monday(wanted)

    assert slots[0] == Slot(at_stockholm(2026, 11, 23, 8), at_stockholm(2026, 11, 23, 10), (cast.tessa.pk, cast.theo.pk))
    assert (len(slots), clocks(slots)[-1]) == (15, "Mon 15:00")


def test_r2_what_is_booked_is_not_offered(cast, acme, wanted):
    for technician in (cast.tessa, cast.theo):
        busy(cast, acme, technician, at_stockholm(2026, 11, 23, 9), hours=6)

    assert clocks(on_monday(wanted)) == ["Mon 15:00"]


def test_r2_a_booking_that_was_given_up_leaves_its_time_open(cast, acme, wanted):
    busy(cast, acme, cast.tessa, at_stockholm(2026, 11, 23, 8), hours=9)
    Reservation.objects.update(live=False)

    assert len(on_monday(wanted)) == 15


def test_r2_the_session_being_moved_is_not_in_its_own_way(cast, acme, wanted):
    session = busy(cast, acme, cast.tessa, at_stockholm(2026, 11, 23, 9), hours=2)
    moving = Wanted(purpose=cast.purpose, minutes=120, technician=cast.tessa, moving=session)

    assert clocks(on_monday(moving))[:3] == ["Mon 08:00", "Mon 08:30", "Mon 09:00"]


def test_r2_only_who_does_the_purpose_is_offered(cast, wanted):
    other = Purpose.objects.create(code="training", name_en="Training", name_sv="Utbildning", position=2)
    third = Purpose.objects.create(code="disks", name_en="Disks", name_sv="Diskar", position=3)
    cast.tessa.purposes.add(other, third)

    assert {slot.technicians for slot in on_monday(wanted)} == {(cast.theo.pk,)}
    assert {slot.technicians for slot in on_monday(Wanted(purpose=other, minutes=120))} == {(cast.tessa.pk, cast.theo.pk)}


def test_r2_who_cannot_be_booked_or_cannot_sign_in_is_not_offered(cast, wanted):
    cast.tessa.bookable = False
    cast.tessa.save()
    cast.theo.person.is_active = False
    cast.theo.person.save()

    assert on_monday(wanted) == []
    assert list(candidates(wanted)) == []


def test_r2_a_technician_of_choice_is_the_only_one(cast, acme):
    busy(cast, acme, cast.tessa, at_stockholm(2026, 11, 23, 8), hours=7)

    slots = on_monday(Wanted(purpose=cast.purpose, minutes=120, technician=cast.tessa))

    assert [(slot.starts_at, slot.technicians) for slot in slots] == [(at_stockholm(2026, 11, 23, 15), (cast.tessa.pk,))]


def test_r2_a_technician_of_choice_is_one_of_two(cast, acme):
    third = a_technician("Tim")
    busy(cast, acme, cast.tessa, at_stockholm(2026, 11, 23, 10), hours=7)

    slots = on_monday(Wanted(purpose=cast.purpose, minutes=60, technician_count=2, technician=cast.tessa))

    assert clocks(slots) == ["Mon 08:00", "Mon 08:30", "Mon 09:00"]
    assert {slot.technicians for slot in slots} == {(cast.tessa.pk, cast.theo.pk, third.pk)}


def test_r2_the_shortest_lead_is_kept_but_not_by_us(cast):
    at = at_stockholm(2026, 11, 23, 9, 1)

    for_client, for_us = (Wanted(purpose=cast.purpose, minutes=120, overriding=within) for within in (False, True))

    assert clocks(on_monday(for_client, at=at))[0] == "Mon 10:30"
    assert clocks(on_monday(for_us, at=at))[0] == "Mon 09:30"


def test_r2_nothing_is_offered_further_ahead_than_planned(cast, wanted):
    cast.session_terms.furthest_ahead_days = 5
    cast.session_terms.save()

    assert clocks(on_monday(wanted, days=7))[-1] == "Mon 11:30"


def test_r2_buffers_are_kept_before_and_after(cast, acme, wanted):
    cast.session_terms.buffer_before_minutes = 30
    cast.session_terms.buffer_after_minutes = 30
    cast.session_terms.save()
    for technician in (cast.tessa, cast.theo):
        busy(cast, acme, technician, at_stockholm(2026, 11, 23, 12), hours=1)

    slots = clocks(on_monday(wanted))

    assert slots == [f"Mon {clock}" for clock in ("08:00", "08:30", "09:00", "09:30", "13:30", "14:00", "14:30", "15:00")]


def test_w5_the_days_are_those_of_the_reader(cast, wanted):
    auckland = ZoneInfo("Pacific/Auckland")

    slots = on_monday(wanted, first=date(2026, 11, 24), zone=auckland)

    assert clocks(slots, auckland)[0] == "Tue 00:00"
    assert clocks(slots)[0] == "Mon 12:00"


def test_r2_the_number_of_queries_does_not_grow(cast, acme, wanted, django_assert_num_queries):
    for number in range(5):
        busy(cast, acme, a_technician(f"Tim{number}"), at_stockholm(2026, 11, 23, 9), hours=1)

    with django_assert_num_queries(9):
        on_monday(wanted, days=30)


def test_r2_one_slot_can_be_asked_for(cast, wanted):
    nine, on_grid = at_stockholm(2026, 11, 23, 9), slot_at(wanted=wanted, starts_at=at_stockholm(2026, 11, 23, 9), at=NOON)

    assert on_grid == Slot(nine, nine + timedelta(hours=2), (cast.tessa.pk, cast.theo.pk))
    assert slot_at(wanted=wanted, starts_at=nine + timedelta(minutes=10), at=NOON) is None


def test_r2_the_nearest_open_times_lie_on_both_sides(cast, acme, wanted):
    for technician in (cast.tessa, cast.theo):
        busy(cast, acme, technician, at_stockholm(2026, 11, 23, 10), hours=7)

    found = nearest(wanted=wanted, around=at_stockholm(2026, 11, 23, 13), at=NOON)

    assert clocks(found) == ["Fri 14:30", "Fri 15:00", "Mon 08:00", "Tue 08:00", "Tue 08:30", "Tue 09:00"]


def test_r2_nobody_at_all_leaves_nothing_near(cast, wanted):
    WeeklyHours.objects.all().delete()

    assert nearest(wanted=wanted, around=at_stockholm(2026, 11, 23, 13), at=NOON) == []
    assert longest_minutes(wanted=wanted, around=at_stockholm(2026, 11, 23, 13)) == 0


def test_r2_the_longest_session_is_the_longest_stretch_of_work(cast, wanted):
    WeeklyHours.objects.create(technician=cast.theo, weekday=5, opens=time(8), closes=time(20))

    assert longest_minutes(wanted=wanted, around=at_stockholm(2026, 11, 23, 13)) == 12 * 60
