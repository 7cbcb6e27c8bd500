"""A plan's fee is for whole periods, and pro rata for parts of them (rule I7)."""

import itertools
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.periods import Due, Every, IndexRefused, Period, PeriodRefused, by_anniversary, by_calendar, divided, indexed, pro_rata

YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
days = st.dates(date(2020, 1, 1), date(2032, 12, 31))
periods = st.lists(days, min_size=2, max_size=2, unique=True).map(sorted).map(lambda ends: Period(*ends))
fees = st.integers(0, 10**10).map(lambda cents: Decimal(cents) / 100)


def starts(dues):
    return [due.part.first for due in dues]


def test_i7_a_period_has_its_first_day_and_not_the_one_after_it():
    november = Period(date(2026, 11, 1), date(2026, 12, 1))

    assert (november.days, november.last) == (30, date(2026, 11, 30))
    assert november.common(Period(date(2026, 11, 30), date(2027, 1, 1))) == Period(date(2026, 11, 30), date(2026, 12, 1))
    assert november.common(Period(date(2026, 12, 1), date(2027, 1, 1))) is None


@pytest.mark.parametrize("until", [date(2026, 11, 1), date(2026, 10, 31)])
def test_i7_a_period_without_days_is_refused(until):
    with pytest.raises(PeriodRefused, match="ends after it begins"):
        Period(date(2026, 11, 1), until)


@pytest.mark.parametrize(
    ("every", "part", "share"),
    [
        (Every.MONTH, Period(date(2026, 11, 16), date(2026, 12, 1)), "500.00"),
        (Every.MONTH, Period(date(2026, 12, 31), date(2027, 1, 1)), "32.26"),
        (Every.MONTH, Period(date(2028, 2, 1), date(2028, 2, 29)), "965.52"),
        (Every.QUARTER, Period(date(2026, 11, 1), date(2027, 1, 1)), "663.04"),
        (Every.YEAR, Period(date(2026, 7, 1), date(2027, 1, 1)), "504.11"),
        (Every.YEAR, YEAR, "1000.00"),
    ],
)
def test_i7_a_part_costs_its_days_of_the_whole(every, part, share):
    [due] = by_calendar(part, every=every)

    assert due.part == part
    assert due.costs(Decimal("1000.00")) == Decimal(share)


def test_i7_half_a_cent_goes_up():
    assert pro_rata(
        Decimal("0.01"), whole=Period(date(2026, 11, 1), date(2026, 11, 3)), part=Period(date(2026, 11, 1), date(2026, 11, 2))
    ) == Decimal("0.01")


def test_i7_calendar_periods_begin_with_the_month_the_quarter_and_the_year():
    span = Period(date(2026, 11, 16), date(2027, 2, 15))

    assert [(due.whole.first, due.part.first, due.part.last) for due in by_calendar(span, every=Every.MONTH)] == [
        (date(2026, 11, 1), date(2026, 11, 16), date(2026, 11, 30)),
        (date(2026, 12, 1), date(2026, 12, 1), date(2026, 12, 31)),
        (date(2027, 1, 1), date(2027, 1, 1), date(2027, 1, 31)),
        (date(2027, 2, 1), date(2027, 2, 1), date(2027, 2, 14)),
    ]
    assert [due.whole for due in by_calendar(span, every=Every.QUARTER)] == [
        Period(date(2026, 10, 1), date(2027, 1, 1)),
        Period(date(2027, 1, 1), date(2027, 4, 1)),
    ]
    assert [due.whole for due in by_calendar(span, every=Every.YEAR)] == [YEAR, Period(date(2027, 1, 1), date(2028, 1, 1))]


def test_i7_anniversaries_of_the_31st_are_the_last_days_of_shorter_months():
    span = Period(date(2027, 1, 31), date(2027, 6, 30))

    assert starts(by_anniversary(span, every=Every.MONTH)) == [
        date(2027, 1, 31),
        date(2027, 2, 28),
        date(2027, 3, 31),
        date(2027, 4, 30),
        date(2027, 5, 31),
    ]


def test_i7_an_agreement_of_a_leap_day_begins_its_years_on_the_28th():
    assert starts(by_anniversary(Period(date(2028, 2, 29), date(2033, 1, 1)), every=Every.YEAR)) == [
        date(2028, 2, 29),
        date(2029, 2, 28),
        date(2030, 2, 28),
        date(2031, 2, 28),
        date(2032, 2, 29),
    ]


def test_i7_later_periods_of_an_agreement_follow_its_beginning():
    dues = by_anniversary(Period(date(2028, 1, 20), date(2028, 3, 1)), every=Every.MONTH, since=date(2026, 11, 15))

    assert dues == [
        Due(Period(date(2028, 1, 15), date(2028, 2, 15)), Period(date(2028, 1, 20), date(2028, 2, 15))),
        Due(Period(date(2028, 2, 15), date(2028, 3, 15)), Period(date(2028, 2, 15), date(2028, 3, 1))),
    ]


def test_i7_an_agreement_does_not_begin_after_its_period():
    with pytest.raises(PeriodRefused):
        by_anniversary(YEAR, every=Every.MONTH, since=date(2026, 1, 2))


@pytest.mark.parametrize("part", [Period(date(2025, 12, 31), date(2026, 2, 1)), Period(date(2026, 12, 1), date(2027, 1, 2))])
def test_i7_a_part_lies_inside_its_whole(part):
    with pytest.raises(PeriodRefused):
        pro_rata(Decimal(100), whole=YEAR, part=part)


def test_i7_a_change_of_plan_divides_a_fee_without_losing_a_cent():
    parts = divided(Decimal("100.00"), whole=YEAR, at=[date(2026, 5, 1), date(2026, 9, 1)])

    assert parts == [
        (Period(date(2026, 1, 1), date(2026, 5, 1)), Decimal("32.88")),
        (Period(date(2026, 5, 1), date(2026, 9, 1)), Decimal("33.70")),
        (Period(date(2026, 9, 1), date(2027, 1, 1)), Decimal("33.42")),
    ]


@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2027, 1, 1), date(2025, 6, 1)])
def test_i7_a_cut_outside_a_period_is_refused(day):
    with pytest.raises(PeriodRefused):
        divided(Decimal(100), whole=YEAR, at=[day])


@pytest.mark.parametrize(
    ("fee", "old", "new", "after"),
    [
        ("1000.00", "100", "102.35", "1023.50"),
        ("1000.00", "328.4", "318.4", "969.55"),
        ("0.01", "2", "1", "0.01"),
        ("0", "1", "2", "0.00"),
        ("99.99", "3", "3", "99.99"),
    ],
)
def test_i7_an_index_clause_moves_the_fee_with_the_index(fee, old, new, after):
    assert indexed(Decimal(fee), old=Decimal(old), new=Decimal(new)) == Decimal(after)


@pytest.mark.parametrize(("old", "new"), [("0", "1"), ("1", "0"), ("-1", "1"), ("1", "-1"), ("NaN", "1"), ("1", "Infinity")])
def test_i7_an_index_that_is_none_is_refused(old, new):
    with pytest.raises(IndexRefused, match="above zero"):
        indexed(Decimal(100), old=Decimal(old), new=Decimal(new))


@given(periods, st.sampled_from(Every), st.booleans(), days)
def test_i7_periods_fill_a_span_without_gap_or_overlap(span, every, calendar, since):
    dues = by_calendar(span, every=every) if calendar else by_anniversary(span, every=every, since=min(since, span.first))

    assert (dues[0].part.first, dues[-1].part.until) == (span.first, span.until)
    assert all(one.part.until == other.part.first and one.whole.until == other.whole.first for one, other in itertools.pairwise(dues))
    assert all(due.whole.common(span) == due.part for due in dues)
    assert all(28 * every <= due.whole.days <= 31 * every for due in dues)


@given(fees, periods, st.lists(days, max_size=6))
def test_i7_parts_come_to_the_fee(fee, whole, cuts):
    parts = divided(fee, whole=whole, at=[day for day in cuts if whole.first < day < whole.until])

    assert sum(share for _part, share in parts) == fee
    assert all(abs(share - pro_rata(fee, whole=whole, part=part)) <= Decimal("0.01") for part, share in parts)
