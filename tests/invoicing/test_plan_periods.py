"""Which days of a plan are charged, in which pieces, and what each costs (rule I7)."""

import itertools
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.periods import Every, Period
from invoicing.plan_periods import Fee, fee_on, next_of, open_days, pieces, share

ALWAYS = date(2000, 1, 1)
days = st.dates(date(2023, 1, 1), date(2029, 12, 31))
spans = st.lists(days, min_size=2, max_size=2, unique=True).map(sorted).map(lambda ends: Period(*ends))


def a_fee(amount="1000", starts_on=ALWAYS, every=Every.MONTH):
    return Fee(starts_on, Decimal(amount), "SEK", every)


def said(found):
    return [(str(piece.part.first), str(piece.part.until), str(piece.net)) for piece in found]


def test_i7_broken_periods_are_pro_rata_and_whole_ones_cost_the_fee():
    span = Period(date(2028, 2, 15), date(2028, 4, 11))

    found = list(pieces(span, [a_fee()], since=span.first, calendar=True))

    assert said(found) == [
        ("2028-02-15", "2028-03-01", "517.24"),
        ("2028-03-01", "2028-04-01", "1000.00"),
        ("2028-04-01", "2028-04-11", "333.33"),
    ]


def test_i7_an_agreement_of_the_31st_is_charged_from_the_last_day_of_shorter_months():
    span = Period(date(2027, 12, 31), date(2028, 3, 31))

    found = list(pieces(span, [a_fee()], since=span.first, calendar=False))

    assert said(found) == [
        ("2027-12-31", "2028-01-31", "1000.00"),
        ("2028-01-31", "2028-02-29", "1000.00"),
        ("2028-02-29", "2028-03-31", "1000.00"),
    ]


def test_i7_another_fee_divides_the_period_that_it_begins_in():
    fees = [a_fee(), a_fee("1600", date(2027, 1, 21))]

    found = list(pieces(Period(date(2027, 1, 1), date(2027, 3, 1)), fees, since=ALWAYS, calendar=True))

    assert said(found) == [
        ("2027-01-01", "2027-01-21", "645.16"),
        ("2027-01-21", "2027-02-01", "567.74"),
        ("2027-02-01", "2027-03-01", "1600.00"),
    ]


def test_i7_what_becomes_free_or_is_paid_by_the_quarter_is_charged_so():
    fees = [a_fee(), a_fee("0", date(2027, 2, 1), None), a_fee("2700", date(2027, 4, 1), Every.QUARTER)]

    found = list(pieces(Period(date(2027, 1, 1), date(2027, 7, 1)), fees, since=ALWAYS, calendar=True))

    assert said(found) == [("2027-01-01", "2027-02-01", "1000.00"), ("2027-04-01", "2027-07-01", "2700.00")]


def test_i7_days_that_were_taken_back_are_charged_again():
    span = Period(date(2027, 1, 1), date(2027, 4, 1))
    back = Period(date(2027, 2, 10), date(2027, 3, 1))
    charged = [(Period(date(2027, 1, 1), date(2027, 3, 1)), [back])]

    found = open_days(span, charged=charged)
    after = open_days(span, charged=[*charged, (Period(date(2027, 2, 10), date(2027, 3, 1)), [])])

    assert found == [Period(date(2027, 2, 10), date(2027, 4, 1))]
    assert after == [Period(date(2027, 3, 1), date(2027, 4, 1))]


@given(spans, st.lists(spans, max_size=3), st.booleans())
def test_i7_open_days_and_charged_ones_are_each_day_once(span, charged, calendar):
    free = open_days(span, charged=[(period, []) for period in charged])

    inside = {span.first + timedelta(days=number) for number in range(span.days)}
    taken = {day for day in inside if any(period.first <= day < period.until for period in charged)}
    found = [part.first + timedelta(days=number) for part in free for number in range(part.days)]
    assert sorted(inside - taken) == found


@given(spans, st.booleans(), st.sampled_from(list(Every)), st.lists(days, max_size=2, unique=True))
def test_i7_pieces_fill_the_span_without_gaps_or_overlaps(span, calendar, every, changes):
    fees = [a_fee("999.99", ALWAYS, every), *(a_fee("1234.56", day, every) for day in sorted(changes))]

    found = list(pieces(span, fees, since=span.first, calendar=calendar))

    assert (found[0].part.first, found[-1].part.until) == (span.first, span.until)
    assert all(one.part.until == other.part.first for one, other in itertools.pairwise(found))
    assert all(piece.fee == fee_on(fees, piece.part.first) for piece in found)


@given(st.integers(0, 10**8).map(lambda cents: Decimal(cents) / 100), spans, days)
def test_i7_parts_that_fill_a_period_cost_the_fee_exactly(fee, whole, cut):
    if not whole.first < cut < whole.until:
        return

    halves = [share(fee, whole=whole, part=Period(whole.first, cut)), share(fee, whole=whole, part=Period(cut, whole.until))]

    assert sum(halves) == fee


@pytest.mark.parametrize(
    ("day", "after", "comes"),
    [
        (date(2026, 1, 1), date(2026, 11, 18), date(2027, 1, 1)),
        (date(2024, 2, 29), date(2026, 11, 18), date(2027, 2, 28)),
        (date(2024, 2, 29), date(2027, 12, 1), date(2028, 2, 29)),
        (date(2026, 11, 18), date(2026, 11, 18), date(2027, 11, 18)),
    ],
)
def test_i7_an_anniversary_comes_once_a_year(day, after, comes):
    assert next_of(day, after=after) == comes
