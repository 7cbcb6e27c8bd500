from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions.bands import band_at, combined
from tests.cast import STOCKHOLM, at_stockholm

TUESDAY = date(2026, 11, 24)
PERCENTS = st.integers(25, 300)


@dataclass(frozen=True)
class Band:
    opens: time
    closes: time
    weekdays: tuple[int, ...] = ()
    dates: tuple[str, ...] = ()


EVENING = Band(time(18), time(22), weekdays=(0, 1, 2, 3, 4))
NIGHT = Band(time(22), time(0), weekdays=tuple(range(7)))
HOLIDAY = Band(time(0), time(0), dates=("2026-12-24",))


def at(on, clock):
    return datetime.combine(on, time.fromisoformat(clock), tzinfo=STOCKHOLM).astimezone(UTC)


@pytest.mark.parametrize(
    ("clock", "found"),
    [
        ("17:59:59", None),
        ("18:00", EVENING),
        ("21:59:59", EVENING),
        ("22:00", NIGHT),
        ("23:59:59.999999", NIGHT),
        ("00:00", None),
    ],
)
def test_c17_a_band_is_half_open_and_00_00_closes_it_at_midnight(clock, found):
    assert band_at(at(TUESDAY, clock), [EVENING, NIGHT], STOCKHOLM) == found


def test_c17_a_band_holds_on_its_weekdays_only():
    saturday = TUESDAY + timedelta(days=4)

    assert band_at(at(saturday, "18:00"), [EVENING], STOCKHOLM) is None


def test_c17_a_whole_day_goes_from_midnight_to_midnight():
    eve, day, after = (date(2026, 12, number) for number in (23, 24, 25))

    assert [band_at(at(on, "00:00"), [HOLIDAY], STOCKHOLM) for on in (eve, day, after)] == [None, HOLIDAY, None]
    assert band_at(at(day, "23:59:59"), [HOLIDAY], STOCKHOLM) == HOLIDAY


def test_c17_a_date_beats_a_weekday_wherever_it_stands():
    christmas_eve = at(date(2026, 12, 24), "19:00")  # a Thursday

    assert band_at(christmas_eve, [EVENING, HOLIDAY], STOCKHOLM) == HOLIDAY


def test_c17_a_date_that_does_not_hold_then_leaves_the_weekday():
    morning = Band(time(6), time(12), dates=("2026-11-24",))

    assert band_at(at(TUESDAY, "18:00"), [morning, EVENING], STOCKHOLM) == EVENING


def test_c17_of_several_bands_the_first_counts():
    late = Band(time(20), time(23), weekdays=(1,))

    assert band_at(at(TUESDAY, "21:00"), [late, EVENING], STOCKHOLM) == late
    assert band_at(at(TUESDAY, "21:00"), [EVENING, late], STOCKHOLM) == EVENING


def test_c17_the_clock_of_the_zone_decides():
    new_york = ZoneInfo("America/New_York")

    assert band_at(at_stockholm(2026, 11, 25, 0), [EVENING], STOCKHOLM) is None
    assert band_at(at_stockholm(2026, 11, 25, 0), [EVENING], new_york) == EVENING


def test_w5_where_clocks_go_back_both_hours_that_show_a_time_lie_in_its_band():
    small_hours = Band(time(2), time(3), weekdays=(6,))
    midnight = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)

    found = [hour for hour in range(6) if band_at(midnight + timedelta(hours=hour), [small_hours], STOCKHOLM)]

    assert found == [2, 3]


def test_w5_where_clocks_go_forward_no_instant_lies_in_the_skipped_hour():
    small_hours = Band(time(2), time(3), weekdays=(6,))
    midnight = datetime(2027, 3, 27, 23, 0, tzinfo=UTC)
    day = [midnight + timedelta(minutes=10 * number) for number in range(23 * 6)]

    assert [instant for instant in day if band_at(instant, [small_hours], STOCKHOLM)] == []


def test_w5_a_band_over_a_clock_change_opens_and_closes_by_the_clock():
    early = Band(time(1), time(4), weekdays=(6,))
    forward, back = datetime(2027, 3, 27, 23, 0, tzinfo=UTC), datetime(2026, 10, 24, 22, 0, tzinfo=UTC)

    def hours_inside(midnight):
        return sum(band_at(midnight + timedelta(minutes=number), [early], STOCKHOLM) is not None for number in range(360)) / 60

    assert (hours_inside(forward), hours_inside(back)) == (2, 4)


@given(
    starts_at=st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)),
    cuts=st.sets(st.times(min_value=time(0, 0, 1)), min_size=1, max_size=4),
    zone=st.sampled_from(["Europe/Stockholm", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia", "Antarctica/Troll"]),
)
def test_c17_bands_that_divide_the_day_leave_no_instant_out_and_share_none(starts_at, cuts, zone):
    edges = [time(0), *sorted(cuts), time(0)]
    bands = [Band(opens, closes, weekdays=tuple(range(7))) for opens, closes in pairwise(edges)]

    found = [band for band in bands if band_at(starts_at, [band], ZoneInfo(zone))]

    assert len(found) == 1


@pytest.mark.parametrize(
    ("percents", "together"),
    [([], 100), ([150], 150), ([150, 120], 180), ([125, 130], 163), ([25, 25], 6), ([300, 300], 900), ([105, 110], 116), ([75, 133], 100)],
)
def test_c17_factors_multiply_to_whole_percents_and_half_goes_up(percents, together):
    assert combined(percents) == together


@given(first=PERCENTS, second=PERCENTS)
def test_c17_together_factors_stay_within_half_a_percent_and_within_what_is_possible(first, second):
    together = combined([first, second])

    assert -Fraction(1, 2) < together - Fraction(first * second, 100) <= Fraction(1, 2)
    assert 6 <= together <= 900
    assert combined([second, first]) == together
    assert combined([first, 100]) == first


@given(factors=st.lists(PERCENTS, max_size=2), more=st.integers(0, 50))
def test_c17_a_higher_factor_never_makes_less(factors, more):
    raised = [factors[0] + more, *factors[1:]] if factors else [100 + more]

    assert combined(raised) >= combined(factors)
