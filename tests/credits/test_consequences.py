"""What a correction would do is what it does (rules C5, C6, C11, C13)."""

from datetime import timedelta

import pytest

from credits import corrections, ledger
from credits.consequences import consequence
from credits.models import CreditAccount, Hold
from tests.cast import NOON
from tests.credits.posting import RATE, grant, queued, voucher, worked

pytestmark = pytest.mark.django_db


def in_want(account):
    """A booking that lacks 60 of 90 minutes, and bookings that wait for 50, 200 and 20; nothing is available."""
    ledger.claim(account=account, minutes=90, rate=RATE, cause="let through", at=NOON)
    for number, minutes in enumerate((50, 200, 20), 1):
        queued(account, minutes, at=NOON + timedelta(minutes=number))


def said(account):
    found = CreditAccount.objects.get(pk=account.pk)
    return found.available_minutes, found.held_minutes, found.frozen_minutes, found.debt_minutes


def lacking():
    return sum(hold.missing_minutes > 0 for hold in Hold.objects.all())


@pytest.mark.parametrize("change", [1, 59, 60, 61, 109, 110, 111, 129, 130, 131, 329, 330, 331, 1000])
@pytest.mark.parametrize("owed", [0, 45])
def test_c6_what_is_shown_before_minutes_are_added_is_what_happens(cast, acme, change, owed):
    grant(acme.account, 30)
    in_want(acme.account)
    if owed:
        worked_beyond(acme.account, owed)
    shown = consequence(CreditAccount.objects.get(), change=change).then

    corrections.adjust(account=acme.account, minutes=change, reason="x", cause="form:1", by=cast.max, at=NOON)

    assert said(acme.account) == (shown.available_minutes, shown.held_minutes, shown.frozen_minutes, shown.debt_minutes)


@pytest.mark.parametrize(("change", "served"), [(59, 1), (60, 1), (110, 2), (130, 3), (330, 4)])
def test_c6_the_bookings_that_get_credit_are_counted(acme, change, served):
    grant(acme.account, 30)
    in_want(acme.account)

    assert consequence(CreditAccount.objects.get(), change=change).served == served


def test_c13_what_is_shown_before_minutes_are_taken_is_what_happens(cast, acme):
    grant(acme.account, 100)
    queued(acme.account, 120)
    shown = consequence(CreditAccount.objects.get(), change=-40)

    corrections.adjust(account=acme.account, minutes=-40, reason="x", cause="form:1", by=cast.max, at=NOON)

    assert (shown.then.available_minutes, shown.served, shown.paid_minutes) == (60, 0, 0)
    assert said(acme.account)[0] == 60


def test_i5_what_is_shown_before_a_lot_is_frozen_and_released_is_what_happens(cast, acme):
    lot = grant(acme.account, 100)
    worked(acme.account, 10)
    frozen = consequence(CreditAccount.objects.get(), change=-90, frozen=90).then
    corrections.freeze(lot=lot, reason="x", cause="form:1", by=cast.max, at=NOON)
    after_freezing = said(acme.account)
    queued(acme.account, 60)
    released = consequence(CreditAccount.objects.get(), change=90, frozen=-90)
    corrections.unfreeze(lot=lot, reason="x", cause="form:2", by=cast.max, at=NOON)

    assert after_freezing == (frozen.available_minutes, frozen.held_minutes, frozen.frozen_minutes, frozen.debt_minutes) == (0, 0, 90, 0)
    assert (released.then.available_minutes, released.then.held_minutes, released.served) == (30, 60, 1)
    assert said(acme.account) == (30, 60, 0, 0)


def worked_beyond(account, minutes):
    """Work that no credit covers."""
    held = ledger.claim(account=account, minutes=minutes, rate=RATE, cause="beyond", at=NOON)
    ledger.capture(hold=held, minutes=minutes, voucher=voucher())
