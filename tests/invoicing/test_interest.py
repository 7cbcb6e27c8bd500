"""Late payment costs what Räntelagen says, to the day (rule I5)."""

import itertools
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.interest import DayCount, Late, RateUnknown, Span, SumRefused, Terms, interest, late

RATES = {
    date(2022, 7, 1): Decimal("0.50"),
    date(2023, 1, 1): Decimal("2.50"),
    date(2023, 7, 1): Decimal("3.50"),
    date(2024, 1, 1): Decimal("4.00"),
    date(2024, 7, 1): Decimal("4.00"),
}
"""As the Riksbank published them."""
FIXED = Terms(day_count=DayCount.FIXED_365)


def counted(debt, due_on, until, **options):
    return interest(Decimal(debt), due_on=due_on, until=until, reference_rates=RATES, **options)


def total(spans):
    return sum(span.interest for span in spans)


def test_i5_ten_days_late_cost_ten_days():
    [span] = counted("50000", date(2023, 2, 1), date(2023, 2, 11))

    assert span == Span(
        since=date(2023, 2, 2), until=date(2023, 2, 12), debt=Decimal(50000), percent=Decimal("10.50"), interest=Decimal("143.84")
    )
    assert span.days == 10


@pytest.mark.parametrize("days", [0, -1, -400])
def test_i5_what_is_paid_on_the_due_date_or_before_costs_nothing(days):
    assert counted("50000", date(2023, 2, 1), date(2023, 2, 1) + timedelta(days=days)) == []


def test_i5_a_new_reference_rate_counts_from_its_first_day():
    spans = counted("36500", date(2023, 6, 20), date(2023, 7, 5))

    assert [(span.since, span.days, span.percent, span.interest) for span in spans] == [
        (date(2023, 6, 21), 10, Decimal("10.50"), Decimal("105.00")),
        (date(2023, 7, 1), 5, Decimal("11.50"), Decimal("57.50")),
    ]


@pytest.mark.parametrize(
    ("due_on", "until", "percent"), [(date(2023, 6, 30), date(2023, 7, 1), "11.50"), (date(2023, 6, 29), date(2023, 6, 30), "10.50")]
)
def test_i5_the_day_after_the_due_date_is_the_first_that_costs(due_on, until, percent):
    [span] = counted("36500", due_on, until)

    assert (span.days, span.percent) == (1, Decimal(percent))


def test_i5_a_whole_year_costs_a_years_rate_in_leap_years_too():
    leap = counted("10000", date(2023, 12, 31), date(2024, 12, 31))

    assert sum(span.days for span in leap) == 366
    assert total(leap) == Decimal("1200.00")
    assert total(counted("10000", date(2023, 12, 31), date(2024, 12, 31), terms=FIXED)) == Decimal("1203.29")
    assert total(counted("10000", date(2022, 12, 31), date(2023, 12, 31))) == Decimal("1100.41")


def test_i5_a_negative_reference_rate_makes_interest_less_and_never_negative():
    table = {date(2016, 7, 1): Decimal("-0.50")}
    few = interest(Decimal(36600), due_on=date(2016, 7, 1), until=date(2016, 7, 11), reference_rates=table)
    none = interest(
        Decimal(36600), due_on=date(2016, 7, 1), until=date(2016, 7, 11), reference_rates=table, terms=Terms(points=Decimal("0.25"))
    )

    assert [(span.percent, span.interest) for span in few] == [(Decimal("7.50"), Decimal("75.00"))]
    assert [(span.percent, span.interest) for span in none] == [(Decimal(0), Decimal(0))]


def test_i5_what_is_paid_costs_no_more_from_the_next_day():
    spans = counted(
        "36500", date(2023, 2, 1), date(2023, 2, 21), payments=[(date(2023, 2, 11), Decimal("36400")), (date(2023, 2, 16), Decimal("100"))]
    )

    assert [(span.since, span.days, span.debt) for span in spans] == [
        (date(2023, 2, 2), 10, Decimal("36500")),
        (date(2023, 2, 12), 5, Decimal("100")),
        (date(2023, 2, 17), 5, Decimal(0)),
    ]
    assert [span.interest for span in spans] == [Decimal("105.00"), Decimal("0.14"), Decimal(0)]


def test_i5_the_day_of_a_payment_still_costs_on_the_whole_debt():
    paid = [(date(2023, 2, 11), Decimal(100)), (date(2023, 2, 12), Decimal(200))]

    spans = counted("36500", date(2023, 2, 10), date(2023, 2, 13), payments=paid)

    assert [(span.since, span.debt) for span in spans] == [
        (date(2023, 2, 11), Decimal(36500)),
        (date(2023, 2, 12), Decimal(36400)),
        (date(2023, 2, 13), Decimal(36200)),
    ]


def test_i5_what_was_paid_in_time_never_cost():
    [span] = counted(
        "36500", date(2023, 2, 1), date(2023, 2, 11), payments=[(date(2023, 1, 5), Decimal(500)), (date(2023, 2, 1), Decimal("35900"))]
    )

    assert (span.debt, span.interest) == (Decimal(100), Decimal("0.29"))


@pytest.mark.parametrize(
    ("due_on", "until", "unknown"),
    [(date(2022, 5, 1), date(2022, 8, 1), "2022-01-01"), (date(2024, 12, 1), date(2025, 1, 1), "2025-01-01")],
)
def test_i5_a_half_year_without_a_rate_is_refused_not_guessed(due_on, until, unknown):
    with pytest.raises(RateUnknown, match=unknown):
        counted("100", due_on, until)


@pytest.mark.parametrize(
    ("debt", "payments"),
    [
        ("-1", []),
        ("0.001", []),
        ("NaN", []),
        ("Infinity", []),
        ("1e30", []),
        ("10", ["10.01"]),
        ("10", ["6", "6"]),
        ("10", ["-1"]),
        ("10", ["0.005"]),
    ],
)
def test_i5_sums_that_are_none_are_refused(debt, payments):
    with pytest.raises(SumRefused, match="whole cents"):
        counted(debt, date(2023, 1, 1), date(2023, 2, 1), payments=[(date(2023, 1, 5), Decimal(paid)) for paid in payments])


def test_i5_reminders_and_compensation_come_on_top():
    spans = counted("50000", date(2023, 2, 1), date(2023, 2, 11))

    costs = late(spans, reminders=2, reminder_fee=Decimal(60), compensation=Decimal(450))

    assert costs == Late(spans=spans, reminders=Decimal(120), compensation=Decimal(450))
    assert (costs.interest, costs.total) == (Decimal("143.84"), Decimal("713.84"))


def test_i5_there_is_no_compensation_for_what_is_not_late():
    assert late([], reminders=0, reminder_fee=Decimal(60), compensation=Decimal(450)).total == 0


days = st.dates(date(2022, 7, 1), date(2024, 12, 31))


@given(st.integers(0, 10**9), st.lists(days, min_size=2, max_size=2).map(sorted), st.sampled_from(DayCount))
def test_i5_spans_fill_the_days_and_their_interest_is_rounded_once(cents, ends, day_count):
    due_on, until = ends
    spans = counted(Decimal(cents) / 100, due_on, until, terms=Terms(day_count=day_count))

    assert sum(span.days for span in spans) == (until - due_on).days
    assert all(one.until == other.since for one, other in itertools.pairwise(spans))
    exact = Fraction(0)
    day = due_on + timedelta(days=1)
    while day <= until:
        rate = RATES[date(day.year, 1 if day.month < 7 else 7, 1)] + 8
        exact += Fraction(cents, 100) * Fraction(rate) / 100 / (366 if day.year == 2024 and day_count is DayCount.CALENDAR_YEAR else 365)
        day += timedelta(days=1)
    assert abs(Fraction(total(spans)) - exact) <= Fraction(1, 200)
    assert all(span.interest >= 0 for span in spans)
