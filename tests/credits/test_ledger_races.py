"""Several at the same moment, with real connections, on both databases (rules C5, C8, C14)."""

import pytest

from credits import ledger
from credits.audit import audit
from credits.ledger import NotEnoughCredit
from credits.models import Entry, Hold
from tests.cast import NOON
from tests.credits.posting import RATE, figures, grant, hold, voucher
from tests.racing import race

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def test_c5_eight_race_for_four_holds_and_exactly_four_win(acme):
    grant(acme.account, 4 * 60)

    outcome = race(8, lambda number: hold(acme.account, 60, cause=f"session:{number}"))

    assert len(outcome.results) == 4
    assert [type(error) for error in outcome.errors] == [NotEnoughCredit] * 4
    assert outcome.most_inside >= 2
    assert figures(acme.account) == (0, 240, 0, 240)
    assert audit().findings == []


def test_c14_the_same_hold_eight_times_is_one_hold(acme):
    grant(acme.account, 480)

    outcome = race(8, lambda _: hold(acme.account, 60, cause="session:1").pk)

    assert (len(set(outcome.results)), outcome.errors) == (1, [])
    assert Hold.objects.count() == 1
    assert outcome.most_inside >= 2


def test_c14_the_same_capture_eight_times_is_one_entry(acme):
    grant(acme.account, 480)
    placed = hold(acme.account, 60)

    outcome = race(8, lambda _: ledger.capture(hold=placed, minutes=40, voucher=voucher("session:1:settlement:1")).pk)

    assert (len(set(outcome.results)), outcome.errors) == (1, [])
    assert figures(acme.account) == (440, 0, 0, 440)
    assert audit().findings == []


def test_c14_eight_reversals_of_one_entry_reverse_it_once(acme):
    grant(acme.account, 480)
    entry = ledger.capture(hold=hold(acme.account, 60), minutes=60, voucher=voucher())

    outcome = race(8, lambda number: ledger.reverse(entry=entry, voucher=voucher(f"undo:{number}", reason="twice")))

    assert len(outcome.results) == 1
    assert {type(error) for error in outcome.errors} == {ledger.AlreadyReversed}
    assert figures(acme.account) == (480, 0, 0, 480)


def test_c5_different_verbs_on_two_accounts_neither_deadlock_nor_lose_a_minute(acme, borealis):
    accounts = (acme.account, borealis.account)
    for account in accounts:
        grant(account, 600)

    def busy(number: int) -> None:
        for turn in range(6):
            account = accounts[(number + turn) % 2]
            placed = ledger.claim(account=account, minutes=30, rate=RATE, cause=f"work:{number}:{turn}", at=NOON)
            if turn % 3 == 0:
                ledger.void(hold=placed, at=NOON)
            else:
                ledger.capture(hold=placed, minutes=20, voucher=voucher(f"done:{number}:{turn}"))

    outcome = race(6, busy)

    assert outcome.errors == []
    assert sum(figures(account)[3] for account in accounts) == 1200 - 6 * 4 * 20
    assert Entry.objects.count() == 2 + 6 * 4
    assert audit().findings == []
