"""The page that tells how long credit lasts (rules C12, C15)."""

from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse

from credits import ledger
from credits.outlook import outlook
from tests.cast import NOON
from tests.credits.posting import RATE, grant, voucher, worked

pytestmark = pytest.mark.django_db


@pytest.fixture
def used(acme):
    """Bought 16 h forty days ago; 2 h used in each of four weeks since."""
    grant(acme.account, 960, at=NOON - timedelta(days=40))
    for week in range(4):
        worked(acme.account, 120, at=NOON - timedelta(days=38 - 7 * week))
    acme.account.refresh_from_db()
    return acme.account


@pytest.fixture
def page(client_of, acme, used):
    with time_machine.travel(NOON, tick=False):
        yield client_of(acme.requester).get(reverse("outlook", args=[used.pk])).content.decode()


def test_c12_the_first_line_answers_how_long_it_lasts(page):
    assert "About until Mon 28 Dec." in page
    assert "In the last 40 days 8 h were used." in page


def test_c15_the_chart_and_its_table_say_the_same(page, used):
    found = outlook(account=used, at=NOON)

    assert found.table == [
        (date(2026, 10, 31), 600, False),
        (date(2026, 11, 18), 480, False),
        (date(2026, 11, 30), 336, True),
        (date(2026, 12, 28), 0, True),
    ]
    assert f'points="{found.chart.behind}"' in page
    assert f'points="{found.chart.ahead}"' in page


def test_c5_a_booking_is_counted_on_its_day(used):
    ledger.place_hold(account=used, minutes=480, rate=RATE, cause="hold", at=NOON, due_on=date(2026, 11, 25))

    assert outlook(account=used, at=NOON).ahead.runs_out_on == date(2026, 11, 25)


def test_c14_what_was_reversed_is_no_use(used):
    entry = used.entries.filter(kind="deduction").first()
    before = outlook(account=used, at=NOON).measured_minutes

    ledger.reverse(entry=entry, voucher=voucher(reason="not our work"))

    assert (before, outlook(account=used, at=NOON).measured_minutes) == (480, 360)


def test_c15_the_page_costs_the_same_however_long_the_history_is(client_of, acme, used, django_assert_max_num_queries):
    for _ in range(10):
        worked(acme.account, 10)
    reader = client_of(acme.requester)

    with time_machine.travel(NOON, tick=False), django_assert_max_num_queries(23):
        reader.get(reverse("outlook", args=[used.pk]))


def test_an_account_without_history_says_so(client_of, acme):
    page = client_of(acme.requester).get(reverse("outlook", args=[acme.account.pk]))

    assert "There has been no credit yet." in page.content.decode()


def test_a_stranger_finds_nothing(client_of, borealis, used):
    assert client_of(borealis.approver).get(reverse("outlook", args=[used.pk])).status_code == 404
