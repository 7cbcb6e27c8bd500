"""Bonus minutes of campaigns, and how long a top-up can be used (rule C12)."""

from datetime import date

import pytest

from credits import topups
from credits.audit import audit
from credits.campaigns import NO_BONUS, best
from credits.models import Campaign, CreditTerms
from credits.validity import last_day
from tests.cast import NOON

TODAY = date(2026, 11, 18)


def a_campaign(percent=10, *, minimum=480, first=TODAY, last=TODAY):
    return Campaign.objects.create(name=f"{percent} percent", first_on=first, last_on=last, minimum_minutes=minimum, bonus_percent=percent)


def test_c12_a_top_up_in_a_campaign_becomes_one_larger_lot_at_the_same_total_price(cast, acme):
    a_campaign(25)
    top_up = topups.order(account=acme.account, minutes=480, cause="form:1", by=acme.approver, at=NOON)

    paid = topups.mark_paid(top_up=top_up, paid_on=TODAY, amount=top_up.total, payment_reference="1", by=cast.fia, at=NOON)

    lot = paid.lot
    assert (lot.granted_minutes, lot.bonus_minutes, lot.available_minutes) == (600, 120, 600)
    assert (lot.total_price, top_up.net) == (top_up.net, paid.net)
    assert audit().findings == []


def test_c12_the_bonus_of_the_day_of_the_order_stands_when_it_is_paid_later(cast, acme):
    campaign = a_campaign(25)
    top_up = topups.order(account=acme.account, minutes=480, cause="form:1", by=acme.approver, at=NOON)
    campaign.bonus_percent = 50
    campaign.save()

    paid = topups.mark_paid(top_up=top_up, paid_on=TODAY, amount=top_up.total, payment_reference="1", by=cast.fia, at=NOON)

    assert (paid.lot.granted_minutes, paid.campaign) == (600, campaign)


@pytest.mark.parametrize(
    ("minutes", "first", "last"),
    [(479, TODAY, TODAY), (480, date(2026, 11, 19), date(2026, 11, 30)), (480, date(2026, 11, 1), date(2026, 11, 17))],
)
def test_c12_a_smaller_order_or_another_day_gets_no_bonus(db, minutes, first, last):
    a_campaign(first=first, last=last)

    assert best(minutes=minutes, on=TODAY) == NO_BONUS


def test_c12_of_several_campaigns_the_best_counts_and_they_never_add_up(db):
    a_campaign(10)
    better = a_campaign(20, minimum=960)

    assert (best(minutes=960, on=TODAY).minutes, best(minutes=960, on=TODAY).campaign) == (192, better)


def test_c12_a_bonus_is_whole_minutes_rounded_down(db):
    a_campaign(3)

    assert best(minutes=499, on=TODAY).minutes == 14


@pytest.mark.parametrize(
    ("granted", "months", "last"),
    [
        (date(2026, 11, 18), 24, date(2028, 11, 18)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
        (date(2026, 12, 1), None, None),
    ],
)
def test_c12_a_lot_lasts_whole_months(granted, months, last):
    assert last_day(granted, months) == last


def test_c12_a_top_up_lasts_as_long_as_the_terms_said_when_it_was_ordered(cast, acme):
    CreditTerms.objects.update(lot_validity_months=12)
    top_up = topups.order(account=acme.account, minutes=480, cause="form:1", by=acme.approver, at=NOON)
    CreditTerms.objects.update(lot_validity_months=1)

    paid = topups.mark_paid(top_up=top_up, paid_on=TODAY, amount=top_up.total, payment_reference="1", by=cast.fia, at=NOON)

    assert paid.lot.expires_on == date(2027, 11, 18)
