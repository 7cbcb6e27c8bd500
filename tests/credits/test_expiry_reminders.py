"""Word of credit that will soon expire: 60, 30 and 7 days before (rule C12)."""

from datetime import date, datetime, timedelta

import pytest

from credits import jobs, ledger
from notices.models import Notice
from tests.cast import NOON, STOCKHOLM
from tests.credits.posting import grant, hold, voucher, worked

pytestmark = pytest.mark.django_db

LAST_DAY = date(2027, 3, 31)


def days_before(days, hour=12):
    return datetime(2027, 3, 31, hour, tzinfo=STOCKHOLM) - timedelta(days=days)


def told():
    return [notice.subject for notice in Notice.objects.filter(cause__contains=":expires:").order_by("pk")]


@pytest.fixture
def lot(acme):
    return grant(acme.account, 90, expires_on=LAST_DAY)


def test_c12_the_approver_is_told_60_30_and_7_days_before(lot):
    said = [jobs.remind_expiry(at=days_before(days)) for days in range(61, -1, -1)]

    assert [60 - days for days, number in enumerate(said, start=-1) if number] == [60, 30, 7]
    assert told() == ["1 h 30 min of credit can be used until Wed 31 Mar 2027"] * 3


def test_c12_the_day_is_that_of_the_provider(lot):
    assert jobs.remind_expiry(at=days_before(61, hour=23)) == 0
    assert jobs.remind_expiry(at=days_before(60, hour=0)) == 1


def test_c12_after_a_pause_of_the_job_only_the_nearest_is_told(lot):
    assert [jobs.remind_expiry(at=days_before(20)), jobs.remind_expiry(at=days_before(19))] == [1, 0]


def test_c12_what_is_used_up_or_held_is_not_told_of(acme, lot):
    worked(acme.account, 30)
    hold(acme.account, 60)

    assert jobs.remind_expiry(at=days_before(7)) == 0


def test_c12_an_extended_lot_is_told_of_again_before_its_new_day(lot):
    jobs.remind_expiry(at=days_before(7))
    ledger.extend(lot=lot, expires_on=date(2027, 4, 7), voucher=voucher(reason="asked for", at=NOON))

    jobs.remind_expiry(at=days_before(0))

    assert told()[-1] == "1 h 30 min of credit can be used until Wed 7 Apr 2027"


def test_c12_a_reminder_that_is_due_is_reckoned_in_constant_queries(acme, lot, django_assert_num_queries):
    grant(acme.account, 60, expires_on=LAST_DAY)
    jobs.remind_expiry(at=days_before(30))

    with django_assert_num_queries(4):
        jobs.remind_expiry(at=days_before(29))
