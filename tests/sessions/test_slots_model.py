"""A slot is offered if, and only if, enough technicians are free: every minute of the days is asked one by one (rules R2, C17, W5)."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from sessions.openings import DatedHours, worked
from sessions.slots import Fit, Opening, Roster, Schedule, Slot, instant, open_slots
from tests.cast import STOCKHOLM, at_stockholm

MIDNIGHT = time(0)
MINUTE = timedelta(minutes=1)
ZONES = st.sampled_from([STOCKHOLM, ZoneInfo("America/New_York"), ZoneInfo("Asia/Kathmandu"), ZoneInfo("UTC")])
DAYS = st.sampled_from([date(2026, 11, 23), date(2026, 10, 24), date(2027, 3, 27), date(2026, 10, 31), date(2027, 3, 13)])
# half hours that begin within a skipped or a repeated hour mean another time on that day than the clock shows
CLOCKS = st.integers(0, 47).filter(lambda half: half not in (3, 5)).map(lambda half: time(*divmod(half * 30, 60)))
HOURS = st.tuples(CLOCKS, CLOCKS).map(lambda pair: pair if pair[0] < pair[1] else (pair[0], MIDNIGHT))


@dataclass(frozen=True)
class Band:
    """The hours of a time band."""

    opens: time
    closes: time
    weekdays: frozenset[int] = frozenset()
    dates: frozenset[str] = frozenset()


def minutes(number):
    return timedelta(minutes=number)


def near(first):
    """Dates from the day before `first` on."""
    return st.integers(-1, 3).map(lambda days: first + timedelta(days=days))


@st.composite
def bands(draw, first):
    dates = draw(st.frozensets(near(first).map(date.isoformat), max_size=2))
    opens, closes = draw(HOURS)
    return Band(opens, closes, weekdays=draw(st.frozensets(st.integers(0, 6), max_size=4)), dates=dates)


@st.composite
def exceptions(draw, first):
    begins, ends = sorted(draw(st.tuples(near(first), near(first))))
    return DatedHours(begins, ends, *draw(st.one_of(st.just(()), HOURS)))


@st.composite
def intervals(draw, first, length, at_most):
    base = instant(first, MIDNIGHT, STOCKHOLM)
    spans = draw(st.lists(st.tuples(st.integers(-24 * 12, 72 * 12), st.integers(1, length)), max_size=at_most))
    return [(base + minutes(5 * start), base + minutes(5 * (start + long))) for start, long in spans]


@st.composite
def rosters(draw, number, first, offered, zone_of_bands):
    schedule = Schedule(
        zone=draw(ZONES),
        weekly=[Opening(draw(st.integers(0, 6)), *draw(HOURS)) for _ in range(draw(st.integers(2, 10)))],
        holidays=draw(st.frozensets(near(first), max_size=1)),
        bands=[band for band in offered if draw(st.booleans())],
        band_zone=zone_of_bands,
        off=draw(st.lists(exceptions(first), max_size=2)),
        extra=draw(st.lists(exceptions(first), max_size=1)),
    )
    return Roster(technician=number, schedule=schedule, reserved=draw(intervals(first, 40, 2)), busy=draw(intervals(first, 60, 3)))


@st.composite
def worlds(draw):
    first, zone = draw(DAYS), draw(ZONES)
    offered = draw(st.lists(bands(first), max_size=2))
    people = [draw(rosters(number, first, offered, zone)) for number in range(1, draw(st.integers(1, 3)) + 1)]
    fit = Fit(
        duration=minutes(draw(st.sampled_from([30, 60, 90, 240]))),
        step=minutes(draw(st.sampled_from([15, 30, 60]))),
        zone=zone,
        buffer_before=minutes(draw(st.sampled_from([0, 5, 20]))),
        buffer_after=minutes(draw(st.sampled_from([0, 10]))),
        needed=draw(st.integers(1, 2)),
        bands=offered,
        rest=timedelta(hours=draw(st.sampled_from([0, 3, 11]))),
    )
    earliest = instant(first, MIDNIGHT, STOCKHOLM) + minutes(draw(st.integers(0, 600)))
    return people, fit, earliest, earliest + minutes(draw(st.integers(0, 48 * 60)))


# The rules, asked of one instant.


def lies_in(hours, clock):
    return hours.opens <= clock and (clock < hours.closes or hours.closes == MIDNIGHT)


def is_covered(dated, wall):
    return any(hours.first <= wall.date() <= hours.last and lies_in(hours, wall.time()) for hours in dated)


def works(schedule, moment):
    """Whether the technician works at `moment`: extra hours win, then what is off, then the week with the bands."""
    wall, by_bands = moment.astimezone(schedule.zone), moment.astimezone(schedule.band_zone)
    if is_covered(schedule.extra, wall):
        return True
    if is_covered(schedule.off, wall):
        return False
    by_week = wall.date() not in schedule.holidays and any(
        opening.weekday == wall.weekday() and lies_in(opening, wall.time()) for opening in schedule.weekly
    )
    return by_week or any(is_in(band, by_bands, schedule.holidays) for band in schedule.bands)


def is_in(band, wall, holidays=()):
    named = wall.date().isoformat() in band.dates
    return lies_in(band, wall.time()) and (named or (wall.weekday() in band.weekdays and wall.date() not in holidays))


def offers(roster, fit, start):
    """Whether the technician offers the band in which the session begins: a date beats a weekday, then the first counts."""
    wall = start.astimezone(fit.zone)
    then = [band for band in fit.bands if is_in(band, wall)]
    by_date = [band for band in then if wall.date().isoformat() in band.dates]
    return not then or (by_date or then)[0] in roster.schedule.bands


def rests(roster, fit, begins, ends):
    """Whether the rest lies between the session and all that is reserved on other days."""
    zone = roster.schedule.zone
    other_days = [taken for taken in roster.reserved if taken[0].astimezone(zone).date() != begins.astimezone(zone).date()]
    return all(ends + fit.rest <= taken[0] or taken[1] + fit.rest <= begins for taken in other_days)


def is_free(roster, fit, start, at_work):
    begins, ends = start - fit.buffer_before, start + fit.duration + fit.buffer_after
    is_clear = all(taken[1] <= begins or ends <= taken[0] for taken in [*roster.reserved, *roster.busy])
    stays = all(start + number * MINUTE in at_work for number in range(fit.duration // MINUTE))
    return is_clear and stays and offers(roster, fit, start) and (not fit.rest or rests(roster, fit, begins, ends))


def every_minute(earliest, latest):
    moment = earliest
    while moment < latest:
        yield moment
        moment += MINUTE


def by_brute_force(people, fit, earliest, latest):
    found, last = [], latest + fit.duration
    at_work = [{moment for moment in every_minute(earliest, last) if works(roster.schedule, moment)} for roster in people]
    for moment in every_minute(earliest, latest):
        wall = moment.astimezone(fit.zone)
        if (wall.hour * 60 + wall.minute) % (fit.step // MINUTE) == 0:
            free = tuple(roster.technician for roster, hours in zip(people, at_work, strict=True) if is_free(roster, fit, moment, hours))
            if len(free) >= fit.needed:
                found.append(Slot(moment, moment + fit.duration, free))
    return found


NIGHT = Schedule(zone=STOCKHOLM, weekly=[Opening(6, time(1), time(4))])


def at_night(duration):
    return [Roster(technician=1, schedule=NIGHT)], Fit(duration=minutes(duration), step=minutes(30), zone=STOCKHOLM)


@given(worlds())
@example((*at_night(90), at_stockholm(2027, 3, 28), at_stockholm(2027, 3, 29)))
@example((*at_night(240), at_stockholm(2026, 10, 25), at_stockholm(2026, 10, 26)))
def test_r2_c17_a_slot_is_offered_if_and_only_if_enough_technicians_are_free(world):
    people, fit, earliest, latest = world

    assert open_slots(rosters=people, fit=fit, earliest=earliest, latest=latest) == by_brute_force(people, fit, earliest, latest)


@given(worlds())
def test_r2_w5_what_is_worked_is_apart_in_order_and_right_at_every_minute(world):
    (roster, *_), _, earliest, latest = world

    found = worked(roster.schedule, earliest, latest)

    assert all(begins < ends for begins, ends in found)
    assert all(earlier[1] < later[0] for earlier, later in pairwise(found))
    for moment in every_minute(earliest, min(latest, earliest + timedelta(hours=12))):
        assert works(roster.schedule, moment) == any(begins <= moment < ends for begins, ends in found)


def test_r2_minutes_are_counted_from_the_instant_whatever_its_zone():
    people, fit = at_night(60)
    span = at_stockholm(2026, 11, 22), at_stockholm(2026, 11, 23)

    elsewhere = [moment.astimezone(ZoneInfo("Asia/Kolkata")) for moment in span]

    assert open_slots(rosters=people, fit=fit, earliest=elsewhere[0], latest=elsewhere[1]) == by_brute_force(people, fit, *span)
