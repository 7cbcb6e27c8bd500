"""When credit runs out: real use, what is booked, what expires (rules C5, C12)."""

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from credits.forecast import FURTHEST_DAYS, Portion, Promise, forecast

TODAY = date(2026, 11, 18)


def ahead(days):
    return TODAY + timedelta(days=days)


def seen(portions, *, promises=(), per_day=0):
    return forecast(portions=portions, promises=promises, per_day=Fraction(per_day), today=TODAY)


def test_c12_steady_use_runs_out_on_the_day_the_last_minute_goes():
    found = seen([Portion(100)], per_day=10)

    assert (found.runs_out_on, found.left[0], found.left[1], found.left[-1]) == (
        ahead(10),
        (TODAY, 100),
        (ahead(1), 90),
        (ahead(10), 0),
    )


def test_c12_use_is_not_rounded_by_the_day():
    assert seen([Portion(10)], per_day=Fraction(1, 3)).runs_out_on == ahead(30)


def test_c12_without_use_and_bookings_it_lasts():
    found = seen([Portion(100)])

    assert (found.runs_out_on, len(found.left), found.left[-1][1]) == (None, FURTHEST_DAYS + 1, 100)


def test_c5_what_is_booked_is_used_on_its_day_if_that_is_sooner():
    found = seen([Portion(120)], promises=[Promise(100, ahead(3))], per_day=10)

    assert [minutes for _on, minutes in found.left[:5]] == [120, 110, 100, 20, 20]
    assert found.runs_out_on == ahead(12)


def test_c12_what_is_not_used_in_time_expires():
    found = seen([Portion(100, ahead(5)), Portion(60)], per_day=10)

    assert (found.expiring_minutes, found.left[5], found.left[6]) == (50, (ahead(5), 110), (ahead(6), 50))
    assert found.runs_out_on == ahead(11)


def test_c12_credit_that_expires_first_is_used_first():
    assert seen([Portion(60), Portion(50, ahead(5))], per_day=10).expiring_minutes == 0


def test_c11_nothing_left_has_run_out_today():
    assert seen([], per_day=10).runs_out_on == TODAY


@given(
    portions=st.lists(st.builds(Portion, st.integers(1, 500), st.none() | st.integers(0, 60).map(ahead)), max_size=4),
    promises=st.lists(st.builds(Promise, st.integers(1, 200), st.none() | st.integers(0, 60).map(ahead)), max_size=4),
    per_day=st.fractions(0, 60),
)
def test_c12_what_is_left_only_falls_and_nothing_is_lost_twice(portions, promises, per_day):
    found = seen(portions, promises=promises, per_day=per_day)

    left = [minutes for _on, minutes in found.left]
    assert left == sorted(left, reverse=True)
    assert left[-1] >= 0
    assert found.expiring_minutes <= sum(portion.minutes for portion in portions if portion.expires_on)
