"""The hours that a plan includes are granted at the beginning of each period, once (rule I7, C12)."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from clients.models import Agreement
from credits import accounts, ledger
from credits.ledger import LotSource, NotRefundable, Voucher
from invoicing import included
from invoicing.models import PlanHours
from tests.cast import NOON, at_stockholm
from tests.invoicing.plan_scene import a_paid_plan, at_noon, bound, charging_terms
from tests.proofs.crowd import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(acme):
    """Acme's plan includes two hours a month, from 16 November 2026 on."""
    charging_terms()
    return bound(acme, a_paid_plan(included_minutes=120), starts_on=date(2026, 11, 16))


def granted():
    return [(str(hours.first), hours.minutes, str(hours.lot.expires_on)) for hours in PlanHours.objects.order_by("first")]


def test_i7_hours_are_a_lot_of_their_own_that_goes_with_the_period(acme, row):
    first, again = included.grant_due(NOON), included.grant_due(NOON)

    lot = PlanHours.objects.get().lot
    assert (first, again) == (1, 0)
    assert granted() == [("2026-11-16", 60, "2026-11-30")]
    assert (lot.account, lot.source, lot.total_price.amount) == (acme.account, LotSource.PLAN, Decimal(0))
    assert lot.reason == "Included in Support, 16 Nov 2026 – 30 Nov 2026"


def test_i7_the_next_period_has_hours_of_its_own_and_those_of_the_last_are_gone(acme, row):
    included.grant_due(NOON)

    included.grant_due(at_stockholm(2026, 12, 1))

    acme.account.refresh_from_db()
    assert granted() == [("2026-11-16", 60, "2026-11-30"), ("2026-12-01", 120, "2026-12-31")]
    assert acme.account.available_minutes == 120


def test_i7_not_before_the_period_begins_in_the_providers_zone(row):
    included.grant_due(NOON)

    included.grant_due(at_stockholm(2026, 11, 30, 23, 59))

    assert len(granted()) == 1


def test_i7_periods_that_are_over_have_no_hours_any_more_unless_they_stay(acme, row):
    included.grant_due(NOON)
    row.plan.included_rolls_over = True
    row.plan.save()

    included.grant_due(at_noon(date(2027, 2, 3)))

    assert [(first, minutes) for first, minutes, _last in granted()] == [
        ("2026-11-16", 60),
        ("2026-12-01", 120),
        ("2027-01-01", 120),
        ("2027-02-01", 120),
    ]
    assert granted()[-1][2] == "None"


def test_i7_a_job_that_was_away_grants_the_present_period_only(row):
    included.grant_due(at_noon(date(2027, 2, 3)))

    assert granted() == [("2027-02-01", 120, "2027-02-28")]


def test_i7_they_go_to_the_account_that_the_agreement_names(acme, row):
    other = accounts.open_account(organisation=acme.organisation, name="Web")
    row.included_account = "Web"
    row.save()

    included.grant_due(NOON)

    assert PlanHours.objects.get().lot.account == other


def test_c12_they_never_turn_into_money(acme, row, cast):
    included.grant_due(NOON)

    with pytest.raises(NotRefundable):
        ledger.refund(lot=PlanHours.objects.get().lot, minutes=10, voucher=Voucher(cause="x", at=NOON, by=cast.max, reason="Unused"))


@pytest.mark.parametrize("change", [{"is_trial": True, "ends_on": date(2026, 12, 16)}, {"ends_on": date(2026, 11, 18)}])
def test_i7_a_trial_and_an_agreement_that_has_ended_have_none(row, change):
    Agreement.objects.update(**change)

    assert (included.grant_due(NOON), granted()) == (0, [])


def test_i7_without_an_open_account_they_wait_for_one(acme, row):
    type(acme.account).objects.update(closed_at=NOON)
    nothing = included.grant_due(NOON)
    type(acme.account).objects.update(closed_at=None)

    assert (nothing, included.grant_due(NOON)) == (0, 1)


def test_i7_a_grant_of_a_period_stands_for_ever(row):
    included.grant_due(NOON)

    for change in (lambda: PlanHours.objects.update(minutes=1), lambda: PlanHours.objects.all().delete()):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_i7_looking_for_what_is_due_takes_three_queries(row, django_assert_num_queries):
    included.grant_due(NOON)

    with django_assert_num_queries(3):
        included.grant_due(NOON)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_rel16_two_jobs_at_once_grant_a_period_once(cast, acme):
    charging_terms()
    bound(acme, a_paid_plan(included_minutes=120), starts_on=date(2026, 11, 1))

    crowd, _meeting = at_once(4, lambda _number: included.grant_due(NOON))

    acme.account.refresh_from_db()
    assert (crowd.errors, acme.account.available_minutes) == ([], 120)
    assert crowd.most_inside > 1 or connection.vendor == "sqlite"
