"""Transfers that cross, and the last yes given twice at once (rule C16)."""

import pytest

from credits import transfers
from credits.accounts import open_account
from credits.audit import audit
from credits.transfers import Transfer, TransferState, Wish
from tests.approving import an_approver, only
from tests.cast import NOON
from tests.credits.posting import figures, grant
from tests.racing import race

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def proposed(source, target, number, *, by):
    wish = Wish(source=source, target=target, minutes=10, reason="Evens out")
    return transfers.propose(wish=wish, cause=f"form:{number}", by=by, at=NOON)


@pytest.fixture
def dora(acme):
    return an_approver(acme, "Dora")


@pytest.fixture
def branch(acme, dora):
    account = open_account(organisation=acme.organisation, name="Branch")
    only(acme.account, acme.approver)
    only(account, dora)
    return account


def test_c16_transfers_that_cross_do_not_wait_for_each_other_for_ever(acme, branch, dora):
    grant(acme.account, 480)
    grant(branch, 480)
    there = [proposed(acme.account, branch, number, by=acme.approver) for number in range(4)]
    back = [proposed(branch, acme.account, number + 4, by=dora) for number in range(4)]
    waiting = [pair for both in zip(there, back, strict=True) for pair in both]

    outcome = race(8, lambda number: transfers.approve(transfer=waiting[number], by=(dora, acme.approver)[number % 2], at=NOON))

    assert (len(outcome.results), outcome.errors) == (8, [])
    assert outcome.most_inside >= 2
    assert (figures(acme.account)[0], figures(branch)[0]) == (480, 480)
    assert audit().findings == []


def test_c16_the_last_yes_given_by_several_at_once_moves_the_credit_once(acme, branch, dora):
    others = [dora, *(an_approver(acme, name) for name in ("Emil", "Filip", "Greta"))]
    only(branch, *others[1:])
    grant(acme.account, 480)
    transfer = proposed(acme.account, branch, 1, by=acme.approver)

    outcome = race(4, lambda number: transfers.approve(transfer=transfer, by=others[number], at=NOON))

    assert (len(outcome.results), {type(error) for error in outcome.errors}) == (1, {transfers.TransferClosed})
    assert figures(branch)[0] == 10


def test_c16_a_yes_and_a_no_at_once_leave_one_of_them(acme, branch, dora):
    grant(acme.account, 480)
    transfer = proposed(acme.account, branch, 1, by=acme.approver)
    verbs = (transfers.approve, transfers.decline)

    outcome = race(2, lambda number: verbs[number](transfer=transfer, by=dora, at=NOON))

    state = Transfer.objects.get().state
    assert (len(outcome.results), [type(error) for error in outcome.errors]) == (1, [transfers.TransferClosed])
    assert figures(branch)[0] == (10 if state == TransferState.DONE else 0)
