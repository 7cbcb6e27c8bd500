"""The arithmetic of estimates, for all sums that there can be (rules D1, D3, D6, I2)."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from delivery import money

CENTS = st.integers(min_value=1, max_value=9_999_999_99).map(lambda cents: Decimal(cents) / 100)
RATES = st.sampled_from([Decimal(0), Decimal(6), Decimal(12), Decimal("25.00"), Decimal(25), Decimal("7.7")])
LINES = st.lists(st.tuples(CENTS, RATES), max_size=12)
PRICES = st.integers(min_value=1, max_value=500_000).map(lambda cents: Decimal(cents) / 100)


def half_up(exact: Fraction) -> Decimal:
    """Whole cents, half a cent up, reckoned another way."""
    return Decimal(int(exact * 100 + Fraction(1, 2))) / 100


@given(quantity=CENTS, price=PRICES)
def test_d1_a_line_is_quantity_times_price_to_the_cent(quantity, price):
    net = money.line_net(quantity, price)

    assert net == half_up(Fraction(quantity) * Fraction(price))
    assert net.as_tuple().exponent == -2


@given(lines=LINES)
def test_i2_vat_is_rounded_once_for_each_rate_and_never_for_each_line(lines):
    found = money.totals(lines)

    nets: dict[Decimal, Fraction] = {}
    for net, rate in lines:
        nets[rate.normalize()] = nets.get(rate.normalize(), Fraction(0)) + Fraction(net)
    assert found.net == sum((net for net, _ in lines), Decimal(0))
    assert found.vat == sum((half_up(net * Fraction(rate) / 100) for rate, net in nets.items()), Decimal(0))
    assert found.total == found.net + found.vat
    assert set(found.by_rate) == set(nets)


@given(lines=LINES)
def test_i2_the_order_of_lines_changes_no_sum(lines):
    assert money.totals(lines) == money.totals(reversed(lines))


def test_i2_three_lines_of_ten_cents_bear_eight_cents_and_not_nine():
    assert money.totals([(Decimal("0.10"), Decimal(25))] * 3).vat == Decimal("0.08")


@given(entries=st.lists(st.tuples(st.integers(min_value=1, max_value=10_000), PRICES), max_size=10))
def test_i2_the_minutes_of_one_price_are_summed_before_they_are_priced(entries):
    minutes: dict[Decimal, int] = {}
    for worked, rate in entries:
        minutes[rate] = minutes.get(rate, 0) + worked

    assert money.time_net(entries) == sum((half_up(Fraction(worked) * Fraction(rate) / 60) for rate, worked in minutes.items()), Decimal(0))


@given(net=CENTS, price=PRICES, step=st.sampled_from([1, 5, 10, 15, 30, 60]))
def test_d6_credit_pays_the_sum_whole_with_the_fewest_steps(net, price, step):
    minutes = money.credit_minutes(net, price, step=step)

    assert minutes % step == 0
    assert Fraction(minutes) * Fraction(price) / 60 >= Fraction(net)
    assert Fraction(minutes - step) * Fraction(price) / 60 < Fraction(net)


@given(amount=CENTS, weights=st.lists(CENTS, min_size=1, max_size=8))
def test_d1_shares_come_to_the_whole_and_none_is_a_cent_from_its_due(amount, weights):
    parts = money.shares(amount, weights)

    assert sum(parts) == amount
    due = [Fraction(amount) * Fraction(weight) / Fraction(sum(weights)) for weight in weights]
    assert all(abs(Fraction(part) - exact) <= Fraction(1, 100) for part, exact in zip(parts, due, strict=True))
    assert all(part >= 0 and part == part.quantize(money.CENT, rounding=ROUND_HALF_UP) for part in parts)


def test_d1_shares_of_nothing_are_nothing():
    assert money.shares(Decimal(100), [Decimal(0), Decimal(0)]) == [Decimal(0), Decimal(0)]
