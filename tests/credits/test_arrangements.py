"""How an organisation arranges its accounts (rule C16)."""

import pytest

from core.errors import NotAllowed
from credits import arrangements, spending
from credits.arrangements import Arrangement
from credits.models import CreditAccount, Spender
from tests.approving import a_deputy, a_member, an_approver
from tests.cast import NOON
from tests.credits.posting import figures, grant, hold
from tests.racing import race

pytestmark = pytest.mark.django_db


def opened(acme, *, by=None, **details):
    arrangement = Arrangement(name="Branch", **details)
    return arrangements.open_account(organisation=acme.organisation, arrangement=arrangement, by=by or acme.approver, at=NOON)


def arranged(acme, *, by=None, **details):
    arrangement = Arrangement(**({"name": "IT"} | details))
    return arrangements.arrange(account=acme.account, arrangement=arrangement, by=by or acme.approver, at=NOON)


def test_c16_an_approver_opens_an_account_with_its_reference_limit_and_spenders(acme):
    account = opened(acme, reference="Cost centre 7", monthly_limit_minutes=600, spenders=frozenset({acme.approver.pk, acme.requester.pk}))

    assert (account.organisation, account.name, account.reference, account.monthly_limit_minutes) == (
        acme.organisation,
        "Branch",
        "Cost centre 7",
        600,
    )
    assert spending.named([account])[account.pk] == {acme.approver.pk, acme.requester.pk}
    assert figures(account) == (0, 0, 0, 0)


def test_c16_the_same_form_again_opens_nothing_more_and_another_account_needs_another_name(acme):
    account = opened(acme, reference="7")

    assert opened(acme, reference="7") == account
    with pytest.raises(arrangements.NameTaken):
        opened(acme, reference="8")
    assert CreditAccount.objects.filter(organisation=acme.organisation).count() == 2


def test_c16_two_clients_may_use_the_same_name(acme, borealis):
    opened(acme)

    assert opened(borealis).organisation == borealis.organisation


def test_c16_an_account_is_renamed_and_what_it_holds_stands(acme):
    grant(acme.account, 480)
    hold(acme.account, 60)

    arranged(acme, name="Operations", monthly_limit_minutes=10)

    assert figures(acme.account) == (420, 60, 0, 480)
    assert (acme.account.name, acme.account.monthly_limit_minutes) == ("Operations", 10)


def test_c16_a_name_that_another_account_has_is_refused(acme):
    opened(acme)

    with pytest.raises(arrangements.NameTaken):
        arranged(acme, name="Branch")


def test_c16_spenders_are_named_and_taken_off_and_each_leaves_a_trace(acme):
    dora = an_approver(acme, "Dora")
    arranged(acme, spenders=frozenset({acme.approver.pk, acme.requester.pk}))
    arranged(acme, spenders=frozenset({acme.approver.pk, dora.pk}))

    assert spending.named([acme.account])[acme.account.pk] == {acme.approver.pk, dora.pk}
    history = Spender.history.order_by("history_id").values_list("person", "history_type")
    assert list(history) == [(acme.approver.pk, "+"), (acme.requester.pk, "+"), (acme.requester.pk, "-"), (dora.pk, "+")]


def test_c16_only_members_spend_and_one_of_them_has_to_be_an_approver(acme, borealis):
    with pytest.raises(arrangements.NotMembers):
        arranged(acme, spenders=frozenset({acme.approver.pk, borealis.approver.pk}))
    with pytest.raises(arrangements.NoApproverNamed):
        arranged(acme, spenders=frozenset({acme.requester.pk}))
    assert spending.named([acme.account])[acme.account.pk] == set()


def test_c16_approvers_deputies_and_administrators_arrange_and_nobody_else(cast, acme, borealis):
    for person in (acme.requester, a_member(acme, "Rita"), borealis.approver, cast.max, cast.fia):
        with pytest.raises(NotAllowed):
            arranged(acme, by=person)
        with pytest.raises(NotAllowed):
            opened(acme, by=person)
    a_deputy(acme, acme.requester)

    assert arranged(acme, by=acme.requester, reference="1").reference == "1"
    assert arranged(acme, by=cast.ada, reference="2").reference == "2"


def test_c16_a_closed_account_is_not_arranged(acme):
    CreditAccount.objects.filter(pk=acme.account.pk).update(closed_at=NOON)

    with pytest.raises(arrangements.AccountClosed):
        arranged(acme, name="Operations")


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_c16_of_several_who_open_an_account_of_one_name_one_does(acme):
    outcome = race(6, lambda number: opened(acme, reference=str(number)))

    assert (len(outcome.results), {type(error) for error in outcome.errors}) == (1, {arrangements.NameTaken})
    assert outcome.most_inside >= 2
    assert CreditAccount.objects.get(name="Branch").reference == outcome.results[0].reference
