"""What is left of a lot or debt is worth (rules C12, C13, I6): properties, for whatever happens to it in whatever order."""

from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from credits.prices import worth
from invoicing.books.shares import Left, Owed, in_books

CENT = Decimal("0.01")
totals = st.decimals(min_value=0, max_value=Decimal("9999999.99"), places=2)
lots = st.builds(Left, total=totals, granted=st.integers(1, 100_000))


@st.composite
def histories(draw):
    """A lot, and the states through which it goes: minutes are used, come back, or go with their money."""
    states = [draw(lots)]
    for _step in range(draw(st.integers(0, 12))):
        now = states[-1]
        used = draw(st.integers(-now.used, now.minutes))
        gone = draw(st.integers(0, now.minutes - max(used, 0)))
        states.append(now.after(used=used, gone=gone))
    return states


@given(histories())
def test_i6_recognised_gone_and_left_are_what_was_paid_to_the_cent(states):
    first, last = states[0], states[-1]
    recognised = gone = Decimal(0)
    for before, after in pairwise(states):
        middle = before.after(used=after.used - before.used)
        recognised += before.worth - middle.worth
        gone += middle.worth - after.worth

    assert recognised + gone + last.worth == first.total
    assert recognised.quantize(CENT) == recognised


@given(histories())
def test_i6_what_is_left_is_worth_something_between_nothing_and_all(states):
    assert all(0 <= state.worth <= state.total for state in states)
    assert all(state.worth == 0 for state in states if state.minutes == 0)


@given(lots, st.data())
def test_i6_order_does_not_matter(lot, data):
    used = data.draw(st.integers(0, lot.granted))
    gone = data.draw(st.integers(0, lot.granted - used))

    assert lot.after(used=used).after(gone=gone) == lot.after(gone=gone).after(used=used)


@given(lots, st.data())
def test_i6_a_reversal_gives_back_what_was_taken(lot, data):
    used = data.draw(st.integers(0, lot.granted))

    assert lot.after(used=used).after(used=-used).worth == lot.worth


@given(lots, st.data())
def test_c13_a_refund_is_worth_in_the_books_what_the_ledger_gives_back(lot, data):
    before = data.draw(st.integers(0, lot.granted - 1))
    minutes = data.draw(st.integers(1, lot.granted - before))
    ledger = worth(lot.total, Decimal(25), minutes=minutes, of=lot.granted, before=before)

    assert lot.after(gone=before).worth - lot.after(gone=before + minutes).worth == ledger.net


@given(totals, st.integers(1, 10_000), st.data())
def test_c11_a_debt_is_paid_to_the_cent_in_whatever_parts(total, minutes, data):
    states = [Owed(total, minutes, 0).after(minutes)]
    while states[-1].open and len(states) < 8:
        states.append(states[-1].after(-data.draw(st.integers(1, states[-1].open))))

    paid = sum((before.worth - after.worth for before, after in pairwise(states)), Decimal(0))
    assert paid + states[-1].worth == total
    assert states[-1].open or states[-1].worth == 0


@given(totals, st.decimals(min_value=Decimal("0.000001"), max_value=1000, places=6))
def test_i2_what_is_taken_back_is_what_was_booked(amount, rate):
    assert in_books(-amount, rate) == -in_books(amount, rate)
