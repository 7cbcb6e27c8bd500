"""Penalties for the accountant, lot by lot (rules C10, I6)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from djmoney.money import Money

from credits import ledger
from credits.ledger import EntryKind, LotSource, LotTerms
from invoicing import penalty_list
from invoicing.tax_periods import TaxPeriod
from sessions import changes, penalties
from tests.cast import NOON
from tests.credits.posting import grant, hold, voucher
from tests.sessions.booked import TUESDAY, book
from tests.sessions.penalised import POSTED, a_late_cancellation, a_no_show, penalty_of

pytestmark = pytest.mark.django_db
NOVEMBER, DECEMBER = TaxPeriod(2026, 11), TaxPeriod(2026, 12)
LATER = POSTED + timedelta(days=20)


def said(lines):
    return [(line.part.minutes, line.part.net.amount, line.part.vat.amount) for line in lines]


def cancelled(cast, client, **wishes):
    session = book(cast, client, by=client.requester, **wishes)
    changes.cancel(session=session, shown_minutes=120, by=client.requester, at=POSTED)
    return penalty_of(session)


def a_paid_lot(client, minutes, total, *, currency="SEK"):
    terms = LotTerms(
        source=LotSource.TOP_UP,
        price_per_hour=Money(Decimal("1200.00"), currency),
        total_price=Money(Decimal(total), currency),
        vat_percent=Decimal(25),
        expires_on=None,
    )
    return ledger.grant(account=client.account, minutes=minutes, terms=terms, voucher=voucher())


def charged(client, minutes, cause, *, at=NOON):
    live = hold(client.account, minutes, at=at)
    entry = ledger.charge(hold=live, minutes=minutes, kind=EntryKind.LATE_CHANGE, voucher=voucher(cause, at=at))
    ledger.void(hold=live, at=at)
    return entry


def test_i6_a_late_change_is_worth_its_share_of_the_lot(cast, acme):
    lot = grant(acme.account, 300)
    penalty = cancelled(cast, acme)

    (line,) = penalty_list.of(NOVEMBER)

    assert (line.penalty, line.client, line.session.title, line.part.lot) == (penalty, acme.organisation, "Disk is full", lot)
    assert said([line]) == [(120, Decimal("3840.00"), Decimal("960.00"))]
    assert (line.part.price.amount, line.part.vat_percent) == (Decimal("1920.00"), Decimal(25))
    assert (line.is_no_show, line.is_below, line.session_minutes, line.reversed_on, line.is_reversal) == (False, False, 60, None, False)


@pytest.mark.parametrize(("estimate", "is_below"), [(90, False), (120, False), (150, True)])
def test_i6_whether_it_costs_less_than_the_session(cast, acme, estimate, is_below):
    grant(acme.account, 480)
    cancelled(cast, acme, estimate_minutes=estimate)

    assert [line.is_below for line in penalty_list.of(NOVEMBER)] == [is_below]


def test_i6_a_no_show_is_told_apart(cast, acme):
    _session, penalty = a_no_show(cast, acme)

    lines = penalty_list.of(NOVEMBER)

    assert {line.penalty for line in lines} == {penalty}
    assert all(line.is_no_show for line in lines)


def test_i6_free_credit_is_worth_nothing(cast, acme):
    a_late_cancellation(cast, acme)

    assert said(penalty_list.of(NOVEMBER)) == [(120, 0, 0)]


def test_i6_what_was_owed_is_worth_the_price_of_the_day(cast, acme):
    a_paid_lot(acme, 100, "1000.00")
    cancelled(cast, acme)

    lines = penalty_list.of(NOVEMBER)

    assert said(lines) == [(100, Decimal("1000.00"), Decimal("250.00")), (20, Decimal("400.00"), Decimal("100.00"))]
    assert lines[1].part.lot is None
    assert [line.is_below for line in lines] == [False, False]


def test_i6_shares_of_a_lot_come_to_what_was_paid_for_it(cast, acme):
    a_paid_lot(acme, 70, "100.00")
    for number in range(7):
        charged(acme, 10, f"session:{10_000 + number}:start:1:late")

    lines = penalty_list.of(NOVEMBER)

    assert [line.part.net.amount for line in lines] == [
        Decimal(net) for net in ("14.29", "14.28", "14.29", "14.28", "14.29", "14.28", "14.29")
    ]
    assert penalty_list.sums(lines) == [penalty_list.Sum(70, Money(100, "SEK"), Money(25, "SEK"))]
    assert {(line.session, line.is_below) for line in lines} == {(None, None)}


def test_i6_what_was_used_before_comes_first(cast, acme):
    a_paid_lot(acme, 3, "1.00")
    live = hold(acme.account, 1)
    ledger.capture(hold=live, minutes=1, voucher=voucher())
    charged(acme, 1, "session:9:start:1:late")

    assert said(penalty_list.of(NOVEMBER)) == [(1, Decimal("0.34"), Decimal("0.09"))]


def test_i6_what_is_taken_back_later_is_taken_back_in_that_period(cast, acme):
    grant(acme.account, 300)
    penalty = cancelled(cast, acme)
    penalties.waive(penalty=penalty, reason="The train stood still", by=cast.max, at=LATER)

    (charge,), (back,) = penalty_list.of(NOVEMBER), penalty_list.of(DECEMBER)

    assert (charge.reversed_on, charge.is_reversal, said([charge])) == (LATER.date(), False, [(120, 3840, 960)])
    assert (back.is_reversal, back.penalty, said([back])) == (True, penalty, [(-120, -3840, -960)])
    assert (back.session, back.is_below) == (charge.session, charge.is_below)


def test_i6_taken_back_in_the_same_period_it_comes_to_nothing(cast, acme):
    grant(acme.account, 300)
    penalties.waive(penalty=cancelled(cast, acme), reason="Agreed", by=cast.max, at=POSTED + timedelta(hours=1))

    assert penalty_list.sums(penalty_list.of(NOVEMBER)) == [penalty_list.Sum(0, Money(0, "SEK"), Money(0, "SEK"))]


def test_i6_an_account_in_another_currency_has_a_sum_of_its_own(cast, acme, borealis):
    a_paid_lot(acme, 60, "100.00")
    a_paid_lot(borealis, 60, "10.00", currency="EUR")
    charged(acme, 60, "session:1:start:1:late")
    charged(borealis, 60, "session:2:start:1:late")

    assert [one.net for one in penalty_list.sums(penalty_list.of(NOVEMBER))] == [Money(10, "EUR"), Money(100, "SEK")]


def test_i6_work_and_other_months_are_not_on_it(cast, acme):
    grant(acme.account, 300)
    book(cast, acme, starts_at=TUESDAY)
    live = hold(acme.account, 60)
    ledger.capture(hold=live, minutes=60, voucher=voucher())

    assert penalty_list.of(NOVEMBER) == []
    assert penalty_list.sums([]) == []


def test_i6_many_penalties_take_as_many_queries_as_one(acme, django_assert_num_queries):
    a_paid_lot(acme, 480, "9600.00")
    for number in range(6):
        charged(acme, 10, f"session:{number}:start:1:late")

    with django_assert_num_queries(4):
        assert len(penalty_list.of(NOVEMBER)) == 6
