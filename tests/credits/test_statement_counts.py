"""How many statements each verb of the ledger runs: no more than these, however long the history (docs/performance.md).

SAVEPOINT and RELEASE are counted, for verbs are called inside the transactions of others.
"""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from credits import accounts, ledger
from credits.ledger import EntryKind
from credits.models import CreditAccount
from tests.cast import NOON, a_client
from tests.credits.posting import grant, hold, queued, voucher, worked

Act = Callable[[], object]


def placing(account: CreditAccount) -> Act:
    return lambda: hold(account, 60)


def queueing_what_does_not_fit(account: CreditAccount) -> Act:
    return lambda: queued(account, 100_000)


def capturing(account: CreditAccount) -> Act:
    placed = hold(account, 60)
    return lambda: ledger.capture(hold=placed, minutes=50, voucher=dated())


def capturing_into_debt(account: CreditAccount) -> Act:
    placed = hold(account, 60)
    return lambda: ledger.capture(hold=placed, minutes=100_000, voucher=dated())


def capturing_again(account: CreditAccount) -> Act:
    placed, document = hold(account, 60), dated()
    ledger.capture(hold=placed, minutes=50, voucher=document)
    return lambda: ledger.capture(hold=placed, minutes=50, voucher=document)


def charging(account: CreditAccount) -> Act:
    placed = hold(account, 60)
    return lambda: ledger.charge(hold=placed, minutes=120, kind=EntryKind.LATE_CHANGE, voucher=dated())


def voiding(account: CreditAccount) -> Act:
    placed = hold(account, 60)
    return lambda: ledger.void(hold=placed, at=NOON)


def resizing(account: CreditAccount) -> Act:
    placed = hold(account, 60)
    return lambda: ledger.resize_hold(hold=placed, minutes=90, at=NOON)


def rebooking(account: CreditAccount) -> Act:
    placed = hold(account, 60)
    return lambda: ledger.rebook_hold(hold=placed, minutes=90, at=NOON)


def granting(account: CreditAccount) -> Act:
    return lambda: grant(account, 480)


def reversing(account: CreditAccount) -> Act:
    entry = worked(account, 60)
    return lambda: ledger.reverse(entry=entry, voucher=voucher(reason="It was free."))


def extending(account: CreditAccount) -> Act:
    lot = grant(account, 480, expires_on=date(2027, 1, 31))
    return lambda: ledger.extend(lot=lot, expires_on=date(2027, 12, 31), voucher=voucher(reason="They were away."))


def freezing(account: CreditAccount) -> Act:
    lot = grant(account, 480)
    return lambda: ledger.freeze(lot=lot, voucher=voucher(reason="Not paid."))


def refunding(account: CreditAccount) -> Act:
    lot = grant(account, 480)
    return lambda: ledger.refund(lot=lot, minutes=60, voucher=voucher(reason="They move."))


def adjusting(account: CreditAccount) -> Act:
    return lambda: ledger.adjust(account=account, minutes=-60, voucher=voucher(reason="Counted twice."))


def transferring(account: CreditAccount) -> Act:
    other = accounts.open_account(organisation=account.organisation, name="Another")
    return lambda: ledger.transfer(source=account, target=other, minutes=60, voucher=voucher(reason="They need it."))


def dated() -> ledger.Voucher:
    """As sessions document a posting: with the day of the work."""
    return ledger.Voucher(cause=voucher().cause, at=NOON, occurred_on=NOON.date())


MOST: dict[Callable[[CreditAccount], Act], int] = {
    placing: 10,
    queueing_what_does_not_fit: 7,
    capturing: 14,
    capturing_into_debt: 27,
    capturing_again: 4,
    charging: 12,
    voiding: 11,
    resizing: 11,
    rebooking: 11,
    granting: 12,
    adjusting: 14,
    reversing: 14,
    extending: 10,
    freezing: 12,
    refunding: 13,
    transferring: 21,
}


@pytest.mark.parametrize("prepare", MOST, ids=lambda prepare: prepare.__name__)
def test_c15_a_verb_runs_no_more_statements_than_these_however_long_the_history(cast, prepare):
    new, old = (a_client(cast, name).account for name in ("Acme", "Borealis"))
    grant(new, 4800)
    with_a_history(old)

    of_new, of_old = (statements(prepare(account)) for account in (new, old))

    assert of_new == of_old <= MOST[prepare]


def with_a_history(account: CreditAccount) -> None:
    """Lots that were used up, and work that used them."""
    for days in range(40, 0, -1):
        grant(account, 60, at=NOON - timedelta(days=days))
        worked(account, 60, at=NOON - timedelta(days=days))
    grant(account, 4800)


def statements(act: Act) -> int:
    with CaptureQueriesContext(connection) as seen:
        act()
    return len(seen)
