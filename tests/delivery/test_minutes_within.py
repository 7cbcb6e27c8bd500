"""How long what is left lasts, and how much credit pays a sum: exact to the minute, whatever the price (rules D3, D6, I2)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery import money

RATES = st.decimals(min_value=Decimal("0.01"), max_value=Decimal(5000), places=2)
SUMS = st.decimals(min_value=Decimal(0), max_value=Decimal(100_000), places=2)


@given(left=SUMS, rate=RATES, worked=st.integers(0, 10_000))
def test_d3_what_is_left_pays_these_minutes_and_not_one_more(left, rate, worked):
    minutes = money.minutes_within(left, rate, worked=worked)

    before = money.time_net([(worked, rate)])
    assert money.time_net([(worked + minutes, rate)]) - before <= left
    assert money.time_net([(worked + minutes + 1, rate)]) - before > left


@pytest.mark.parametrize(
    ("net", "price", "step", "minutes"),
    [(1200, 1200, 10, 60), (1201, 1200, 10, 70), (100, 1200, 10, 10), ("0.01", 1200, 30, 30), (2400, 1200, 60, 120)],
)
def test_d6_credit_pays_up_to_the_next_whole_step(net, price, step, minutes):
    assert money.credit_minutes(Decimal(net), Decimal(price), step=step) == minutes
