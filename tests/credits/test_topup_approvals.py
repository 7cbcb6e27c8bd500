"""Orders above the sum that an approver decides alone (rules: People, C2 to C4, C16)."""

from datetime import timedelta

import pytest

from clients import access, deputies
from clients.agreements import AgreementEnded
from clients.models import Agreement
from core.errors import NotAllowed
from credits import topups
from credits.ledger import AccountClosed, Entry
from credits.models import CreditAccount
from credits.topups import TopUp, TopUpState
from dashboard.approvals import top_ups_to_approve
from notices.models import Notice
from tests.approving import a_deputy, an_approver, limited, only
from tests.cast import NOON, a_client
from tests.racing import race

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def dora(acme):
    return an_approver(acme, "Dora")


def order(client, *, by=None, minutes=480, cause="form:1", at=NOON, reference=""):
    """One man-day costs 9,600 kr without VAT."""
    return topups.order(account=client.account, minutes=minutes, cause=cause, by=by or client.approver, at=at, reference=reference)


def told(word):
    """Whom a mail about it went to."""
    return sorted(notice.address.split("@")[0] for notice in Notice.objects.filter(cause__endswith=word))


@pytest.mark.parametrize(("limit", "state"), [(None, "ordered"), (9600, "ordered"), (9599, "awaiting_approval"), (0, "awaiting_approval")])
def test_an_order_above_the_limit_without_vat_waits_for_a_second_approver(acme, dora, limit, state):
    limited(acme, limit)

    top_up = order(acme)

    assert top_up.state == state
    assert (told(":approval"), told(":ordered")) == ((["dora"], []) if state == "awaiting_approval" else ([], ["anna", "dora", "fia"]))


def test_the_same_form_again_returns_the_order_that_waits(acme, dora):
    limited(acme, 0)

    assert order(acme) == order(acme)
    assert TopUp.objects.count() == 1


def test_another_approver_agrees_and_the_order_stands(acme, dora):
    limited(acme, 0)

    top_up = topups.approve(top_up=order(acme), by=dora, at=LATER)

    assert (top_up.state, top_up.approved_by, top_up.approved_at) == (TopUpState.ORDERED, dora, LATER)
    assert told(":ordered") == ["anna", "dora", "fia"]


def test_c4_with_the_second_yes_a_trusted_client_has_the_credit_at_once(cast):
    trusted = a_client(cast, "Trusted", credit_on="issue")
    limited(trusted, 0)
    dora = an_approver(trusted, "Dora", limit=0)
    waiting = order(trusted)
    assert not Entry.objects.exists()

    topups.approve(top_up=waiting, by=dora, at=LATER)

    trusted.account.refresh_from_db()
    assert trusted.account.available_minutes == 480


def test_who_ordered_it_does_not_agree_to_it_too(acme, dora):
    limited(acme, 0)
    top_up = order(acme)

    with pytest.raises(topups.SecondApproverNeeded):
        topups.approve(top_up=top_up, by=acme.approver, at=LATER)
    assert TopUp.objects.get().state == TopUpState.AWAITING_APPROVAL


def test_their_own_deputy_does_not_either(acme, dora):
    limited(acme, 0)
    a_deputy(acme, acme.requester)
    top_up = order(acme)

    with pytest.raises(topups.SecondApproverNeeded):
        topups.approve(top_up=top_up, by=acme.requester, at=LATER)


@pytest.mark.parametrize("is_ended", [True, False])
def test_a_deputys_order_stays_in_the_right_of_the_approver_when_the_deputyship_is_over(acme, dora, is_ended):
    limited(acme, 100)
    lent = a_deputy(acme, acme.requester)
    top_up = order(acme, by=acme.requester)
    if is_ended:
        deputies.end(deputyship=lent, by=acme.approver, at=NOON)
    at = LATER if is_ended else NOON + timedelta(days=9)

    with pytest.raises(topups.SecondApproverNeeded):
        topups.approve(top_up=top_up, by=acme.approver, at=at)
    about = access.voices([acme.organisation.pk], at=at)
    assert top_ups_to_approve(acme.approver, {acme.account.pk: about}) == []
    assert top_ups_to_approve(dora, {acme.account.pk: about}) == [top_up]
    assert topups.approve(top_up=top_up, by=dora, at=at).state == TopUpState.ORDERED


def test_once_the_limit_is_raised_who_ordered_it_completes_it_alone(acme, dora):
    limited(acme, 0)
    top_up = order(acme)

    limited(acme, None)

    assert topups.approve(top_up=top_up, by=acme.approver, at=LATER).state == TopUpState.ORDERED


def test_what_was_ordered_stands_when_the_limit_is_lowered(acme, dora):
    top_up = order(acme)

    limited(acme, 0)

    top_up.refresh_from_db()
    assert top_up.state == TopUpState.ORDERED


def test_without_anybody_else_to_agree_nothing_is_ordered_and_it_says_what_to_do(acme):
    limited(acme, 0)

    with pytest.raises(topups.NoSecondApprover, match="Ask your account manager to name another approver"):
        order(acme)
    assert not TopUp.objects.exists()


def test_a_requester_a_stranger_and_staff_agree_to_nothing(cast, acme, borealis, dora):
    limited(acme, 0)
    top_up = order(acme)

    for person in (acme.requester, borealis.approver, cast.max, cast.fia):
        with pytest.raises(NotAllowed):
            topups.approve(top_up=top_up, by=person, at=LATER)


def test_agreeing_twice_is_harmless_and_a_third_comes_too_late(acme, dora):
    limited(acme, 0)
    emil = an_approver(acme, "Emil")
    top_up = topups.approve(top_up=order(acme), by=dora, at=LATER)

    assert topups.approve(top_up=top_up, by=dora, at=LATER + timedelta(hours=1)).approved_at == LATER
    with pytest.raises(topups.TopUpClosed):
        topups.approve(top_up=top_up, by=emil, at=LATER)


def test_a_second_approver_declines_and_who_ordered_it_is_told(acme, dora):
    limited(acme, 0)

    top_up = topups.cancel(top_up=order(acme), by=dora, at=LATER)

    assert (top_up.state, told(":cancelled")) == (TopUpState.CANCELLED, ["anna"])
    with pytest.raises(topups.TopUpClosed):
        topups.approve(top_up=top_up, by=dora, at=LATER)


def test_who_ordered_it_withdraws_it_without_a_mail_to_themselves(acme, dora):
    limited(acme, 0)

    assert topups.cancel(top_up=order(acme), by=acme.approver, at=LATER).state == TopUpState.CANCELLED
    assert told(":cancelled") == []


def test_what_waits_for_an_approver_is_not_marked_paid(cast, acme, dora):
    limited(acme, 0)
    top_up = order(acme)

    with pytest.raises(topups.NotApprovedYet):
        topups.mark_paid(top_up=top_up, paid_on=NOON.date(), amount=top_up.total, payment_reference="BG 1", by=cast.fia, at=LATER)


def test_c16_only_an_approver_whom_the_account_names_orders_for_it(acme, dora):
    only(acme.account, dora)

    with pytest.raises(NotAllowed):
        order(acme)
    assert order(acme, by=dora).state == TopUpState.ORDERED


def test_c16_the_second_approver_too_is_one_whom_the_account_names(acme, dora):
    limited(acme, 0)
    emil = an_approver(acme, "Emil")
    only(acme.account, acme.approver, dora)
    top_up = order(acme)

    with pytest.raises(NotAllowed):
        topups.approve(top_up=top_up, by=emil, at=LATER)
    assert told(":approval") == ["dora"]


def test_a_deputy_orders_up_to_the_limit_of_the_approver(acme, dora):
    limited(acme, 9600)
    a_deputy(acme, acme.requester)

    assert order(acme, by=acme.requester).state == TopUpState.ORDERED
    assert order(acme, by=acme.requester, minutes=481, cause="form:2").state == TopUpState.AWAITING_APPROVAL


def test_c16_an_order_bears_the_reference_of_its_account(acme):
    CreditAccount.objects.filter(pk=acme.account.pk).update(reference="PO 4711")

    assert (order(acme).reference, order(acme, cause="form:2", reference="PO 1").reference) == ("PO 4711", "PO 1")


def test_nothing_is_ordered_for_a_closed_account(acme):
    CreditAccount.objects.filter(pk=acme.account.pk).update(closed_at=NOON)

    with pytest.raises(AccountClosed):
        order(acme)


def test_p5_after_the_agreement_nothing_is_ordered_and_nothing_that_waits_goes_through(acme, dora):
    limited(acme, 0)
    top_up = order(acme)
    Agreement.objects.update(ends_on=NOON.date())

    with pytest.raises(AgreementEnded):
        topups.approve(top_up=top_up, by=dora, at=LATER)
    with pytest.raises(AgreementEnded):
        order(acme, cause="form:2")


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_approvers_at_once_make_one_order(cast):
    trusted = a_client(cast, "Trusted", credit_on="issue")
    limited(trusted, 0)
    others = [an_approver(trusted, name, limit=0) for name in ("Dora", "Emil", "Filip", "Greta")]
    top_up = order(trusted)

    outcome = race(4, lambda number: topups.approve(top_up=top_up, by=others[number], at=LATER))

    assert (len(outcome.results), {type(error) for error in outcome.errors}) == (1, {topups.TopUpClosed})
    assert outcome.most_inside >= 2
    assert Entry.objects.count() == 1
