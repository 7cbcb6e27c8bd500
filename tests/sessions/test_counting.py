from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credits.rounding import round_minutes
from sessions.counting import Allowance, Counting, Stretch, billable, charged, held, limit
from tests.cast import NOON
from tests.sessions.factories import minutes


def stretch(key, start, length):
    return Stretch(key, NOON + minutes(start), length)


STRETCHES = st.lists(st.tuples(st.integers(0, 90), st.integers(0, 40)), max_size=5).map(
    lambda worked: [stretch(key, start, length) for key, (start, length) in enumerate(worked)]
)
CONSENTS = st.lists(
    st.builds(lambda total, since: Allowance(total, NOON + minutes(since)), st.integers(0, 150), st.integers(-10, 120)), max_size=3
)
LIMITS = st.integers(0, 120)


@pytest.mark.parametrize(
    ("held", "percent", "expected"), [(60, 15, 69), (30, 15, 34), (90, 15, 103), (120, 15, 138), (60, 0, 60), (0, 15, 0)]
)
def test_c8_the_limit_is_the_estimate_and_its_tolerance_rounded_down(held, percent, expected):
    assert limit(estimated_minutes=held, tolerance_percent=percent) == expected


def test_c8_minutes_within_the_limit_all_count():
    assert billable([stretch(1, 0, 40), stretch(2, 40, 29)], limit=69) == {1: 40, 2: 29}


def test_c8_minutes_beyond_the_limit_are_free_in_the_order_worked():
    assert billable([stretch(2, 40, 40), stretch(1, 0, 40)], limit=69) == {1: 40, 2: 29}


def test_c8_two_technicians_at_once_share_the_limit_minute_by_minute():
    assert billable([stretch(1, 0, 50), stretch(2, 0, 50)], limit=69) == {1: 35, 2: 34}


def test_c8_consent_given_before_the_work_makes_it_count():
    given_before = [Allowance(120, NOON + minutes(60))]

    assert billable([stretch(1, 0, 100)], limit=69, consents=given_before) == {1: 100}


def test_c8_consent_never_reaches_back():
    given_late = [Allowance(120, NOON + minutes(90))]

    assert billable([stretch(1, 0, 100)], limit=69, consents=given_late) == {1: 79}


def test_c8_the_minute_that_begins_as_consent_is_given_counts_and_the_one_before_does_not():
    on_the_minute = [Allowance(120, NOON + minutes(70))]
    within_the_minute = [Allowance(120, NOON + minutes(70) + timedelta(seconds=1))]

    assert billable([stretch(1, 0, 80)], limit=60, consents=on_the_minute) == {1: 70}
    assert billable([stretch(1, 0, 80)], limit=60, consents=within_the_minute) == {1: 69}


def test_c8_no_more_counts_than_was_agreed_to():
    consent = [Allowance(100, NOON)]

    assert billable([stretch(1, 0, 300)], limit=69, consents=consent) == {1: 100}


def test_c8_consent_to_less_than_the_limit_takes_nothing_away():
    assert billable([stretch(1, 0, 69)], limit=69, consents=[Allowance(10, NOON)]) == {1: 69}


@given(worked=STRETCHES, limit=LIMITS, consents=CONSENTS)
def test_c8_nobody_pays_more_than_was_worked_or_agreed(worked, limit, consents):
    counted = billable(worked, limit=limit, consents=consents)

    assert all(0 <= counted[line.key] <= line.minutes for line in worked)
    assert sum(counted.values()) <= max([limit, *(consent.minutes for consent in consents)])
    assert sum(counted.values()) >= min(limit, sum(line.minutes for line in worked))


@given(worked=STRETCHES, limit=LIMITS, consents=CONSENTS, more=CONSENTS)
def test_c8_agreeing_to_more_never_lowers_the_sum(worked, limit, consents, more):
    before = billable(worked, limit=limit, consents=consents)
    after = billable(worked, limit=limit, consents=[*consents, *more])

    assert sum(after.values()) >= sum(before.values())


@given(worked=STRETCHES, limit=LIMITS, consents=CONSENTS, data=st.data())
def test_c8_taking_minutes_away_never_raises_the_sum(worked, limit, consents, data):
    fewer = [Stretch(line.key, line.started_at, data.draw(st.integers(0, line.minutes))) for line in worked]

    before = billable(worked, limit=limit, consents=consents)
    after = billable(fewer, limit=limit, consents=consents)

    assert sum(after.values()) <= sum(before.values())


@given(worked=STRETCHES, limit=LIMITS, total=st.integers(0, 150))
def test_c8_consent_after_the_last_minute_changes_nothing(worked, limit, total):
    afterwards = [Allowance(total, NOON + minutes(200))]

    assert billable(worked, limit=limit, consents=afterwards) == billable(worked, limit=limit)


@given(worked=STRETCHES, limit=LIMITS, consents=CONSENTS)
def test_c8_the_order_in_which_lines_were_logged_does_not_matter(worked, limit, consents):
    assert billable(worked[::-1], limit=limit, consents=consents) == billable(worked, limit=limit, consents=consents)


@pytest.mark.parametrize(("raw", "expected"), [(47, 50), (44, 40), (45, 50), (4, 0), (0, 0), (39, 40), (69, 70)])
def test_c7_the_total_is_rounded_to_the_nearest_step_and_half_goes_up(raw, expected):
    assert charged(raw, Counting()) == expected


@pytest.mark.parametrize(
    ("raw", "counting", "expected"),
    [
        (39, Counting(factor_percent=150), 60),
        (33, Counting(factor_percent=150), 50),
        (30, Counting(factor_percent=150), 50),
        (29, Counting(factor_percent=150), 40),
        (1, Counting(step=1, factor_percent=149), 1),
        (1, Counting(step=1, factor_percent=150), 2),
        (5, Counting(minimum=30, factor_percent=200), 30),
        (0, Counting(minimum=30, factor_percent=200), 0),
        (41, Counting(mode="up"), 50),
        (49, Counting(mode="down"), 40),
    ],
)
def test_c17_the_factor_is_exact_in_hundredths_before_the_one_rounding(raw, counting, expected):
    assert charged(raw, counting) == expected


FACTORS = st.integers(6, 900)
COUNTINGS = st.builds(
    Counting,
    step=st.integers(1, 60),
    mode=st.sampled_from(["nearest", "up", "down"]),
    minimum=st.integers(0, 120),
    factor_percent=FACTORS,
)


def test_c17_three_short_entries_are_multiplied_together_and_rounded_once():
    evening = Counting(factor_percent=150)

    assert charged(13 + 13 + 13, evening) == 60  # 58.5
    assert 3 * charged(13, evening) == 60  # 19.5 each
    assert 3 * charged(11, evening) == 60 != charged(33, evening) == 50  # 16.5 each, 49.5 in all


@given(minutes=st.integers(0, 3000), counting=COUNTINGS)
def test_c17_a_factor_of_a_hundred_changes_nothing(minutes, counting):
    plain = replace(counting, factor_percent=100)

    assert charged(minutes, plain) == round_minutes(minutes, step=counting.step, mode=counting.mode, minimum=counting.minimum)


@given(minutes=st.integers(0, 3000), counting=COUNTINGS)
def test_c17_the_charge_is_the_exact_product_rounded_once(minutes, counting):
    exact = Fraction(minutes * counting.factor_percent, 100)
    free_of_minimum = charged(minutes, replace(counting, minimum=0))

    assert free_of_minimum % counting.step == 0
    match counting.mode:
        case "nearest":
            assert -Fraction(counting.step, 2) < free_of_minimum - exact <= Fraction(counting.step, 2)
        case "up":
            assert 0 <= free_of_minimum - exact < counting.step
        case _:
            assert 0 <= exact - free_of_minimum < counting.step
    assert charged(minutes, counting) == (max(free_of_minimum, counting.minimum) if minutes else 0)


@given(minutes=st.integers(0, 3000), more=st.integers(0, 500), counting=COUNTINGS)
def test_c17_more_minutes_or_a_higher_factor_never_cost_less(minutes, more, counting):
    higher = replace(counting, factor_percent=counting.factor_percent + more)

    assert charged(minutes + more, counting) >= charged(minutes, counting)
    assert charged(minutes, higher) >= charged(minutes, counting)


@given(worked=st.lists(st.integers(0, 120), max_size=6), factor=FACTORS)
def test_c17_the_sum_of_the_factors_of_entries_is_the_factor_of_their_sum(worked, factor):
    exact = Counting(step=1, factor_percent=factor)
    hundredths = sum(minutes * factor for minutes in worked)

    assert charged(sum(worked), exact) == (hundredths + 50) // 100


@given(minutes=st.integers(1, 3000), counting=COUNTINGS)
def test_c5_what_is_held_is_what_the_estimate_would_be_charged_at(minutes, counting):
    assert held(minutes, counting) == max(charged(minutes, counting), 1)
