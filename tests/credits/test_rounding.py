"""The one rounding of a session's minutes (rule C7)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credits.rounding import round_minutes

MINUTES = st.integers(0, 100_000)
STEPS = st.integers(1, 120)


@pytest.mark.parametrize(("worked", "charged"), [(47, 50), (44, 40), (45, 50), (4, 0), (0, 0), (13 + 13 + 13, 40), (5, 10), (60, 60)])
def test_c7_the_published_examples_hold(worked, charged):
    assert round_minutes(worked) == charged


@pytest.mark.parametrize(("mode", "charged"), [("nearest", 40), ("up", 50), ("down", 40)])
def test_c7_the_mode_decides_which_way_41_minutes_go(mode, charged):
    assert round_minutes(41, mode=mode) == charged


def test_c7_an_odd_step_rounds_half_up_exactly():
    assert [round_minutes(minutes, step=15) for minutes in (7, 8, 22, 23)] == [0, 15, 15, 30]


def test_c7_the_minimum_applies_after_rounding_and_never_to_nothing():
    assert [round_minutes(minutes, minimum=30) for minutes in (0, 1, 4, 29, 35)] == [0, 30, 30, 30, 40]


@pytest.mark.parametrize(
    "arguments", [{"minutes": -1}, {"minutes": 1, "step": 0}, {"minutes": 1, "minimum": -1}, {"minutes": 1, "mode": "half"}]
)
def test_c7_nonsense_is_refused(arguments):
    with pytest.raises(ValueError, match="round"):
        round_minutes(**arguments)


def test_c7_fractions_are_refused():
    with pytest.raises(TypeError, match="whole numbers"):
        round_minutes(7.5)  # type: ignore[arg-type]  # that is the point


@given(MINUTES, STEPS)
def test_c7_nearest_is_a_step_and_never_more_than_half_a_step_away(minutes, step):
    rounded = round_minutes(minutes, step=step)

    assert rounded % step == 0
    assert abs(rounded - minutes) * 2 <= step


@given(MINUTES, STEPS)
def test_c7_down_up_and_nearest_never_cross(minutes, step):
    down, nearest, up = (round_minutes(minutes, step=step, mode=mode) for mode in ("down", "nearest", "up"))

    assert down <= minutes <= up
    assert down <= nearest <= up


@given(MINUTES, MINUTES, STEPS, st.integers(0, 240), st.sampled_from(["nearest", "up", "down"]))
def test_c7_more_work_never_costs_less(one, other, step, minimum, mode):
    less, more = sorted((one, other))

    assert round_minutes(less, step=step, minimum=minimum, mode=mode) <= round_minutes(more, step=step, minimum=minimum, mode=mode)
