"""How far lots are used, as pages show it: those in use and the latest, whatever was used up before (rule C12)."""

from datetime import timedelta

import pytest

from credits import portal
from credits.accounts import open_account
from credits.portal import Usage
from tests.cast import NOON
from tests.credits.posting import grant, hold, worked

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(acme):
    return acme.account


def used(account):
    return portal.usage([account])[account.pk]


def test_an_account_without_lots_has_used_nothing(account):
    assert used(account) == Usage(0, 0)


def test_lots_in_use_count_with_what_is_held(account):
    grant(account, 600)
    grant(account, 300)
    worked(account, 90)
    hold(account, 60)
    assert used(account) == Usage(900, 90)


def test_lots_that_were_used_up_earlier_are_left_out(account):
    grant(account, 120)
    worked(account, 120)
    grant(account, 600)
    worked(account, 30)
    assert used(account) == Usage(600, 30)


def test_the_latest_lot_is_shown_though_it_is_used_up(account):
    for minutes in (120, 240):
        grant(account, minutes)
        worked(account, minutes)
    assert used(account) == Usage(240, 240)


def test_the_latest_lot_is_shown_beside_those_in_use_though_it_is_used_up(account):
    grant(account, 600, expires_on=NOON.date() + timedelta(days=90))
    grant(account, 120, expires_on=NOON.date() + timedelta(days=30))
    worked(account, 120)
    assert used(account) == Usage(720, 120)


def test_a_lot_that_is_only_held_is_in_use_and_counted_once(account):
    grant(account, 60)
    hold(account, 60)
    assert used(account) == Usage(60, 0)


def test_several_accounts_take_one_query_and_are_kept_apart(account, django_assert_num_queries):
    other, empty = (open_account(organisation=account.organisation, name=name) for name in ("Site", "Lab"))
    grant(account, 60)
    grant(other, 120)
    worked(other, 120)
    with django_assert_num_queries(1):
        assert portal.usage([account, other, empty]) == {account.pk: Usage(60, 0), other.pk: Usage(120, 120), empty.pk: Usage(0, 0)}
