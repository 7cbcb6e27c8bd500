"""Who spends from an account, and who decides about it (rule C16)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clients.models import MemberRole, Membership
from credits import spending
from credits.accounts import open_account
from credits.models import CreditAccount
from tests.approving import a_deputy, a_member, an_approver, only
from tests.cast import NOON

pytestmark = pytest.mark.django_db


def who(account, *people):
    """Whether each of them spends, and whether they decide."""
    return [
        (spending.may_spend(person, account, at=NOON), spending.may_decide(person, account, at=NOON))
        for person in (type(person).objects.get(pk=person.pk) for person in people)
    ]


def test_c16_an_account_that_names_nobody_is_open_to_every_member(cast, acme, borealis):
    assert who(acme.account, acme.approver, acme.requester) == [(True, True), (True, False)]
    assert who(acme.account, borealis.approver, cast.max, cast.fia) == [(False, False)] * 3


def test_c16_an_account_that_names_people_is_theirs_alone(acme):
    dora, rita = an_approver(acme, "Dora"), a_member(acme, "Rita")
    only(acme.account, dora, rita)

    assert who(acme.account, dora, rita) == [(True, True), (True, False)]
    assert who(acme.account, acme.approver, acme.requester) == [(False, False), (False, False)]


def test_c16_a_deputy_decides_where_their_approver_may(acme):
    dora, rita = an_approver(acme, "Dora"), a_member(acme, "Rita")
    only(acme.account, dora)
    a_deputy(acme, acme.requester)
    a_deputy(acme, rita, of=dora)

    assert who(acme.account, acme.requester, rita) == [(False, False), (True, True)]
    assert spending.deciders(acme.account, at=NOON) == [dora, rita]


def test_c16_being_named_makes_no_approver_of_a_deputy_elsewhere(acme):
    dora = an_approver(acme, "Dora")
    only(acme.account, dora, acme.requester)
    a_deputy(acme, acme.requester)

    assert who(acme.account, acme.requester) == [(True, False)]


def test_c16_who_left_the_organisation_spends_nothing_though_still_named(acme):
    only(acme.account, acme.approver, acme.requester)
    Membership.objects.filter(person=acme.requester).delete()

    assert who(acme.account, acme.requester) == [(False, False)]


def test_c16_only_accounts_one_may_spend_from_are_offered(acme, borealis):
    branch, closed = (
        open_account(organisation=acme.organisation, name="Branch"),
        open_account(organisation=acme.organisation, name="Closed"),
    )
    CreditAccount.objects.filter(pk=closed.pk).update(closed_at=NOON)
    only(branch, acme.approver)

    assert list(spending.spendable(acme.approver, at=NOON)) == [branch, acme.account]
    assert list(spending.spendable(acme.requester, at=NOON)) == [acme.account]

    a_deputy(acme, acme.requester)
    assert list(spending.spendable(acme.requester, at=NOON)) == [branch, acme.account]


def test_c16_many_accounts_take_as_many_queries_as_one(acme):
    with CaptureQueriesContext(connection) as one:
        list(spending.spendable(acme.approver, at=NOON))
    for number in range(5):
        only(open_account(organisation=acme.organisation, name=f"Branch {number}"), acme.approver)

    with CaptureQueriesContext(connection) as several:
        list(spending.spendable(acme.approver, at=NOON))

    assert len(several) == len(one)


@pytest.mark.parametrize("lost", ["left", "demoted", "inactive"])
def test_c16_all_approvers_decide_where_none_of_the_named_does_any_more(acme, lost):
    dora, rita = an_approver(acme, "Dora"), a_member(acme, "Rita")
    only(acme.account, dora, rita)
    hers = Membership.objects.filter(person=dora)

    if lost == "left":
        hers.delete()
    elif lost == "demoted":
        hers.update(role=MemberRole.REQUESTER)
    else:
        type(dora).objects.filter(pk=dora.pk).update(is_active=False)

    assert spending.deciders(acme.account, at=NOON) == [acme.approver]
    assert who(acme.account, acme.approver, rita, acme.requester) == [(True, True), (True, False), (False, False)]
