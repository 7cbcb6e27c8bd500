"""What is earned and how it is spread over rates of VAT (rules D3, D5, I2)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.earned import Accepted, add, earned, left, part, spread, total

RATES = [Decimal(25), Decimal(12), Decimal(6), Decimal(0)]
cents = st.integers(1, 5_000_000).map(lambda amount: Decimal(amount) / 100)
by_rate = st.dictionaries(st.sampled_from(RATES), cents, min_size=1)
estimates = st.lists(st.builds(Accepted, by_rate | st.just({}), by_rate | st.just({})), min_size=1, max_size=4)


def test_d5_a_ceiling_earns_its_fixed_sums_and_what_is_used():
    estimate = Accepted({Decimal(12): Decimal(1000)}, {Decimal(25): Decimal(9000)})

    assert earned([estimate], Decimal(4500)) == [{Decimal(12): Decimal(1000), Decimal(25): Decimal(4500)}]
    assert earned([estimate], Decimal(0)) == [{Decimal(12): Decimal(1000)}]


def test_d3_what_is_used_is_of_the_first_estimate_before_it_is_of_the_change():
    first, change = Accepted({}, {Decimal(25): Decimal(1000)}), Accepted({}, {Decimal(25): Decimal(500)})

    assert earned([first, change], Decimal(1200)) == [{Decimal(25): Decimal(1000)}, {Decimal(25): Decimal(200)}]


def test_d5_parts_are_spread_over_what_is_left_of_each_rate():
    due, billed = {Decimal(12): Decimal(300), Decimal(25): Decimal(700)}, {Decimal(12): Decimal(300)}

    assert part(Decimal(100), due, billed) == {Decimal(25): Decimal(100)}
    with pytest.raises(ValueError, match="more than is left"):
        part(Decimal("700.01"), due, billed)


@given(estimates, st.integers(0, 100))
def test_d3_no_estimate_ever_earns_more_than_was_accepted_at_any_rate(accepted, share):
    used = (sum((total(estimate.workable) for estimate in accepted), Decimal(0)) * share / 100).quantize(Decimal("0.01"))

    found = earned(accepted, used)

    assert sum((total(rates) for rates in found), Decimal(0)) == used + sum((total(estimate.fixed) for estimate in accepted), Decimal(0))
    for estimate, rates in zip(accepted, found, strict=True):
        most = add(estimate.fixed, estimate.workable)
        assert all(0 < net <= most[rate] for rate, net in rates.items())


@given(by_rate, st.lists(st.integers(0, 100), max_size=8))
def test_d5_whatever_the_parts_all_of_them_are_what_was_due_at_every_rate(due, shares):
    billed: dict[Decimal, Decimal] = {}
    for share in shares:
        amount = (left(due, billed) * share / 100).quantize(Decimal("0.01"))
        billed = add(billed, part(amount, due, billed))
        assert all(0 <= net <= due[rate] for rate, net in billed.items())

    billed = add(billed, part(left(due, billed), due, billed))

    assert billed == add(due)


@given(cents, by_rate)
def test_i2_what_is_spread_sums_to_the_cent(amount, weights):
    parts = spread(amount, weights)

    assert total(parts) == amount
    assert all(net > 0 for net in parts.values())
