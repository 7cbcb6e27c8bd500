"""Whose turn it is: order, hand-over, clock changes, changed turns (rules S18, W5)."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from clients import turns
from clients.turns import Order, Swap, Turn
from tests.cast import STOCKHOLM, at_stockholm

ANNA, BO, CILLA = 1, 2, 3
MONDAY = date(2026, 11, 16)


def an_order(members: Sequence[int] = (ANNA, BO, CILLA), **fields: Any) -> Order:
    usual: dict[str, Any] = {"first_on": MONDAY, "turn_days": 7, "hands_over_at": time(9), "zone": STOCKHOLM}
    return Order(members=members, **(usual | fields))


def test_s18_members_take_turns_in_order_and_begin_anew():
    order = an_order()

    found = [turns.on_call(order, at_stockholm(2026, 11, 18) + timedelta(weeks=week)) for week in range(4)]

    assert found == [ANNA, BO, CILLA, ANNA]


def test_s18_turns_change_at_the_hour_of_the_rota_and_not_before():
    order = an_order()

    found = [turns.on_call(order, at) for at in (at_stockholm(2026, 11, 23, 8, 59, 59), at_stockholm(2026, 11, 23, 9))]

    assert found == [ANNA, BO]


def test_s18_before_the_first_day_the_turns_went_on_as_well():
    order = an_order()

    found = turns.on_call(order, at_stockholm(2026, 11, 10))

    assert found == CILLA


def test_s18_a_rota_without_members_has_nobody():
    order = an_order(members=())

    assert turns.turn_at(order, at_stockholm(2026, 11, 18)) is None
    assert turns.followers(order, at_stockholm(2026, 11, 18)) == []
    assert turns.turns(order, at_stockholm(2026, 11, 18), at_stockholm(2026, 12, 18)) == []


def test_w5_a_turn_over_a_clock_change_ends_at_the_same_hour_of_the_clock():
    order = an_order(first_on=date(2026, 10, 24), turn_days=1)

    turn = turns.turn_at(order, at_stockholm(2026, 10, 25, 1))

    assert turn == Turn(ANNA, datetime(2026, 10, 24, 7, tzinfo=UTC), datetime(2026, 10, 25, 8, tzinfo=UTC))


def test_w5_a_hand_over_at_an_hour_that_the_clock_skips_comes_as_much_later():
    order = an_order(first_on=date(2027, 3, 27), turn_days=1, hands_over_at=time(2, 30))

    turn = turns.turn_at(order, at_stockholm(2027, 3, 28, 12))

    assert turn == Turn(BO, datetime(2027, 3, 28, 1, 30, tzinfo=UTC), datetime(2027, 3, 29, 0, 30, tzinfo=UTC))


def test_s18_a_changed_turn_beats_the_order_and_is_laid_over_it():
    first, last = at_stockholm(2026, 11, 18, 18), at_stockholm(2026, 11, 19, 8)
    order = an_order(swaps=[Swap(CILLA, first, last)])

    found = turns.turns(order, at_stockholm(2026, 11, 16, 9), at_stockholm(2026, 11, 23, 9))

    assert found == [
        Turn(ANNA, at_stockholm(2026, 11, 16, 9), first),
        Turn(CILLA, first, last, swapped=True),
        Turn(ANNA, last, at_stockholm(2026, 11, 23, 9)),
    ]


def test_s18_after_the_person_on_call_come_the_others_in_order_and_then_the_one_who_gave_the_turn_away():
    order = an_order()

    found = turns.followers(order, at_stockholm(2026, 11, 25))

    assert found == [CILLA, ANNA, BO]


def test_s18_whoever_has_the_turn_keeps_it_when_the_order_changes():
    at = at_stockholm(2026, 11, 25)
    order = an_order()

    first_on = turns.first_day(order, (CILLA, ANNA, BO), at)

    assert turns.on_call(an_order(members=(CILLA, ANNA, BO), first_on=first_on), at) == BO


def test_s18_the_turn_of_a_member_who_leaves_goes_to_the_next_who_stays():
    at = at_stockholm(2026, 11, 25)
    order = an_order()

    first_on = turns.first_day(order, (ANNA, CILLA), at)

    assert turns.on_call(an_order(members=(ANNA, CILLA), first_on=first_on), at) == CILLA


@given(
    start=st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),
    days=st.integers(1, 40),
    turn_days=st.integers(1, 9),
    hour=st.times(),
    zone=st.sampled_from(["Europe/Stockholm", "America/New_York", "Australia/Lord_Howe", "UTC"]),
)
def test_s18_turns_leave_no_gap_and_agree_with_who_is_on_call(start, days, turn_days, hour, zone):
    order = an_order(turn_days=turn_days, hands_over_at=hour.replace(second=0, microsecond=0), zone=ZoneInfo(zone))
    first = start.replace(tzinfo=UTC)
    last = first + timedelta(days=days)

    found = turns.turns(order, first, last)

    assert (found[0].starts_at, found[-1].ends_at) == (first, last)
    assert all(one.ends_at == other.starts_at for one, other in pairwise(found))
    assert all(turns.on_call(order, turn.starts_at) == turn.person for turn in found)
    assert all(turns.on_call(order, turn.ends_at - timedelta(seconds=1)) == turn.person for turn in found)
