"""Unused credit that is paid back at its own price, and what is never paid back (rules C4, C12, C13)."""

import pytest

from credits import corrections, ledger, topups
from credits.accounts import open_account
from credits.audit import audit
from credits.models import Lot
from tests.cast import NOON, a_client
from tests.credits.correcting import AFTERWARDS, LAST_DAY, fresh, gift, on_lot_by, sek, told
from tests.credits.posting import RATE, figures, grant, hold, worked

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def the_books_are_sound():
    yield
    assert audit().findings == []


@pytest.fixture
def on_lot(cast):
    return on_lot_by(cast.max)


def test_c13_unused_minutes_are_refunded_at_the_lots_own_price_and_finance_is_told(acme, on_lot):
    lot = grant(acme.account, 480)
    worked(acme.account, 120)

    refund = on_lot(corrections.refund, lot, minutes=180)

    assert (refund.net, refund.vat, refund.total) == (sek("3600.00"), sek("900.00"), sek("4500.00"))
    assert figures(acme.account) == (180, 0, 0, 180)
    bill = told("To pay back to Acme")["fia"].replace("\N{NO-BREAK SPACE}", " ")
    assert "Net SEK 3,600.00, VAT 25% SEK 900.00, in all SEK 4,500.00." in bill
    assert set(told("will be paid back")) == {"anna"}


@pytest.mark.parametrize("minutes", [1, 7, 100, 333, 480])
def test_c13_the_price_that_is_shown_is_the_one_that_is_refunded(acme, on_lot, minutes):
    lot = grant(acme.account, 480)
    if minutes < 480:
        on_lot(corrections.refund, lot, minutes=13, cause="form:0")

    shown = corrections.price_of_refund(fresh(lot), minutes)
    refund = on_lot(corrections.refund, lot, minutes=minutes)

    assert (shown.net, shown.vat, shown.total) == (refund.net, refund.vat, refund.total)


def test_c13_only_what_is_neither_used_nor_held_nor_frozen_is_refunded(acme, on_lot):
    lot = grant(acme.account, 480)
    worked(acme.account, 100)
    hold(acme.account, 80)

    with pytest.raises(corrections.MoreThanUnused, match="5 h"):
        on_lot(corrections.refund, lot, minutes=301)
    on_lot(corrections.refund, lot, minutes=300)
    with pytest.raises(corrections.MoreThanUnused):
        on_lot(corrections.refund, lot, minutes=1, cause="form:2")


def test_c13_frozen_and_expired_credit_is_not_refunded(acme, on_lot):
    frozen, gone = grant(acme.account, 60), grant(acme.account, 60, expires_on=LAST_DAY)
    on_lot(corrections.freeze, frozen)

    for number, lot in enumerate((frozen, gone)):
        with pytest.raises(corrections.MoreThanUnused):
            on_lot(corrections.refund, lot, minutes=1, cause=f"refund:{number}", at=AFTERWARDS)


def test_c12_free_credit_never_turns_into_money(acme, on_lot):
    with pytest.raises(corrections.NotRefundable):
        on_lot(corrections.refund, gift(acme.account, 60), minutes=60)


@pytest.mark.parametrize(
    ("minutes", "refusal"), [(0, corrections.NothingAsked), (-5, corrections.NothingAsked), (10**9, corrections.TooMuch)]
)
def test_c13_a_refund_is_of_a_sensible_size(acme, on_lot, minutes, refusal):
    with pytest.raises(refusal):
        on_lot(corrections.refund, grant(acme.account, 60), minutes=minutes)


def test_c13_moved_credit_is_refunded_with_its_share_of_the_price(acme, on_lot):
    lot, branch = grant(acme.account, 480), open_account(organisation=acme.organisation, name="Branch")
    why = ledger.Voucher(cause="transfer:1", at=NOON, reason="moved")
    ledger.transfer(source=acme.account, target=branch, minutes=120, voucher=why)
    moved = Lot.objects.get(account=branch)

    there = on_lot(corrections.refund, moved, minutes=120)
    here = on_lot(corrections.refund, lot, minutes=360, cause="form:2")

    assert (there.net, here.net) == (sek("2400.00"), sek("7200.00"))


def test_c4_credit_that_came_before_its_payment_is_not_refunded_until_it_is_paid(cast, on_lot):
    trusted = a_client(cast, "Trusted", credit_on="issue")
    order = topups.order(account=trusted.account, minutes=480, cause="form:0", by=trusted.approver, at=NOON)
    lot, branch = order.lot, open_account(organisation=trusted.organisation, name="Branch")
    ledger.transfer(source=trusted.account, target=branch, minutes=120, voucher=ledger.Voucher(cause="t:1", at=NOON, reason="moved"))

    for number, unpaid in enumerate((lot, Lot.objects.get(account=branch))):
        with pytest.raises(corrections.LotNotPaid):
            on_lot(corrections.refund, unpaid, minutes=60, cause=f"early:{number}")
    topups.mark_paid(top_up=order, paid_on=NOON.date(), amount=order.total, payment_reference="BG 1", by=cast.fia, at=NOON)

    assert on_lot(corrections.refund, lot, minutes=60).net == sek("1200.00")


def test_c14_the_same_refund_twice_pays_back_once(acme, on_lot):
    lot = grant(acme.account, 60)
    first = on_lot(corrections.refund, lot, minutes=60)

    assert on_lot(corrections.refund, lot, minutes=60) == first
    assert len(told("To pay back")) == 1
    with pytest.raises(ledger.CauseMismatch):
        on_lot(corrections.refund, lot, minutes=30)


def test_c6_a_refund_leaves_what_bookings_hold(acme, on_lot):
    lot = grant(acme.account, 120)
    placed = ledger.place_hold(account=acme.account, minutes=60, rate=RATE, cause="booking", at=NOON)

    on_lot(corrections.refund, lot, minutes=60)

    placed.refresh_from_db()
    assert (placed.covered_minutes, figures(acme.account)) == (60, (0, 60, 0, 60))
