"""Statements that add up, and balances as of any date, without summing history (rules C9, C15)."""

from datetime import date, timedelta

import pytest

from credits import ledger
from credits.statement import balance_at, statement
from tests.cast import NOON, at_stockholm
from tests.credits.posting import grant, hold, worked

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(acme):
    """Credit on the 1st, work on the 10th and on the 18th of November."""
    grant(acme.account, 480, at=at_stockholm(2026, 11, 1, 9))
    worked(acme.account, 40, at=at_stockholm(2026, 11, 10, 9))
    worked(acme.account, 60, at=at_stockholm(2026, 11, 18, 23, 30))
    return acme.account


def test_c15_a_statement_adds_up_and_continues_the_one_before(account):
    first = statement(account=account, first=date(2026, 11, 1), last=date(2026, 11, 17))
    second = statement(account=account, first=date(2026, 11, 18), last=date(2026, 11, 30))

    assert (first.opening_minutes, first.change_minutes, first.closing_minutes) == (0, 440, 440)
    assert (second.opening_minutes, second.change_minutes, second.closing_minutes) == (440, -60, 380)
    assert [entry.minutes for entry in (*first.entries, *second.entries)] == [480, -40, -60]


def test_c15_a_period_goes_by_the_providers_own_midnight(account):
    lines = [len(statement(account=account, first=day, last=day).entries) for day in (date(2026, 11, 18), date(2026, 11, 19))]

    assert lines == [1, 0]


def test_c15_a_period_without_entries_carries_the_balance(account):
    quiet = statement(account=account, first=date(2026, 12, 1), last=date(2026, 12, 31))

    assert (quiet.opening_minutes, quiet.closing_minutes, list(quiet.entries)) == (380, 380, [])


def test_c15_a_period_that_ends_before_it_begins_is_refused(account):
    with pytest.raises(ValueError, match="ends on or after"):
        statement(account=account, first=date(2026, 12, 2), last=date(2026, 12, 1))


@pytest.mark.parametrize(
    ("at", "balance"),
    [
        (at_stockholm(2026, 10, 31), 0),
        (at_stockholm(2026, 11, 1, 9), 480),
        (at_stockholm(2026, 11, 10, 8, 59), 480),
        (at_stockholm(2026, 11, 10, 9), 440),
        (at_stockholm(2027, 1, 1), 380),
    ],
)
def test_c15_the_balance_as_of_any_instant(account, at, balance):
    assert balance_at(account=account, at=at) == balance


def test_c9_deductions_are_multiples_of_the_step_and_keep_their_exact_minutes_beside(account):
    placed = hold(account, 60)
    posted = ledger.capture(
        hold=placed, minutes=40, voucher=ledger.Voucher(cause="session:1", at=NOON + timedelta(days=1), raw_minutes=39, text="Mail")
    )

    assert (posted.minutes, posted.raw_minutes, posted.text) == (-40, 39, "Mail")


def test_c15_a_statement_takes_as_many_queries_for_a_long_history_as_for_a_short_one(account, django_assert_num_queries):
    for _ in range(20):
        worked(account, 10, at=at_stockholm(2026, 11, 20))

    with django_assert_num_queries(4):
        found = statement(account=account, first=date(2026, 11, 1), last=date(2026, 11, 30))
        assert (found.opening_minutes, found.closing_minutes, len(found.entries), len(list(found.entries))) == (0, 180, 23, 23)
