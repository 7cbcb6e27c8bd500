"""Sums that somebody decides alone, and who can be the second approver (rules: People)."""

from decimal import Decimal

import pytest

from clients import access, limits
from tests.approving import a_deputy, an_approver, limited
from tests.cast import NOON

pytestmark = pytest.mark.django_db


def voices(acme):
    return access.voices([acme.organisation.pk], at=NOON)


@pytest.mark.parametrize(
    ("limit", "amount", "alone"), [(None, "99999999.99", True), (100, "100.00", True), (100, "100.01", False), (0, "0.01", False)]
)
def test_a_sum_up_to_the_limit_is_decided_alone(acme, limit, amount, alone):
    limited(acme, limit)

    assert limits.decides_alone(acme.approver, Decimal(amount), among=voices(acme)) is alone


def test_who_decides_nothing_decides_no_sum_alone(acme):
    assert not limits.decides_alone(acme.requester, Decimal(0), among=voices(acme))
    assert limits.limit_of(acme.requester, among=voices(acme)) == 0


def test_a_deputy_decides_with_the_limit_of_the_approver(acme):
    limited(acme, 100)
    a_deputy(acme, acme.requester)

    assert limits.limit_of(acme.requester, among=voices(acme)) == 100


def test_of_several_rights_the_widest_counts(acme):
    limited(acme, 100)
    dora, emil = an_approver(acme, "Dora", limit=50), an_approver(acme, "Emil")
    a_deputy(acme, dora)
    assert limits.limit_of(dora, among=voices(acme)) == 100

    a_deputy(acme, dora, of=emil)
    assert limits.limit_of(dora, among=voices(acme)) is None


def test_the_second_approver_is_another_person_in_another_right(acme):
    dora = an_approver(acme, "Dora")
    a_deputy(acme, acme.requester)

    assert limits.seconds(acme.approver, among=voices(acme)) == [dora]
    assert limits.seconds(acme.requester, among=voices(acme)) == [dora]
    assert limits.seconds(dora, among=voices(acme)) == [acme.approver, acme.requester]


def test_an_approver_and_their_own_deputy_are_one_voice(acme):
    a_deputy(acme, acme.requester)

    assert limits.seconds(acme.approver, among=voices(acme)) == []
    assert limits.seconds(acme.requester, among=voices(acme)) == []


def test_who_stands_in_for_two_agrees_with_either_of_them(acme):
    dora = an_approver(acme, "Dora")
    a_deputy(acme, acme.requester)
    a_deputy(acme, acme.requester, of=dora)

    assert limits.seconds(acme.approver, among=voices(acme)) == [dora, acme.requester]


def test_whoever_decides_no_more_leaves_the_second_yes_to_any_other(acme):
    assert limits.seconds(acme.requester, among=voices(acme)) == [acme.approver]
