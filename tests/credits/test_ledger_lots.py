"""What is done with lots: extended, frozen, refunded, moved to another account (rules C12, C13, C16, I5)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from djmoney.money import Money

from credits import ledger
from credits.accounts import open_account
from credits.audit import audit
from credits.ledger import EntryKind, LotSource, LotTerms
from credits.models import CreditAccount, Entry, Refund
from tests.cast import NOON
from tests.credits.posting import bought, figures, grant, hold, queued, voucher, worked

pytestmark = pytest.mark.django_db

LAST_DAY = date(2026, 11, 30)
AFTERWARDS = NOON + timedelta(days=30)


@pytest.fixture(autouse=True)
def the_books_are_sound():
    yield
    assert audit().findings == []


@pytest.fixture
def branch(acme):
    """A second account of the same organisation."""
    return open_account(organisation=acme.organisation, name="Branch")


def sek(amount):
    return Money(Decimal(amount), "SEK")


def why(cause="", *, at=NOON):
    return voucher(cause, at=at, reason="agreed by phone")


def trial(account, minutes):
    terms = LotTerms.free(source=LotSource.GOODWILL, reason="Welcome")
    return ledger.grant(account=account, minutes=minutes, terms=terms, voucher=voucher())


# Extending.


def test_c12_an_extended_lot_can_be_used_after_its_first_last_day(acme):
    lot = grant(acme.account, 90, expires_on=LAST_DAY)

    entry = ledger.extend(lot=lot, expires_on=date(2027, 3, 31), voucher=why())
    ledger.expire(account=acme.account, at=AFTERWARDS)

    assert figures(acme.account) == (90, 0, 0, 90)
    assert (entry.kind, entry.minutes, entry.reason, entry.lot, entry.expires_on) == (
        "extension",
        0,
        "agreed by phone",
        lot,
        date(2027, 3, 31),
    )


@pytest.mark.parametrize("until", [LAST_DAY, LAST_DAY - timedelta(days=1)])
def test_c12_a_lot_is_never_shortened(acme, until):
    lot = grant(acme.account, 90, expires_on=LAST_DAY)

    with pytest.raises(ledger.NotLater):
        ledger.extend(lot=lot, expires_on=until, voucher=why())


def test_c12_a_lot_that_has_expired_is_not_extended_to_a_day_that_is_past(acme):
    lot = grant(acme.account, 90, expires_on=LAST_DAY)

    with pytest.raises(ledger.NotLater):
        ledger.extend(lot=lot, expires_on=LAST_DAY + timedelta(days=1), voucher=why(at=AFTERWARDS))


def test_c12_what_had_expired_comes_back_by_reversing_its_expiry_after_the_extension(acme):
    lot = grant(acme.account, 90, expires_on=LAST_DAY)
    ledger.expire(account=acme.account, at=AFTERWARDS)

    ledger.extend(lot=lot, expires_on=date(2027, 3, 31), voucher=why(at=AFTERWARDS))
    ledger.reverse(entry=Entry.objects.get(lot=lot, kind=EntryKind.EXPIRY), voucher=why(at=AFTERWARDS))

    assert figures(acme.account) == (90, 0, 0, 90)


def test_c14_extending_again_with_the_same_cause_posts_once_and_with_another_day_is_refused(acme):
    lot = grant(acme.account, 90, expires_on=LAST_DAY)

    first = ledger.extend(lot=lot, expires_on=date(2027, 3, 31), voucher=why("extend"))

    assert ledger.extend(lot=lot, expires_on=date(2027, 3, 31), voucher=why("extend")) == first
    with pytest.raises(ledger.CauseMismatch):
        ledger.extend(lot=lot, expires_on=date(2027, 4, 30), voucher=why("extend"))


def test_c12_a_longer_life_changes_the_order_of_use(acme):
    sooner, later = grant(acme.account, 60, expires_on=LAST_DAY), grant(acme.account, 60, expires_on=LAST_DAY + timedelta(days=1))

    ledger.extend(lot=sooner, expires_on=date(2027, 3, 31), voucher=why())
    worked(acme.account, 60)

    sooner.refresh_from_db()
    later.refresh_from_db()
    assert (sooner.available_minutes, later.spent_minutes) == (60, 60)


# Freezing.


def test_i5_a_frozen_lot_stays_in_the_balance_and_cannot_be_used(acme):
    lot = grant(acme.account, 90)

    entry = ledger.freeze(lot=lot, voucher=why())

    acme.account.refresh_from_db()
    assert (acme.account.available_minutes, acme.account.frozen_minutes, acme.account.balance_minutes) == (0, 90, 90)
    assert (entry.minutes, entry.balance_after) == (0, 90)
    with pytest.raises(ledger.NotEnoughCredit):
        hold(acme.account, 10)


def test_i5_what_a_hold_frees_of_a_frozen_lot_is_frozen_with_it(acme):
    lot = grant(acme.account, 90)
    placed = hold(acme.account, 60)
    ledger.freeze(lot=lot, voucher=why())

    ledger.void(hold=placed, at=NOON)

    lot.refresh_from_db()
    assert (lot.available_minutes, lot.held_minutes, lot.frozen_minutes) == (0, 0, 90)
    assert [entry.reason for entry in Entry.objects.filter(kind=EntryKind.FREEZE)] == ["agreed by phone"] * 2


def test_i5_unfrozen_credit_pays_debt_and_serves_who_waits(acme):
    lot = grant(acme.account, 120)
    ledger.freeze(lot=lot, voucher=why())
    worked(acme.account, 50)
    waiting = queued(acme.account, 60)

    ledger.unfreeze(lot=lot, voucher=why())

    waiting.refresh_from_db()
    assert (figures(acme.account), waiting.state) == ((10, 60, 0, 70), "placed")


def test_c12_a_frozen_lot_past_its_day_expires_when_it_is_unfrozen(acme):
    lot = grant(acme.account, 90, expires_on=LAST_DAY)
    ledger.freeze(lot=lot, voucher=why())
    ledger.expire(account=acme.account, at=AFTERWARDS)

    ledger.unfreeze(lot=lot, voucher=why(at=AFTERWARDS))

    assert figures(acme.account) == (0, 0, 0, 0)


def test_i5_freezing_twice_and_unfreezing_what_is_not_frozen_are_refused(acme):
    lot = grant(acme.account, 90)

    with pytest.raises(ledger.LotNotFrozen):
        ledger.unfreeze(lot=lot, voucher=why())
    ledger.freeze(lot=lot, voucher=why("freeze"))

    ledger.freeze(lot=lot, voucher=why("freeze"))
    with pytest.raises(ledger.LotFrozen):
        ledger.freeze(lot=lot, voucher=why())
    assert Entry.objects.filter(kind=EntryKind.FREEZE).count() == 1


def test_i5_the_database_lets_nothing_of_a_frozen_lot_be_available(acme):
    lot = grant(acme.account, 90)

    with pytest.raises(IntegrityError, match="frozen_lot_has_nothing_available"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE credits_lot SET frozen_at = granted_at WHERE id = %s", [lot.pk])


# Refunding.


def test_c13_a_refund_is_worth_the_lots_own_price_and_vat(acme):
    lot = grant(acme.account, 480)

    refund = ledger.refund(lot=lot, minutes=60, voucher=why())

    assert (refund.minutes, refund.net, refund.vat, refund.total) == (60, sek("1200.00"), sek("300.00"), sek("1500.00"))
    assert (refund.entry.kind, refund.entry.minutes, refund.entry.lot) == ("refund", -60, lot)
    assert figures(acme.account) == (420, 0, 0, 420)


def test_c13_refunds_of_all_parts_of_a_lot_come_to_what_it_cost_to_the_cent(acme):
    terms = bought("100.00")
    lot = ledger.grant(account=acme.account, minutes=7, terms=terms, voucher=voucher())

    parts = [ledger.refund(lot=lot, minutes=1, voucher=why()).net for _ in range(7)]

    assert (sum(parts, sek(0)), {str(part.amount) for part in parts}) == (sek("800.00"), {"114.28", "114.29"})


def test_i2_the_vat_of_all_parts_is_that_of_the_whole(acme):
    lot = ledger.grant(account=acme.account, minutes=7, terms=bought("100.01"), voucher=voucher())

    parts = [ledger.refund(lot=lot, minutes=1, voucher=why()) for _ in range(7)]

    assert sum((part.vat for part in parts), sek(0)) == sek("200.02")


def test_c12_bonus_minutes_make_every_minute_of_the_lot_cheaper(acme):
    terms = LotTerms(source=LotSource.TOP_UP, price_per_hour=sek(1200), total_price=sek(9600), vat_percent=Decimal(25), bonus_minutes=120)
    lot = ledger.grant(account=acme.account, minutes=600, terms=terms, voucher=voucher())

    refund = ledger.refund(lot=lot, minutes=300, voucher=why())

    assert (refund.net, lot.bonus_minutes) == (sek("4800.00"), 120)


def test_c13_only_what_is_available_of_a_lot_is_refunded(acme):
    lot = grant(acme.account, 100)
    hold(acme.account, 80)

    with pytest.raises(ledger.NotEnoughCredit) as refused:
        ledger.refund(lot=lot, minutes=30, voucher=why())

    assert (refused.value.wanted, refused.value.available) == (30, 20)


def test_c12_free_credit_never_turns_into_money(acme):
    with pytest.raises(ledger.NotRefundable):
        ledger.refund(lot=trial(acme.account, 60), minutes=60, voucher=why())


def test_c14_the_same_refund_again_pays_once(acme):
    lot = grant(acme.account, 100)

    first = ledger.refund(lot=lot, minutes=40, voucher=why("refund"))

    assert ledger.refund(lot=lot, minutes=40, voucher=why("refund")) == first
    assert Refund.objects.count() == 1


def test_c13_a_refund_is_not_reversed(acme):
    refund = ledger.refund(lot=grant(acme.account, 100), minutes=40, voucher=why())

    with pytest.raises(ledger.NotReversible):
        ledger.reverse(entry=refund.entry, voucher=why())


# Moving to another account.


def test_c13_a_transfer_keeps_the_terms_of_each_lot_and_the_order_of_use(acme, branch):
    sooner, later = grant(acme.account, 60, expires_on=LAST_DAY), grant(acme.account, 480)

    entry = ledger.transfer(source=acme.account, target=branch, minutes=100, voucher=why("move"))

    arrived = [(lot.granted_minutes, lot.expires_on, lot.total_price, lot.origin) for lot in branch.lots.order_by("pk")]
    assert arrived == [(60, LAST_DAY, sek("9600.00"), sooner), (40, None, sek("800.00"), later)]
    assert (entry.kind, entry.minutes) == ("transfer_out", -100)
    assert Entry.objects.get(kind="transfer_in", cause="move").minutes == 100
    assert (figures(acme.account), figures(branch)) == ((440, 0, 0, 440), (100, 0, 0, 100))


def test_c13_what_was_moved_can_be_refunded_there_and_no_more_than_was_paid(acme, branch):
    lot = grant(acme.account, 480)
    ledger.transfer(source=acme.account, target=branch, minutes=160, voucher=why())

    refunds = [
        ledger.refund(lot=branch.lots.get(), minutes=160, voucher=why()),
        ledger.refund(lot=lot, minutes=320, voucher=why()),
    ]

    assert [refund.net for refund in refunds] == [sek("3200.00"), sek("6400.00")]


def test_c11_a_transfer_pays_debt_where_it_arrives(acme, branch):
    worked(branch, 30)
    grant(acme.account, 100)

    ledger.transfer(source=acme.account, target=branch, minutes=100, voucher=why())

    assert figures(branch) == (70, 0, 0, 70)


def test_c13_only_what_is_available_is_moved(acme, branch):
    grant(acme.account, 100)
    hold(acme.account, 80)

    with pytest.raises(ledger.NotEnoughCredit):
        ledger.transfer(source=acme.account, target=branch, minutes=30, voucher=why())

    assert figures(branch) == (0, 0, 0, 0)


def test_c16_credit_is_not_moved_to_itself_nor_to_another_organisation(acme, borealis):
    grant(acme.account, 100)

    with pytest.raises(ledger.SameAccount):
        ledger.transfer(source=acme.account, target=acme.account, minutes=30, voucher=why())
    with pytest.raises(ledger.OtherOrganisation):
        ledger.transfer(source=acme.account, target=borealis.account, minutes=30, voucher=why())


def test_c14_the_same_transfer_again_moves_once(acme, branch):
    grant(acme.account, 100)

    for _ in range(2):
        ledger.transfer(source=acme.account, target=branch, minutes=30, voucher=why("move"))

    assert figures(branch) == (30, 0, 0, 30)


# Closed accounts.


@pytest.mark.parametrize("verb", ["grant", "hold", "transfer"])
def test_p5_nothing_is_posted_to_a_closed_account(acme, branch, verb):
    grant(acme.account, 100)
    CreditAccount.objects.filter(pk=branch.pk).update(closed_at=NOON)
    verbs = {
        "grant": lambda: grant(branch, 60),
        "hold": lambda: queued(branch, 60),
        "transfer": lambda: ledger.transfer(source=acme.account, target=branch, minutes=30, voucher=why()),
    }

    with pytest.raises(ledger.AccountClosed):
        verbs[verb]()

    assert figures(acme.account) == (100, 0, 0, 100)


def test_p5_the_database_closes_only_an_empty_account(acme):
    grant(acme.account, 100)

    with pytest.raises(IntegrityError, match="closed_account_is_empty"), transaction.atomic():
        CreditAccount.objects.filter(pk=acme.account.pk).update(closed_at=NOON)
