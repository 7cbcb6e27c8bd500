"""A day is over at the provider's midnight, wherever the reader is (rules D1, W5)."""

from datetime import date

import pytest
from django.utils import timezone

from delivery import board
from delivery.board import Wanted
from delivery.models import DeliveryTask, Estimate, TaskState
from tests.cast import at_stockholm
from tests.delivery.scene import a_task, an_accepted, an_offered, delivery_terms

pytestmark = pytest.mark.django_db
BEFORE, AFTER = at_stockholm(2026, 12, 18, 23, 30), at_stockholm(2026, 12, 19, 0, 30)
LAST = date(2026, 12, 18)


def late(person, at, zone):
    """Which states have a card that waits too long."""
    with timezone.override(zone):
        return {column.state for column in board.columns(Wanted(person), at=at) for card in column.cards if card.waits.late}


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Europe/Stockholm", "America/Los_Angeles"])
def test_d1_an_estimate_is_late_when_it_expires_wherever_one_reads_the_board(cast, acme, zone):
    delivery_terms()
    tessa = cast.tessa.person
    an_offered(a_task(acme, tessa), tessa, cast.max, valid_until=LAST)
    planned = an_accepted(acme, tessa, cast.max)
    DeliveryTask.objects.filter(pk=planned.pk).update(starts_on=LAST)

    assert Estimate.objects.filter(valid_until=LAST).exists()
    assert late(tessa, BEFORE, zone) == set()
    assert late(tessa, AFTER, zone) == {TaskState.OFFERED, TaskState.READY}
