"""Granting and holding credit (rules C5, C6, C14, C15)."""

from datetime import date

import pytest

from credits import ledger
from credits.audit import audit
from credits.ledger import EntryKind
from credits.models import Entry, Hold
from tests.cast import NOON
from tests.credits.posting import RATE, bought, figures, grant, hold, queued, voucher, worked

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _the_ledger_holds_afterwards(db):
    yield
    assert audit().findings == []


@pytest.fixture
def account(acme):
    return acme.account


def test_c15_a_grant_adds_a_lot_and_an_entry(account):
    lot = grant(account, 480)

    assert figures(account) == (480, 0, 0, 480)
    assert (lot.available_minutes, lot.granted_minutes) == (480, 480)
    entry = Entry.objects.get(account=account)
    assert (entry.number, entry.kind, entry.minutes, entry.balance_after) == (1, EntryKind.GRANT, 480, 480)
    assert entry.occurred_on == date(2026, 11, 18)


def test_c14_the_same_cause_grants_once(account):
    first = grant(account, 480, cause="top-up:1")

    again = grant(account, 480, cause="top-up:1")

    assert again == first
    assert figures(account) == (480, 0, 0, 480)


def test_c14_the_same_cause_with_other_minutes_is_refused(account):
    grant(account, 480, cause="top-up:1")

    with pytest.raises(ledger.CauseMismatch):
        grant(account, 960, cause="top-up:1")

    assert figures(account) == (480, 0, 0, 480)


def test_c14_the_same_cause_in_another_account_is_refused(account, borealis):
    grant(account, 480, cause="top-up:1")

    with pytest.raises(ledger.CauseMismatch):
        grant(borealis.account, 480, cause="top-up:1")


def test_c5_a_hold_sets_credit_aside(account):
    grant(account, 480)

    placed = hold(account, 60)

    assert figures(account) == (420, 60, 0, 480)
    assert (placed.state, placed.covered_minutes) == ("placed", 60)


def test_c5_the_same_cause_holds_once(account):
    grant(account, 480)

    assert hold(account, 60, cause="session:1") == hold(account, 60, cause="session:1")
    assert figures(account) == (420, 60, 0, 480)


def test_c5_the_same_cause_with_other_minutes_is_refused(account):
    grant(account, 480)
    hold(account, 60, cause="session:1")

    with pytest.raises(ledger.HoldMismatch):
        hold(account, 90, cause="session:1")


def test_c5_a_new_hold_must_be_covered_whole(account):
    grant(account, 50)

    with pytest.raises(ledger.NotEnoughCredit) as refusal:
        hold(account, 60)

    assert (refusal.value.wanted, refusal.value.available, refusal.value.missing) == (60, 50, 10)
    assert figures(account) == (50, 0, 0, 50)


def test_c5_a_claim_covers_what_it_can_and_the_rest_as_credit_comes(account):
    grant(account, 50)
    claimed = ledger.claim(account=account, minutes=60, rate=RATE, cause="session:1", at=NOON)
    assert (claimed.state, claimed.covered_minutes) == ("placed", 50)

    grant(account, 100)

    claimed.refresh_from_db()
    assert claimed.covered_minutes == 60
    assert figures(account) == (90, 60, 0, 150)


def test_c6_waiting_holds_are_served_in_order_passing_over_what_does_not_fit(account):
    first, second, third = queued(account, 300), queued(account, 100), queued(account, 60)

    grant(account, 200)

    states = [Hold.objects.get(pk=each.pk).state for each in (first, second, third)]
    assert states == ["waiting", "placed", "placed"]
    assert figures(account) == (40, 160, 0, 200)


def test_c6_a_waiting_hold_is_placed_when_another_is_voided(account):
    grant(account, 100)
    placed, waiting = hold(account, 100), queued(account, 100)

    ledger.void(hold=placed, at=NOON)

    waiting.refresh_from_db()
    assert waiting.state == "placed"
    assert figures(account) == (0, 100, 0, 100)


def test_c6_a_waiting_hold_is_placed_when_a_deduction_is_reversed(account):
    grant(account, 100)
    entry = worked(account, 100)
    waiting = queued(account, 80)

    ledger.reverse(entry=entry, voucher=voucher(reason="billed twice"))

    waiting.refresh_from_db()
    assert waiting.state == "placed"
    assert figures(account) == (20, 80, 0, 100)


def test_c6_an_outage_release_turns_a_waiting_hold_into_a_claim(account):
    grant(account, 50)
    waiting = queued(account, 60)

    released = ledger.resize_hold(hold=waiting, minutes=60, at=NOON)

    assert (released.state, released.covered_minutes, released.missing_minutes) == ("placed", 50, 10)


def test_c5_a_hold_is_voided_once_and_never_after_a_capture(account):
    grant(account, 100)
    voided, captured = hold(account, 30), hold(account, 30)
    ledger.capture(hold=captured, minutes=30, voucher=voucher())

    assert ledger.void(hold=voided, at=NOON).state == ledger.void(hold=voided, at=NOON).state == "voided"
    with pytest.raises(ledger.HoldClosed):
        ledger.void(hold=captured, at=NOON)


@pytest.mark.parametrize("minutes", [0, -10])
def test_c5_nothing_and_less_cannot_be_held_or_granted(account, minutes):
    with pytest.raises(ValueError, match="no amount"):
        hold(account, minutes)
    with pytest.raises(ValueError, match="no amount"):
        ledger.grant(account=account, minutes=minutes, terms=bought(), voucher=voucher())
