"""Word about a low balance, once per crossing."""

from datetime import timedelta

import pytest

from credits import ledger
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
