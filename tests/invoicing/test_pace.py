"""When the next reminder goes out, by days alone (rule I5)."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from invoicing.pace import Sent, Step, due_on, following

STEPS = [Step(number=number, days=days) for number, days in ((1, 5), (2, 15), (3, 30))]
DUE = date(2026, 12, 18)


def test_i5_steps_follow_each_other_also_where_one_was_taken_away():
    assert following(STEPS, None) == STEPS[0]
    assert following(STEPS, Sent(number=1, on=DUE)) == STEPS[1]
    assert following(STEPS, Sent(number=3, on=DUE)) is None
    assert following([], None) is None
    assert following([STEPS[2], STEPS[0]], Sent(number=1, on=DUE)) == STEPS[2]


def test_i5_a_step_never_comes_sooner_after_another_than_they_lie_apart():
    late = Sent(number=1, on=DUE + timedelta(days=60))

    assert due_on(STEPS[1], STEPS, counted_from=DUE, last=late) == DUE + timedelta(days=70)
    assert due_on(STEPS[1], STEPS, counted_from=DUE, last=Sent(number=1, on=DUE)) == date(2027, 1, 2)
    assert due_on(STEPS[1], STEPS[1:], counted_from=DUE, last=late) == date(2027, 3, 3)


@given(st.lists(st.integers(1, 90), min_size=1, max_size=6, unique=True), st.integers(0, 500), st.integers(0, 500))
def test_i5_whatever_the_steps_one_a_day_at_most_never_early(days, away, start):
    steps = [Step(number=number, days=day) for number, day in enumerate(sorted(days), start=1)]
    counted_from, today, last = DUE, DUE + timedelta(days=start), None
    for step in steps:
        assert following(steps, last) == step
        on = max(due_on(step, steps, counted_from=counted_from, last=last), today + timedelta(days=away))
        assert on >= counted_from + timedelta(days=step.days)
        assert last is None or on > last.on
        last = Sent(number=step.number, on=on)
