"""A monthly limit of an account: new promises beyond it are refused, what stands keeps standing (rule C16)."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from credits import ledger, months
from credits.accounts import open_account
from credits.ledger import EntryKind, HoldState, MonthlyLimitReached
from credits.models import CreditAccount, Hold
from credits.months import Standing
from tests.cast import NOON
from tests.credits.posting import RATE, figures, grant, hold, voucher
from tests.racing import race

pytestmark = pytest.mark.django_db
NOVEMBER, LAST_OF_NOVEMBER, DECEMBER = date(2026, 11, 24), date(2026, 11, 30), date(2026, 12, 1)


@pytest.fixture
def account(acme):
    """An account with ten hours of credit, of which two may be spent in a month."""
    grant(acme.account, 600)
    limit(acme.account, 120)
    return acme.account


def limit(account, minutes):
    CreditAccount.objects.filter(pk=account.pk).update(monthly_limit_minutes=minutes)
    account.refresh_from_db()


def promise(account, minutes, due_on=NOVEMBER, cause="work:1"):
    return ledger.place_hold(account=account, minutes=minutes, rate=RATE, cause=cause, at=NOON, due_on=due_on)


def test_c16_what_is_promised_for_a_month_stays_within_its_limit(account):
    promise(account, 60)
    promise(account, 60, LAST_OF_NOVEMBER, cause="work:2")

    with pytest.raises(MonthlyLimitReached) as refused:
        promise(account, 10, cause="work:3")

    assert (refused.value.limit, refused.value.left) == (120, 0)
    assert "may spend 2 h a month, and 0 h of that is left" in str(refused.value)
    assert promise(account, 120, DECEMBER, cause="work:4").state == HoldState.PLACED


def test_c16_a_hold_that_would_wait_for_credit_is_refused_too(account):
    limit(account, 1000)
    ledger.queue_hold(account=account, minutes=900, rate=RATE, cause="work:1", at=NOON, due_on=NOVEMBER)

    with pytest.raises(MonthlyLimitReached):
        ledger.queue_hold(account=account, minutes=110, rate=RATE, cause="work:2", at=NOON, due_on=NOVEMBER)
    assert Hold.objects.count() == 1


def test_c16_what_was_deducted_counts_until_it_is_reversed(account):
    held = promise(account, 60)
    entry = ledger.capture(hold=held, minutes=50, voucher=voucher("work:1"))
    ledger.charge(hold=promise(account, 60, cause="work:2"), minutes=30, kind=EntryKind.LATE_CHANGE, voucher=voucher("late:1"))
    assert months.used_minutes(account, NOVEMBER) == 50 + 30 + 60

    ledger.reverse(entry=entry, voucher=voucher("undo", reason="wrong"))
    assert months.used_minutes(account, NOVEMBER) == 30 + 60


def test_c16_work_that_is_done_is_owed_whatever_the_limit(account):
    held = promise(account, 120)

    ledger.resize_hold(hold=held, minutes=200, at=NOON)
    ledger.capture(hold=held, minutes=200, voucher=voucher("work:1"))

    assert figures(account) == (400, 0, 0, 400)
    assert months.standing(account, NOVEMBER) == Standing(date(2026, 11, 1), 120, 200)
    assert months.standing(account, NOVEMBER).left_minutes == 0


def test_c16_a_limit_that_is_lowered_undoes_no_promise_and_refuses_new_ones(account):
    held = promise(account, 60)
    limit(account, 30)

    assert ledger.rebook_hold(hold=held, minutes=60, at=NOON, due_on=LAST_OF_NOVEMBER).state == HoldState.PLACED
    with pytest.raises(MonthlyLimitReached):
        ledger.rebook_hold(hold=held, minutes=90, at=NOON, due_on=LAST_OF_NOVEMBER)
    with pytest.raises(MonthlyLimitReached):
        promise(account, 10, cause="work:2")


def test_c16_a_promise_moves_to_a_month_that_has_room_for_it(account):
    held = promise(account, 60)

    months.move(hold=held, due_on=DECEMBER)

    assert (months.used_minutes(account, NOVEMBER), months.used_minutes(account, DECEMBER)) == (0, 60)


def test_c16_a_promise_does_not_move_to_a_month_that_is_full(account):
    held = promise(account, 60)
    promise(account, 90, DECEMBER, cause="work:2")

    for move in (months.move, lambda hold, due_on: ledger.rebook_hold(hold=hold, minutes=60, at=NOON, due_on=due_on)):
        with pytest.raises(MonthlyLimitReached):
            move(hold=held, due_on=DECEMBER)
    assert months.used_minutes(account, NOVEMBER) == 60


def test_c16_our_own_move_is_never_refused_and_counts_in_the_new_month(account):
    held = promise(account, 60)
    promise(account, 90, DECEMBER, cause="work:2")

    months.move_by_provider(hold=held, due_on=DECEMBER)

    assert (months.used_minutes(account, NOVEMBER), months.used_minutes(account, DECEMBER)) == (0, 150)


def test_c16_without_a_limit_or_a_day_nothing_is_refused(account):
    hold(account, 400)
    limit(account, None)

    promise(account, 200)

    assert months.standing(account, NOVEMBER) is None


def test_c16_how_many_accounts_stand_takes_two_queries(acme, account):
    promise(account, 60)
    others = [open_account(organisation=acme.organisation, name=f"Branch {number}") for number in range(4)]
    for other in others:
        limit(other, 60)

    with CaptureQueriesContext(connection) as queries:
        found = months.standings([account, *others], NOVEMBER)

    assert len(queries) == 2
    assert found == {account.pk: Standing(date(2026, 11, 1), 120, 60)} | {other.pk: Standing(date(2026, 11, 1), 60, 0) for other in others}


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_c16_of_six_who_race_for_the_rest_of_a_month_two_win(account):
    outcome = race(6, lambda number: promise(account, 60, cause=f"work:{number}"))

    assert len(outcome.results) == 2
    assert {type(error) for error in outcome.errors} == {MonthlyLimitReached}
    assert outcome.most_inside >= 2
    assert months.used_minutes(account, NOVEMBER) == 120
