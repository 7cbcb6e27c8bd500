"""Who works when: weekly hours, exceptions, bands and holidays, and who may say so (rules R2, C17)."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.models import StaffDuty
from core.errors import NotAllowed
from sessions import hours, openings, rota
from sessions.hours import (
    BandWithdrawn,
    DatesBackwards,
    Deviation,
    ExceptionGone,
    ExceptionThere,
    HoursBackwards,
    HoursChanged,
    HoursOverlap,
    Interval,
    NoSuchCountry,
    TimesMissing,
)
from sessions.models import ExceptionKind, HoursException, TimeBand
from tests.cast import NOON, a_colleague, at_stockholm
from tests.sessions.factories import a_session

MORNING, AFTERNOON = Interval(time(8), time(12)), Interval(time(13), time(17))
ALL_DAY = Interval(time(8), time(17))
A_DAY_OFF = Deviation(kind=ExceptionKind.OFF, first_on=date(2026, 11, 24), last_on=date(2026, 11, 24))
EPOCH = datetime(2026, 1, 1, tzinfo=NOON.tzinfo)


@pytest.fixture
def tessa(cast):
    return cast.tessa


def set_week(technician, by=None, **days):
    wanted = hours.week_of(technician) | {int(day[1:]): intervals for day, intervals in days.items()}
    return hours.set_week(technician=technician, week=wanted, shown=hours.week_of(technician), by=by or technician.person, at=NOON)


def works(technician, day):
    begins = at_stockholm(2026, 11, day)
    found = rota.working_times([technician], first=begins, last=begins + timedelta(days=1))[technician.pk]
    return [f"{opens.astimezone(technician.zone):%H:%M}–{closes.astimezone(technician.zone):%H:%M}" for opens, closes in found]


def test_r2_a_day_can_have_several_intervals(tessa):
    set_week(tessa, d1=[AFTERNOON, MORNING], d4=[])

    assert hours.week_of(tessa)[1] == [MORNING, AFTERNOON]
    assert (works(tessa, 24), works(tessa, 27), works(tessa, 26)) == (["08:00–12:00", "13:00–17:00"], [], ["08:00–17:00"])


def test_r2_hours_may_end_at_midnight_and_go_on(tessa):
    set_week(tessa, d1=[Interval(time(22), time(0))], d2=[Interval(time(0), time(6))])

    assert works(tessa, 24) == ["22:00–00:00"]
    assert works(tessa, 25) == ["00:00–06:00"]


@pytest.mark.parametrize(
    "day", [[MORNING, Interval(time(11), time(13))], [MORNING, MORNING], [Interval(time(20), time(0)), Interval(time(23), time(23, 30))]]
)
def test_r2_intervals_that_overlap_are_refused_with_both_named(tessa, day):
    with pytest.raises(HoursOverlap, match=f"Tuesday: {min(day)} and {max(day)} overlap"):
        set_week(tessa, d1=day)

    assert hours.week_of(tessa)[1] == [ALL_DAY]


def test_r2_hours_that_end_before_they_begin_are_refused(tessa):
    with pytest.raises(HoursBackwards):
        set_week(tessa, d1=[Interval(time(12), time(8))])


def test_r2_hours_that_were_changed_meanwhile_are_not_overwritten(tessa):
    shown = hours.week_of(tessa)
    set_week(tessa, d1=[MORNING])

    with pytest.raises(HoursChanged):
        hours.set_week(technician=tessa, week=shown | {2: [AFTERNOON]}, shown=shown, by=tessa.person, at=NOON)

    assert (hours.week_of(tessa)[1], hours.week_of(tessa)[2]) == ([MORNING], [ALL_DAY])


def test_r2_only_a_dispatcher_an_administrator_or_oneself_changes_hours(cast, tessa):
    dora = a_colleague("Dora", StaffDuty.DISPATCHER)
    for person in (cast.ada, dora, tessa.person):
        set_week(tessa, by=person, d1=[MORNING])
    for person in (cast.theo.person, cast.max, cast.fia):
        with pytest.raises(NotAllowed):
            set_week(tessa, by=person, d1=[AFTERNOON])

    assert hours.week_of(tessa)[1] == [MORNING]


def test_r2_the_history_keeps_who_changed_what(cast, tessa):
    set_week(tessa, by=cast.ada, d1=[MORNING])
    hours.except_from(technician=tessa, deviation=A_DAY_OFF, by=tessa.person, at=NOON)

    kept = [
        (record.history_user, record.history_date, record.history_change_reason) for record in tessa.history.order_by("-history_id")[:2]
    ]
    assert kept == [
        (tessa.person, NOON, "exception made: off 2026-11-24–2026-11-24"),
        (cast.ada, NOON, "weekly hours, days 1 (Monday is 0)"),
    ]


def test_r2_a_day_off_and_a_part_of_one(tessa):
    hours.except_from(technician=tessa, deviation=A_DAY_OFF, by=tessa.person, at=NOON)
    lunch = replace(A_DAY_OFF, first_on=date(2026, 11, 25), last_on=date(2026, 11, 26), opens=time(12), closes=time(13))
    hours.except_from(technician=tessa, deviation=lunch, by=tessa.person, at=NOON)

    assert works(tessa, 24) == []
    assert works(tessa, 25) == works(tessa, 26) == ["08:00–12:00", "13:00–17:00"]


def test_r2_extra_hours_come_beside_the_weekly_ones(tessa):
    saturday = replace(A_DAY_OFF, kind=ExceptionKind.EXTRA, first_on=date(2026, 11, 28), last_on=date(2026, 11, 28))
    hours.except_from(technician=tessa, deviation=replace(saturday, opens=time(9), closes=time(12)), by=tessa.person, at=NOON)

    assert works(tessa, 28) == ["09:00–12:00"]


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"last_on": date(2026, 11, 23)}, DatesBackwards),
        ({"last_on": date(2028, 1, 1)}, DatesBackwards),
        ({"opens": time(9)}, TimesMissing),
        ({"kind": ExceptionKind.EXTRA}, TimesMissing),
        ({"opens": time(9), "closes": time(9)}, HoursBackwards),
    ],
)
def test_r2_an_exception_that_cannot_be_is_refused(tessa, wrong, refusal):
    with pytest.raises(refusal):
        hours.except_from(technician=tessa, deviation=replace(A_DAY_OFF, **wrong), by=tessa.person, at=NOON)

    assert not HoursException.objects.exists()


def test_r2_an_exception_is_made_once_and_removed_once(cast, tessa):
    made = hours.except_from(technician=tessa, deviation=A_DAY_OFF, by=tessa.person, at=NOON)
    with pytest.raises(ExceptionThere):
        hours.except_from(technician=tessa, deviation=replace(A_DAY_OFF, note="Again"), by=tessa.person, at=NOON)
    with pytest.raises(ExceptionGone):
        hours.remove_exception(technician=cast.theo, exception_id=made.pk, by=cast.ada, at=NOON)

    hours.remove_exception(technician=tessa, exception_id=made.pk, by=tessa.person, at=NOON)

    assert works(tessa, 24) == ["08:00–17:00"]
    with pytest.raises(ExceptionGone):
        hours.remove_exception(technician=tessa, exception_id=made.pk, by=tessa.person, at=NOON)


def test_c17_bands_and_holidays_are_said_and_what_is_not_offered_is_refused(tessa):
    made = {"weekdays": [5], "opens": time(8), "closes": time(18), "factor_percent": 150, "position": 1}
    weekend = TimeBand.objects.create(code="weekend", name_en="Weekend", name_sv="Helg", **made)

    hours.offer(technician=tessa, bands=[weekend], country="DE", subdivision="BY", by=tessa.person, at=NOON)

    tessa.refresh_from_db()
    assert (list(tessa.bands.all()), tessa.country, tessa.subdivision) == ([weekend], "DE", "BY")
    for country, subdivision in (("XX", ""), ("SE", "BY"), ("", "BY")):
        with pytest.raises(NoSuchCountry):
            hours.offer(technician=tessa, bands=[], country=country, subdivision=subdivision, by=tessa.person, at=NOON)
    TimeBand.objects.update(offered=False)
    with pytest.raises(BandWithdrawn):
        hours.offer(technician=tessa, bands=[weekend], country="", by=tessa.person, at=NOON)


def test_r2_changing_hours_moves_nothing_and_names_what_lies_outside(cast, acme, tessa):
    inside = a_session(cast, acme, starts_at=at_stockholm(2026, 11, 24, 9))
    across = a_session(cast, acme, starts_at=at_stockholm(2026, 11, 24, 11, 30))
    a_session(cast, acme, starts_at=at_stockholm(2026, 11, 24, 13), technicians=[cast.theo])
    a_session(cast, acme, starts_at=NOON - timedelta(days=1))

    set_week(tessa, d1=[MORNING])

    assert hours.bookings_outside(technician=tessa, at=NOON) == [across]
    assert inside.reservations.get().live
    assert across.reservations.get().live


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30))), st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30))))
def test_r2_what_is_left_of_time_is_what_was_there_and_is_not_taken(there, taken):
    def minutes(stretches):
        return [(EPOCH + timedelta(minutes=start), EPOCH + timedelta(minutes=start + length)) for start, length in stretches]

    left = list(openings.without(openings.joined(minutes(there)), openings.joined(minutes(taken))))

    def within(stretches, minute):
        return any(begins <= EPOCH + timedelta(minutes=minute) < ends for begins, ends in stretches)

    expected = [minute for minute in range(100) if within(minutes(there), minute) and not within(minutes(taken), minute)]
    assert [minute for minute in range(100) if within(left, minute)] == expected
    assert all(first[1] <= second[0] for first, second in pairwise(left))
