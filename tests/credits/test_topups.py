"""Ordering credit and paying for it (rules C2 to C4, C6, C11)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from djmoney.money import Money

from core.errors import NotAllowed
from credits import topups
from credits.models import Hold, Lot, TopUp
from notices.models import Notice
from tests.cast import NOON, a_client
from tests.credits.posting import figures, queued
from tests.racing import race

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 18)


def order(client, minutes=480, *, cause="form:1", by=None):
    return topups.order(account=client.account, minutes=minutes, cause=cause, by=by or client.approver, at=NOON)


def pay(top_up, cast, **changes):
    facts = {"paid_on": TODAY, "amount": top_up.total, "payment_reference": "BG 4711", "by": cast.fia, "at": NOON}
    return topups.mark_paid(top_up=top_up, **(facts | changes))


def test_c3_an_order_shows_price_vat_and_total_and_grants_nothing_yet(acme):
    top_up = order(acme, 600)

    prices = [str(money.amount) for money in (top_up.net, top_up.vat, top_up.total)]
    assert prices == ["12000.00", "3000.00", "15000.00"]
    assert top_up.state == "ordered"
    assert figures(acme.account) == (0, 0, 0, 0)


def test_c2_below_one_man_day_is_refused_by_naming_it(acme):
    with pytest.raises(topups.BelowMinimum, match="8 h") as refusal:
        order(acme, 479)

    assert refusal.value.minimum == 480
    assert not TopUp.objects.exists()


def test_c2_the_smallest_top_up_is_a_setting(cast, acme):
    cast.credit_terms.minimum_top_up_minutes = 60
    cast.credit_terms.save()

    assert order(acme, 60).minutes == 60


def test_c3_the_price_of_odd_minutes_is_rounded_once(cast, acme):
    price = topups.price_of(50, acme.organisation)

    assert (price.net, price.vat, price.total) == (Money("1000.00", "SEK"), Money("250.00", "SEK"), Money("1250.00", "SEK"))


def test_c3_only_an_approver_orders(cast, acme, borealis):
    for person in (acme.requester, borealis.approver, cast.max, cast.fia):
        with pytest.raises(NotAllowed):
            order(acme, by=person)


def test_c3_the_same_form_orders_once(acme):
    assert order(acme) == order(acme)
    with pytest.raises(topups.TopUpMismatch):
        order(acme, 960)


def test_c4_payment_makes_it_credit_exactly_once(cast, acme):
    top_up = order(acme)

    paid, again = pay(top_up, cast), pay(top_up, cast)

    assert (paid.state, paid.lot, again.lot) == ("paid", Lot.objects.get(), Lot.objects.get())
    assert figures(acme.account) == (480, 0, 0, 480)
    assert (paid.lot.price_per_hour, paid.lot.total_price) == (Money("1200.00", "SEK"), Money("9600.00", "SEK"))


def test_c4_another_payment_of_the_same_order_is_refused(cast, acme):
    top_up = order(acme)
    pay(top_up, cast)

    with pytest.raises(topups.TopUpClosed):
        pay(top_up, cast, payment_reference="BG 4712")


def test_c4_a_trusted_client_has_the_credit_at_once_and_pays_later(cast):
    trusted = a_client(cast, "Trusted", credit_on="issue")

    top_up = order(trusted)

    assert figures(trusted.account) == (480, 0, 0, 480)
    assert pay(top_up, cast).state == "paid"
    assert figures(trusted.account) == (480, 0, 0, 480)


def test_c4_a_wrong_amount_is_refused_by_naming_the_right_one(cast, acme):
    top_up = order(acme)

    with pytest.raises(topups.WrongAmount, match=r"12,000\.00"):
        pay(top_up, cast, amount=Money(Decimal("9600.00"), "SEK"))

    assert figures(acme.account) == (0, 0, 0, 0)


def test_c4_a_payment_in_the_future_is_refused(cast, acme):
    with pytest.raises(topups.NotPaidYet):
        pay(order(acme), cast, paid_on=TODAY + timedelta(days=1))


def test_c4_a_payment_more_than_a_year_before_the_order_is_refused(cast, acme):
    top_up = order(acme)

    for paid_on in (date(1990, 1, 1), TODAY - timedelta(days=366)):
        with pytest.raises(topups.PaidTooEarly, match="more than a year before the order"):
            pay(top_up, cast, paid_on=paid_on)
    assert pay(top_up, cast, paid_on=TODAY - timedelta(days=365)).state == "paid"


def test_c4_only_finance_marks_payments(cast, acme):
    top_up = order(acme)

    for person in (acme.approver, cast.max, cast.tessa.person, cast.ada):
        with pytest.raises(NotAllowed):
            pay(top_up, cast, by=person)


def test_c6_a_payment_wakes_the_booking_that_waits(cast, acme):
    waiting = queued(acme.account, 60)

    pay(order(acme), cast)

    assert Hold.objects.get(pk=waiting.pk).state == "placed"
    assert figures(acme.account) == (420, 60, 0, 480)


def test_c3_an_order_can_be_withdrawn_until_it_is_credit(cast, acme):
    top_up = order(acme)

    assert topups.cancel(top_up=top_up, by=acme.approver, at=NOON).state == "cancelled"
    with pytest.raises(topups.TopUpClosed):
        pay(top_up, cast)
    paid = pay(order(acme, cause="form:2"), cast)
    with pytest.raises(topups.TopUpClosed):
        topups.cancel(top_up=paid, by=acme.approver, at=NOON)


def test_c3_a_requester_or_a_stranger_withdraws_nothing(acme, borealis):
    top_up = order(acme)

    for person in (acme.requester, borealis.approver):
        with pytest.raises(NotAllowed):
            topups.cancel(top_up=top_up, by=person, at=NOON)


def test_c3_a_later_price_changes_no_order(cast, acme):
    top_up = order(acme)
    cast.credit_terms.price_per_hour = Money("2000.00", "SEK")
    cast.credit_terms.save()

    assert pay(top_up, cast).lot.price_per_hour == Money("1200.00", "SEK")


def test_c3_the_database_keeps_what_was_ordered(acme):
    top_up = order(acme)

    with pytest.raises(IntegrityError, match="credits_topup_fixed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE credits_topup SET minutes = 9999 WHERE id = %s", [top_up.pk])


def test_c4_the_approvers_and_finance_are_told(cast, acme):
    pay(order(acme), cast)

    told = sorted(Notice.objects.values_list("subject", "address"))
    assert told == [
        ("Acme · IT: 8 h of credit ordered", "anna@acme.example"),
        ("Acme · IT: 8 h of credit ordered", "fia@provider.example"),
        ("Acme · IT: 8 h of credit paid", "anna@acme.example"),
    ]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_c4_eight_clicks_on_paid_grant_one_lot(cast, acme):
    top_up = order(acme)

    outcome = race(8, lambda _: pay(top_up, cast).lot_id)

    assert (len(set(outcome.results)), outcome.errors) == (1, [])
    assert figures(acme.account) == (480, 0, 0, 480)
