"""What rounding gained and lost, by quarter: exact to the hundredth, and only what stands (rules C7, C9, C17)."""

from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from credits import ledger
from credits.rounding_report import Quarter, Rounded, by_quarter, lines_of, of_year, written
from tests.cast import NOON
from tests.credits.posting import RATE, grant, voucher

YEAR = st.dates(date(2025, 1, 1), date(2027, 12, 31))
ROUNDED = st.builds(Rounded, YEAR, st.integers(0, 600), st.integers(50, 300), st.integers(0, 90).map(lambda steps: steps * 10))


def charged(account, raw, minutes, *, on, factor=100):
    """Work on a day, and what was charged for it."""
    held = ledger.claim(account=account, minutes=60, rate=RATE, cause=f"hold:{on}:{raw}:{minutes}:{factor}", at=NOON)
    said = ledger.Voucher(
        cause=f"s:{on}:{raw}:{minutes}:{factor}", at=NOON, occurred_on=on, raw_minutes=raw, factor_percent=factor, text="Work"
    )
    return ledger.capture(hold=held, minutes=minutes, voucher=said)


def test_c7_gain_and_loss_stay_apart_and_exact():
    november = date(2026, 11, 18)

    (quarter,) = by_quarter([Rounded(november, 47, 100, 50), Rounded(november, 44, 100, 40), Rounded(november, 39, 150, 60)])

    assert quarter == Quarter(2026, 4, gained=300 + 150, lost=400)
    assert quarter.net == 50


def test_c7_quarters_are_those_of_the_calendar():
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 3, 31), date(2026, 4, 1), date(2026, 12, 31)]

    quarters = by_quarter(Rounded(day, 9, 100, 10) for day in reversed(days))

    assert [(quarter.year, quarter.number, quarter.gained) for quarter in quarters] == [
        (2025, 4, 100),
        (2026, 1, 200),
        (2026, 2, 100),
        (2026, 4, 100),
    ]


@pytest.mark.parametrize(
    ("number", "first", "last"),
    [
        (1, date(2028, 1, 1), date(2028, 3, 31)),
        (2, date(2028, 4, 1), date(2028, 6, 30)),
        (3, date(2028, 7, 1), date(2028, 9, 30)),
        (4, date(2028, 10, 1), date(2028, 12, 31)),
    ],
)
def test_c7_a_quarter_knows_its_days(number, first, last):
    quarter = Quarter(2028, number)

    assert (quarter.first, quarter.last) == (first, last)


@given(st.lists(ROUNDED))
def test_c7_gain_less_loss_is_charged_less_worked_to_the_hundredth(deductions):
    quarters = by_quarter(deductions)

    assert sum(quarter.net for quarter in quarters) == sum(
        one.charged_minutes * 100 - one.raw_minutes * one.factor_percent for one in deductions
    )
    assert all(quarter.gained >= 0 and quarter.lost >= 0 for quarter in quarters)
    assert all(
        quarter.first <= one.on <= quarter.last
        for one in deductions
        for quarter in quarters
        if (one.on.year, (one.on.month + 2) // 3) == (quarter.year, quarter.number)
    )


@pytest.mark.parametrize(
    ("hundredths", "english", "swedish"),
    [
        (1200, "12 min", "12 min"),
        (9000, "1 h 30 min", "1 tim 30 min"),
        (-750, "−7.5 min", "−7,5 min"),
        (0, "0 h", "0 tim"),
        (-300, "−3 min", "−3 min"),
    ],
)
def test_p4_hundredths_are_written_as_the_reader_reads(hundredths, english, swedish):
    with translation.override("en"):
        assert written(hundredths) == english
    with translation.override("sv"):
        assert written(hundredths) == swedish


@pytest.mark.django_db
def test_c9_only_deductions_that_stand_are_counted(acme):
    grant(acme.account, 960)
    charged(acme.account, 47, 50, on=date(2026, 11, 3))
    taken_back = charged(acme.account, 44, 40, on=date(2026, 11, 4))
    ledger.reverse(entry=taken_back, voucher=voucher(reason="Wrong"))
    ledger.adjust(account=acme.account, minutes=-7, voucher=voucher(reason="Agreed"))

    assert of_year(acme.account, 2026) == [Quarter(2026, 4, gained=300, lost=0)]


@pytest.mark.django_db
def test_c9_a_year_is_that_of_the_work_and_of_one_account(acme, borealis):
    for client in (acme, borealis):
        grant(client.account, 960)
    charged(acme.account, 47, 50, on=date(2025, 12, 31))
    charged(acme.account, 48, 50, on=date(2026, 1, 1))
    charged(borealis.account, 41, 40, on=date(2026, 1, 2))

    assert of_year(acme.account, 2026) == [Quarter(2026, 1, gained=200)]
    assert of_year(acme.account, 2025) == [Quarter(2025, 4, gained=300)]


@pytest.mark.django_db
def test_c17_the_lines_of_a_quarter_add_up_to_it(acme, django_assert_num_queries):
    grant(acme.account, 960)
    for raw, minutes, factor in ((47, 50, 100), (44, 40, 100), (39, 60, 150)):
        charged(acme.account, raw, minutes, on=date(2026, 11, 3), factor=factor)

    with django_assert_num_queries(1):
        lines = lines_of(acme.account, Quarter(2026, 4))

    assert [(line.rounded.exact, line.rounded.added) for line in lines] == [(4700, 300), (4400, -400), (5850, 150)]
    assert by_quarter(line.rounded for line in lines) == of_year(acme.account, 2026)


@pytest.mark.django_db
@time_machine.travel(NOON, tick=False)
def test_c9_the_statement_shows_the_quarters_of_its_year_and_leads_to_the_lines(acme, client_of):
    grant(acme.account, 960)
    charged(acme.account, 47, 50, on=date(2026, 11, 3))
    charged(acme.account, 44, 40, on=date(2026, 11, 4))
    charged(acme.account, 39, 60, on=date(2026, 8, 4), factor=150)
    browser = client_of(acme.requester)

    page = " ".join(browser.get(reverse("statement", args=[acme.account.pk])).content.decode().split())
    lines = " ".join(browser.get(reverse("rounding", args=[acme.account.pk, 2026, 4])).content.decode().split())

    assert "Rounding in 2026" in page
    assert f'href="/credit/{acme.account.pk}/rounding/2026/3/"' in page
    for said in ("In favour of Acme", "In favour of Example Support", "Quarter 3, 2026", "1.5 min", "Quarter 4, 2026", "−1 min"):
        assert said in page
    for said in ("Rounding in quarter 4, 2026", "47 min", "−4 min", "3 min", "−1 min"):
        assert said in lines
    assert "58.5 min" not in lines


@pytest.mark.django_db
@time_machine.travel(NOON, tick=False)
def test_c9_without_deductions_there_is_nothing_to_say_about_rounding(acme, client_of):
    browser = client_of(acme.requester)

    assert "Rounding in" not in browser.get(reverse("statement", args=[acme.account.pk])).content.decode()
    assert "No hours were deducted" in browser.get(reverse("rounding", args=[acme.account.pk, 2026, 4])).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(("year", "quarter"), [(2026, 0), (2026, 5), (0, 1), (9999, 4), (10**9, 1)])
def test_a_quarter_that_no_calendar_has_is_not_there(acme, client_of, year, quarter):
    assert client_of(acme.requester).get(reverse("rounding", args=[acme.account.pk, year, quarter])).status_code == 404


@pytest.mark.django_db
def test_strangers_see_nothing_of_the_rounding(cast, acme, borealis, client_of):
    url = reverse("rounding", args=[acme.account.pk, (NOON + timedelta(days=1)).year, 4])

    assert [client_of(person).get(url).status_code for person in (borealis.approver, cast.tessa.person)] == [404, 404]
    assert client_of(cast.max).get(url).status_code == 200
