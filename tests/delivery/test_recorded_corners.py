"""Corners of recording a yes by phone or mail: whoever records is never told that it was, where it was not (rule D1)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from delivery import acceptance
from delivery.acceptance import FirstYesThere
from delivery.answerable import AlreadyAccepted
from delivery.models import Acceptance, AcceptedBy, SpokenAnswer
from tests.approving import an_approver, limited
from tests.cast import NOON
from tests.delivery.answering import by_phone, figures, offered, yes
from tests.delivery.scene import delivery_terms

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _terms(acme):
    delivery_terms()


def record(estimate, by, person, *, at=LATER, **said):
    return acceptance.record(estimate, by_phone(person, **said), by=by, at=at)


def test_d1_a_yes_by_phone_after_that_on_the_page_is_not_said_to_be_recorded(cast, acme):
    estimate = offered(cast, acme)
    yes(estimate, acme.approver)

    with pytest.raises(AlreadyAccepted):
        record(estimate, cast.max, acme.approver)

    assert (Acceptance.objects.get().way, SpokenAnswer.objects.count()) == (AcceptedBy.PAGE, 0)


def test_d1_recorded_twice_it_is_recorded_once(cast, acme):
    estimate = offered(cast, acme)

    assert record(estimate, cast.max, acme.approver) == record(estimate, cast.max, acme.approver)
    assert SpokenAnswer.objects.count() == 1


def test_d1_the_first_of_two_who_says_it_again_by_phone_is_not_the_second(cast, acme):
    an_approver(acme, "Dora")
    limited(acme, 1000)
    estimate = offered(cast, acme)
    yes(estimate, acme.approver)

    with pytest.raises(FirstYesThere):
        record(estimate, cast.max, acme.approver)

    assert (figures(estimate)[0], SpokenAnswer.objects.count()) == ("offered", 0)


def test_d1_the_first_of_two_whose_limit_was_raised_completes_it_by_phone(cast, acme):
    an_approver(acme, "Dora")
    limited(acme, 1000)
    estimate = offered(cast, acme)
    yes(estimate, acme.approver)
    limited(acme, 100_000)

    given = record(estimate, cast.max, acme.approver)

    assert (given.completed_at, given.second, figures(estimate)[:3]) == (LATER, None, ("accepted", "ready", Decimal(24000)))
    assert SpokenAnswer.objects.get().person == acme.approver
