"""Which lots give how much (rule C12)."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from credits.allocation import Source, allocate, order_of_use

SOURCES = st.lists(st.integers(0, 500)).map(lambda minutes: [Source(key, each) for key, each in enumerate(minutes)])


def test_c12_the_lot_that_expires_first_comes_first_then_the_oldest_and_never_expiring_ones_last():
    lots = [(None, 1), (date(2027, 1, 1), 4), (date(2026, 12, 1), 9), (None, 2), (date(2027, 1, 1), 3)]

    ordered = sorted(lots, key=lambda lot: order_of_use(*lot))

    assert [key for _, key in ordered] == [9, 3, 4, 1, 2]


def test_c12_each_source_gives_what_it_has_before_the_next_is_asked():
    assert allocate(70, [Source(1, 50), Source(2, 0), Source(3, 50)]) == ([Source(1, 50), Source(3, 20)], 0)


def test_c11_what_is_not_there_is_said():
    assert allocate(70, [Source(1, 50)]) == ([Source(1, 50)], 20)


@given(st.integers(0, 5_000), SOURCES)
def test_c12_nothing_is_invented_and_nothing_lost(minutes, sources):
    taken, missing = allocate(minutes, sources)

    assert sum(part.minutes for part in taken) + missing == minutes
    assert missing == max(minutes - sum(source.minutes for source in sources), 0)
    assert all(0 < part.minutes <= sources[part.key].minutes for part in taken)
