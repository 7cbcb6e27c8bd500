"""Word about a low balance, once per crossing."""

from datetime import timedelta

import pytest

from credits import ledger
from credits.alerts import level_of
from credits.models import CreditTerms
from notices.models import Notice
from tests.cast import NOON
from tests.credits.posting import figures, grant, hold, voucher, worked

pytestmark = pytest.mark.django_db


def told():
    return list(Notice.objects.filter(cause__contains=":low:").order_by("pk").values_list("address", "subject"))


def test_c9_the_approver_is_told_when_credit_falls_below_the_level(acme):
    grant(acme.account, 480)

    worked(acme.account, 400)

    assert told() == [("anna@acme.example", "1 h 20 min of credit left")]


def test_c9_going_on_below_the_level_tells_nobody_again(acme):
    grant(acme.account, 480)

    worked(acme.account, 400)
    worked(acme.account, 20)

    assert len(told()) == 1


def test_c9_a_new_crossing_after_a_top_up_is_told_again(acme):
    later = NOON + timedelta(hours=1)
    grant(acme.account, 480)
    placed = hold(acme.account, 400)
    grant(acme.account, 480, at=later)
    ledger.void(hold=placed, at=later)

    worked(acme.account, 900, at=later)

    acme.account.refresh_from_db()
    assert (len(told()), acme.account.low_crossings, acme.account.low_since) == (2, 2, later)


def test_c9_a_penalty_taken_from_a_hold_that_is_then_freed_is_no_crossing(acme):
    grant(acme.account, 680)
    placed = hold(acme.account, 480)

    ledger.charge(hold=placed, minutes=120, kind=ledger.EntryKind.LATE_CHANGE, voucher=voucher())
    ledger.void(hold=placed, at=NOON)

    assert (figures(acme.account), told()) == ((560, 0, 0, 560), [])


def test_c9_an_account_that_never_had_credit_is_not_low(acme):
    worked(acme.account, 60)

    assert told() == []


@pytest.fixture
def levels(acme):
    CreditTerms.objects.update(low_balance_levels=[480, 120, 0])


def test_c9_each_level_that_is_crossed_is_told_once(levels, acme):
    grant(acme.account, 600)

    for minutes in (100, 30, 10, 350, 20, 89, 1):
        worked(acme.account, minutes)

    assert [subject for _address, subject in told()] == ["7 h 50 min of credit left", "1 h 50 min of credit left", "0 h of credit left"]


def test_c9_a_fall_through_several_levels_is_told_once(levels, acme):
    grant(acme.account, 600)

    worked(acme.account, 550)

    assert len(told()) == 1


def test_c9_a_level_that_was_left_upwards_is_told_of_when_it_is_crossed_again(levels, acme):
    later = NOON + timedelta(hours=1)
    grant(acme.account, 600)
    worked(acme.account, 500)
    grant(acme.account, 200, at=later)

    worked(acme.account, 200, at=later)

    acme.account.refresh_from_db()
    assert (len(told()), acme.account.low_level_minutes) == (2, 120)


@pytest.mark.parametrize(("available", "level"), [(480, None), (479, 480), (120, 480), (119, 120), (1, 120), (0, 0)])
def test_c9_the_level_is_the_lowest_that_is_not_reached(available, level):
    assert level_of(available, [480, 120, 0]) == level
