"""Deducting, charging, reversing and adjusting (rules C7, C10 to C15)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from credits import ledger
from credits.audit import audit
from credits.ledger import EntryKind, LotSource
from credits.models import Debt, Entry, Lot
from tests.cast import NOON
from tests.credits.posting import RATE, figures, grant, hold, queued, voucher, worked

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _the_ledger_holds_afterwards(db):
    yield
    assert audit().findings == []


@pytest.fixture
def account(acme):
    return acme.account


def test_c7_a_capture_deducts_and_frees_the_rest(account):
    grant(account, 480)
    placed = hold(account, 60)

    entry = ledger.capture(hold=placed, minutes=40, voucher=voucher("session:1:settlement:1"))

    assert (entry.kind, entry.minutes, entry.balance_after) == (EntryKind.DEDUCTION, -40, 440)
    assert figures(account) == (440, 0, 0, 440)


def test_c7_a_capture_of_nothing_still_says_so(account):
    grant(account, 480)

    entry = ledger.capture(hold=hold(account, 60), minutes=0, voucher=voucher())

    assert (entry.minutes, entry.balance_after) == (0, 480)


def test_c14_a_capture_posts_once_however_often_it_is_retried(account):
    grant(account, 480)
    placed = hold(account, 60)
    first = ledger.capture(hold=placed, minutes=40, voucher=voucher("session:1:settlement:1"))

    assert ledger.capture(hold=placed, minutes=40, voucher=voucher("session:1:settlement:1")) == first
    with pytest.raises(ledger.CauseMismatch):
        ledger.capture(hold=placed, minutes=50, voucher=voucher("session:1:settlement:1"))
    with pytest.raises(ledger.HoldClosed):
        ledger.capture(hold=placed, minutes=40, voucher=voucher("session:1:settlement:2"))


def test_c11_work_beyond_the_credit_becomes_debt_at_the_price_of_the_hold(account):
    grant(account, 60)
    placed = hold(account, 60)

    ledger.capture(hold=placed, minutes=100, voucher=voucher())

    assert figures(account) == (0, 0, 40, -40)
    debt = Debt.objects.get(account=account)
    assert (debt.minutes, debt.open_minutes, debt.price_per_hour, debt.vat_percent) == (40, 40, RATE.price_per_hour, RATE.vat_percent)


def test_c11_a_top_up_first_pays_the_debt_in_an_entry_of_its_own(account):
    worked(account, 100)

    grant(account, 480)

    assert figures(account) == (380, 0, 0, 380)
    kinds = [
        (entry.number, entry.kind, entry.minutes, entry.balance_after) for entry in Entry.objects.filter(account=account).order_by("number")
    ]
    assert kinds == [(1, "deduction", -100, -100), (2, "grant", 480, 380), (3, "repayment", 0, 380)]


def test_c11_a_small_top_up_pays_the_oldest_debt_first(account):
    worked(account, 100)
    worked(account, 50)

    grant(account, 120)

    assert list(Debt.objects.order_by("pk").values_list("open_minutes", "paid_minutes")) == [(0, 100), (30, 20)]
    assert figures(account) == (0, 0, 30, -30)


def test_c11_nothing_is_available_while_there_is_debt(account):
    worked(account, 100)

    with pytest.raises(ledger.NotEnoughCredit) as refusal:
        hold(account, 30)

    assert refusal.value.available == 0


def test_c10_a_penalty_first_uses_its_own_hold_then_what_is_available_then_debt(account):
    grant(account, 100)
    own = hold(account, 60)

    ledger.charge(hold=own, minutes=120, kind=EntryKind.LATE_CHANGE, voucher=voucher())

    own.refresh_from_db()
    assert own.covered_minutes == 0
    assert figures(account) == (0, 0, 20, -20)


def test_c10_a_penalty_leaves_the_holds_of_others_alone(account):
    grant(account, 200)
    own, other = hold(account, 60), hold(account, 140)

    ledger.charge(hold=own, minutes=120, kind=EntryKind.NO_SHOW, voucher=voucher())

    other.refresh_from_db()
    assert other.covered_minutes == 140
    assert figures(account) == (0, 140, 60, 80)


def test_c10_after_a_penalty_the_booking_is_held_again_if_it_can_be(account):
    grant(account, 480)
    own = hold(account, 60)
    ledger.charge(hold=own, minutes=120, kind=EntryKind.LATE_CHANGE, voucher=voucher())

    again = ledger.rebook_hold(hold=own, minutes=60, at=NOON)

    assert (again.state, again.covered_minutes) == ("placed", 60)
    assert figures(account) == (300, 60, 0, 360)


def test_c10_after_a_penalty_the_booking_waits_if_credit_is_missing(account):
    grant(account, 150)
    own = hold(account, 60)
    ledger.charge(hold=own, minutes=120, kind=EntryKind.LATE_CHANGE, voucher=voucher())

    again = ledger.rebook_hold(hold=own, minutes=60, at=NOON)

    assert (again.state, again.covered_minutes) == ("waiting", 0)
    assert figures(account) == (30, 0, 0, 30)


def test_c10_only_penalties_are_charged(account):
    grant(account, 100)

    with pytest.raises(ValueError, match="no penalty"):
        ledger.charge(hold=hold(account, 60), minutes=10, kind=EntryKind.DEDUCTION, voucher=voucher())


def test_c12_the_lot_that_expires_first_is_used_first(account):
    never, later, soon = (
        grant(account, 60),
        grant(account, 60, expires_on=date(2027, 6, 30)),
        grant(account, 60, expires_on=date(2026, 12, 31)),
    )

    worked(account, 90)

    left = {lot.pk: lot.available_minutes for lot in Lot.objects.all()}
    assert left == {soon.pk: 0, later.pk: 30, never.pk: 60}


def test_c12_a_lot_lasts_until_the_end_of_its_local_date(account):
    grant(account, 60, expires_on=date(2026, 11, 20))
    last_minute = NOON.replace(day=20, hour=22, minute=59)

    placed = hold(account, 30, at=last_minute)
    late = queued(account, 30, at=last_minute + timedelta(minutes=1))

    assert (placed.state, late.state) == ("placed", "waiting")
    assert figures(account) == (0, 30, 0, 30)


def test_c12_held_credit_outlives_the_date_and_expires_when_it_is_freed(account):
    grant(account, 60, expires_on=date(2026, 11, 20))
    placed = hold(account, 60)

    ledger.void(hold=placed, at=NOON + timedelta(days=10))

    assert figures(account) == (0, 0, 0, 0)
    assert Entry.objects.filter(account=account, kind="expiry", minutes=-60, occurred_on=date(2026, 11, 20)).count() == 1


def test_c12_what_a_reversal_returns_to_an_expired_lot_expires_at_once(account):
    grant(account, 60, expires_on=date(2026, 11, 20))
    entry = worked(account, 60)

    ledger.reverse(entry=entry, voucher=voucher(at=NOON + timedelta(days=10), reason="our fault"))

    assert figures(account) == (0, 0, 0, 0)


def test_c12_a_free_lot_says_why_and_has_no_price(account):
    terms = ledger.LotTerms.free(source=LotSource.GOODWILL, reason="thank you")

    lot = ledger.grant(account=account, minutes=30, terms=terms, voucher=voucher())

    assert (lot.total_price.amount, lot.reason) == (Decimal(0), "thank you")
    with pytest.raises(IntegrityError, match="free_lot_says_why"), transaction.atomic():
        ledger.grant(account=account, minutes=30, terms=ledger.LotTerms.free(source=LotSource.GOODWILL, reason=""), voucher=voucher())


def test_c12_what_goes_back_to_a_hold_frees_the_longest_lasting_credit_first(account):
    soon, never = grant(account, 60, expires_on=date(2026, 12, 31)), grant(account, 60)
    placed = hold(account, 90)

    ledger.resize_hold(hold=placed, minutes=40, at=NOON)

    assert list(placed.parts.order_by("lot").values_list("lot", "minutes")) == [(soon.pk, 40)]
    assert Lot.objects.get(pk=never.pk).available_minutes == 60


def test_c14_a_reversal_gives_back_what_the_entry_took_from_each_lot(account):
    first, second = grant(account, 60), grant(account, 60)
    entry = worked(account, 100)

    reversal = ledger.reverse(entry=entry, voucher=voucher(reason="billed twice"))

    assert (reversal.minutes, reversal.reverses) == (100, entry)
    assert {lot.pk: lot.available_minutes for lot in Lot.objects.all()} == {first.pk: 60, second.pk: 60}


def test_c14_a_reversal_of_paid_debt_returns_to_the_lot_that_paid_it(account):
    entry = worked(account, 100)
    lot = grant(account, 480)

    ledger.reverse(entry=entry, voucher=voucher(reason="not our work"))

    lot.refresh_from_db()
    assert (lot.available_minutes, lot.spent_minutes) == (480, 0)
    debt = Debt.objects.get(account=account)
    assert (debt.open_minutes, debt.paid_minutes, debt.reversed_minutes) == (0, 0, 100)
    assert figures(account) == (480, 0, 0, 480)


def test_c14_a_reversal_of_half_paid_debt_cancels_what_is_still_open(account):
    entry = worked(account, 100)
    grant(account, 30)

    ledger.reverse(entry=entry, voucher=voucher(reason="not our work"))

    assert figures(account) == (30, 0, 0, 30)


def test_c14_an_entry_is_reversed_at_most_once(account):
    grant(account, 100)
    entry = worked(account, 60)
    first = ledger.reverse(entry=entry, voucher=voucher("undo:1", reason="twice"))

    assert ledger.reverse(entry=entry, voucher=voucher("undo:1", reason="twice")) == first
    with pytest.raises(ledger.AlreadyReversed):
        ledger.reverse(entry=entry, voucher=voucher("undo:2", reason="thrice"))


def test_c14_grants_repayments_and_reversals_are_not_reversed(account):
    grant(account, 100)

    with pytest.raises(ledger.NotReversible):
        ledger.reverse(entry=Entry.objects.get(account=account), voucher=voucher(reason="no"))


def test_c13_an_adjustment_up_is_a_free_lot_and_down_takes_what_there_is(account):
    up = ledger.adjust(account=account, minutes=60, voucher=voucher(reason="forgotten"))
    down = ledger.adjust(account=account, minutes=-100, voucher=voucher(reason="counted twice"))

    assert (up.balance_after, down.balance_after) == (60, -40)
    assert figures(account) == (0, 0, 40, -40)


def test_c13_an_adjustment_says_why(account):
    with pytest.raises(ValueError, match="says why"):
        ledger.adjust(account=account, minutes=60, voucher=voucher())


def test_c15_a_clock_that_goes_back_does_not_disorder_the_ledger(account):
    grant(account, 480)

    grant(account, 60, at=NOON - timedelta(hours=1))

    recorded = list(Entry.objects.filter(account=account).order_by("number").values_list("recorded_at", flat=True))
    assert recorded == sorted(recorded)
