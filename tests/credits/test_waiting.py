"""Orders and transfers that wait too long are asked of others, once for each (rules: People, C16)."""

from datetime import timedelta

import pytest

from credits import topups, transfers, waiting
from credits.accounts import open_account
from credits.transfers import Wish
from notices.models import Notice
from tests.approving import a_deputy, an_approver, limited, only
from tests.cast import NOON
from tests.credits.posting import grant

pytestmark = pytest.mark.django_db
MONDAY = NOON + timedelta(days=5)
"""Three working days after NOON, a Wednesday."""


@pytest.fixture
def dora(acme):
    return an_approver(acme, "Dora")


@pytest.fixture
def order(acme, dora):
    limited(acme, 0)
    return topups.order(account=acme.account, minutes=480, cause="form:1", by=acme.approver, at=NOON)


@pytest.fixture
def transfer(acme, dora):
    branch = open_account(organisation=acme.organisation, name="Branch")
    only(acme.account, acme.approver)
    only(branch, dora)
    grant(acme.account, 480)
    wish = Wish(source=acme.account, target=branch, minutes=60, reason="Their share")
    return transfers.propose(wish=wish, cause="form:1", by=acme.approver, at=NOON)


def told():
    return sorted(notice.address.split("@")[0] for notice in Notice.objects.filter(cause__endswith=":waits"))


def test_an_order_that_waits_three_working_days_is_asked_of_the_deputy_once(acme, dora, order):
    an_approver(acme, "Emil")
    a_deputy(acme, acme.requester, of=dora, at=MONDAY)

    assert waiting.escalate(MONDAY - timedelta(seconds=1)) == 0
    assert waiting.escalate(MONDAY) == 1
    assert waiting.escalate(MONDAY + timedelta(days=1)) == 0

    assert told() == ["rolf"]
    assert f"/top-ups/{order.pk}/approval/" in Notice.objects.get(cause__endswith=":waits").body


def test_without_a_deputy_every_other_approver_is_asked(acme, dora, order):
    an_approver(acme, "Emil")

    waiting.escalate(MONDAY)

    assert told() == ["dora", "emil"]


def test_the_deputy_of_who_ordered_it_is_not_asked_for_the_second_yes(acme, dora, order):
    a_deputy(acme, acme.requester, at=MONDAY)

    waiting.escalate(MONDAY)

    assert told() == ["dora"]


def test_an_order_that_was_answered_is_asked_of_nobody(dora, order):
    topups.approve(top_up=order, by=dora, at=MONDAY)

    assert waiting.escalate(MONDAY + timedelta(days=9)) == 0


def test_c16_a_transfer_is_asked_of_the_side_that_has_not_agreed(acme, dora, transfer):
    assert waiting.escalate(MONDAY) == 1
    assert waiting.escalate(MONDAY) == 0

    assert told() == ["dora"]


def test_c16_a_transfer_that_was_declined_is_asked_of_nobody(dora, transfer):
    transfers.decline(transfer=transfer, by=dora, at=MONDAY)

    assert waiting.escalate(MONDAY + timedelta(days=9)) == 0
