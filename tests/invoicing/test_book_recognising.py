"""The use of credit in the books (rule I6): each entry at its lots' prices, on the day of the work."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from djmoney.money import Money

from credits import ledger
from credits.ledger import EntryKind, LotSource, LotTerms
from credits.models import CreditAccount, Debt, Lot
from invoicing.books import posting, ties
from invoicing.models import BookEvent, BookMove, BookVoucher
from tests.cast import NOON
from tests.invoicing.books_scene import a_chart, a_hold, a_paid_lot, a_voucher, on_advances, penalty, rows_of, sums, used
from tests.invoicing.scene import invoicing_terms

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def books(cast):
    invoicing_terms()
    a_chart()


def post(at=NOON):
    outcome = posting.post(at=at)
    assert outcome.refused == {}
    assert ties.check(at) == []
    return outcome.posted


def voucher_of(entry):
    return BookVoucher.objects.get(event__entry=entry)


def test_i6_a_top_up_is_a_debt_to_the_client_until_it_is_used(cast, acme):
    a_paid_lot(acme, cast.fia)

    assert post() == 3

    assert sums() == {"1930": Decimal(12000), "2420": Decimal(-9600), "2611": Decimal(-2400)}


def test_i6_a_deduction_is_revenue_at_its_lots_price_on_the_day_of_the_work(cast, acme):
    a_paid_lot(acme, cast.fia)
    entry = used(acme, 50, on=date(2026, 11, 10))

    post()

    voucher = voucher_of(entry)
    assert rows_of(voucher) == [("2420", Decimal(1000)), ("3001", Decimal(-1000))]
    assert (voucher.booked_on, voucher.happened_on) == (date(2026, 11, 10), date(2026, 11, 10))
    assert [row.lot_id for row in voucher.rows.order_by("position")] == [Lot.objects.get().pk, None]
    assert "Acme" in voucher.text


@pytest.mark.parametrize(("kind", "account"), [(EntryKind.LATE_CHANGE, "3911"), (EntryKind.NO_SHOW, "3912")])
def test_i6_penalties_are_revenue_of_their_own_kind(cast, acme, kind, account):
    a_paid_lot(acme, cast.fia)

    entry = penalty(acme, kind)
    post()

    assert rows_of(voucher_of(entry)) == [("2420", Decimal(2400)), (account, Decimal(-2400))]


def test_i6_a_reversal_takes_back_what_was_recognised(cast, acme):
    a_paid_lot(acme, cast.fia)
    entry = penalty(acme, EntryKind.LATE_CHANGE)
    post()

    ledger.reverse(entry=entry, voucher=a_voucher(reason="Agreed."))
    post()

    assert sums() == {"1930": Decimal(12000), "2420": Decimal(-9600), "2611": Decimal(-2400)}


def test_i6_expired_credit_is_revenue_on_its_last_day(cast, acme):
    cast.credit_terms.lot_validity_months = 1
    cast.credit_terms.save()
    lot = a_paid_lot(acme, cast.fia)
    used(acme, 60)

    later = NOON + timedelta(days=60)
    ledger.expire(account=acme.account, at=later)
    post(later)

    voucher = BookVoucher.objects.get(rows__number="3690")
    assert rows_of(voucher) == [("2420", Decimal(8400)), ("3690", Decimal(-8400))]
    assert voucher.booked_on == lot.expires_on == date(2026, 12, 18)
    assert on_advances() == 0


def test_i6_free_credit_is_worth_nothing_and_books_nothing(cast, acme):
    gift = LotTerms.free(source=LotSource.GOODWILL, reason="Sorry.")
    ledger.grant(account=acme.account, minutes=120, terms=gift, voucher=a_voucher())
    entry = used(acme, 60)

    post()

    assert BookVoucher.objects.count() == 0
    assert BookEvent.objects.get(entry=entry).voucher is None
    moves = [(move.share, move.minutes, move.amount) for move in BookMove.objects.order_by("pk")]
    assert moves == [("given", 120, Decimal(0)), ("used", -60, Decimal(0))]


def test_i6_work_without_credit_is_accrued_income_until_a_lot_pays_it(cast, acme):
    entry = used(acme, 90)
    post()
    assert rows_of(voucher_of(entry)) == [("1790", Decimal(1800)), ("3001", Decimal(-1800))]

    a_paid_lot(acme, cast.fia)
    post()

    assert sums() == {"1930": Decimal(12000), "2420": Decimal(-7800), "2611": Decimal(-2400), "3001": Decimal(-1800)}


def test_i6_a_dearer_debt_paid_by_cheaper_credit_leaves_what_was_paid(cast, acme):
    cast.credit_terms.price_per_hour = Money(Decimal("1500.00"), "SEK")
    cast.credit_terms.save()
    used(acme, 90)
    cast.credit_terms.price_per_hour = Money(Decimal("1200.00"), "SEK")
    cast.credit_terms.save()

    a_paid_lot(acme, cast.fia)
    post()

    assert Debt.objects.get().price_per_hour.amount == Decimal(1500)
    assert sums() == {"1930": Decimal(12000), "2420": Decimal(-7800), "2611": Decimal(-2400), "3001": Decimal(-1800)}


def test_i6_reversing_work_that_credit_paid_later_leaves_the_whole_lot(cast, acme):
    entry = penalty(acme, EntryKind.NO_SHOW, 90)
    a_paid_lot(acme, cast.fia)

    ledger.reverse(entry=entry, voucher=a_voucher(reason="Not so."))
    post()

    assert sums() == {"1930": Decimal(12000), "2420": Decimal(-9600), "2611": Decimal(-2400)}


def test_i6_moved_credit_stays_a_debt_to_the_client_at_its_own_price(cast, acme):
    a_paid_lot(acme, cast.fia)
    other = CreditAccount.objects.create(organisation=acme.organisation, name="Other")
    ledger.transfer(source=acme.account, target=other, minutes=100, voucher=a_voucher(reason="As agreed."))
    moved = Lot.objects.get(account=other)

    post()

    assert on_advances() == Decimal(9600)
    assert [(move.share, move.minutes, move.amount) for move in BookMove.objects.order_by("pk")] == [
        ("sold", 480, Decimal(9600)),
        ("moved_out", -100, Decimal(-2000)),
        ("moved_in", 100, Decimal(2000)),
    ]
    assert moved.in_books.total == Decimal(2000)


def test_i6_refunded_credit_waits_for_its_credit_note(cast, acme):
    lot = a_paid_lot(acme, cast.fia)

    ledger.refund(lot=lot, minutes=100, voucher=a_voucher(reason="Not needed."))
    post()

    assert sums() == {"1930": Decimal(12000), "2420": Decimal(-7600), "2429": Decimal(-2000), "2611": Decimal(-2400)}


def test_i6_an_opening_lot_has_no_voucher_and_is_recognised_when_it_is_used(cast, acme):
    given = LotTerms(source=LotSource.OPENING, price_per_hour=Money(1000, "SEK"), total_price=Money(1000, "SEK"), vat_percent=Decimal(25))
    ledger.grant(account=acme.account, minutes=60, terms=given, voucher=a_voucher())
    used(acme, 20)

    post()

    assert sums() == {"2420": Decimal("333.33"), "3001": Decimal("-333.33")}
    assert [(move.share, move.amount) for move in BookMove.objects.order_by("pk")] == [
        ("taken_over", Decimal(1000)),
        ("used", Decimal("-333.33")),
    ]


def test_i6_credit_without_vat_is_revenue_by_its_reason(cast, acme):
    acme.organisation.country, acme.organisation.vat_number = "NO", ""
    acme.organisation.save()
    given = LotTerms(source=LotSource.OPENING, price_per_hour=Money(1000, "SEK"), total_price=Money(1000, "SEK"), vat_percent=Decimal(0))
    ledger.grant(account=acme.account, minutes=60, terms=given, voucher=a_voucher())
    used(acme, 30)

    post()

    assert sums() == {"2420": Decimal(500), "3305": Decimal(-500)}


def test_i6_what_is_only_held_is_no_revenue(cast, acme):
    a_paid_lot(acme, cast.fia)
    a_hold(acme, 300)

    post()

    assert on_advances() == Decimal(9600)


def test_i6_posting_twice_does_nothing_more(cast, acme):
    a_paid_lot(acme, cast.fia)
    used(acme, 47)

    assert post() == 4
    assert post() == 0
    assert BookVoucher.objects.count() == 3
