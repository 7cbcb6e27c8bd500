"""Automatic top-ups: agreed, ordered when an account is low, so often in a month, exactly once (rules C2, C16)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from clients import purchase_orders
from clients.limits import NoSecondApprover, SecondApproverNeeded
from clients.models import Agreement, MemberRole, Membership, Organisation
from core.errors import NotAllowed
from core.reasons import ReasonMissing
from credits import auto_top_ups, closing, topups
from credits.auto_top_ups import AutoTopUp, AutoTopUpState, Terms
from credits.models import CreditTerms, TopUp, TopUpState
from credits.order_numbers import OrderNumberMissing
from notices.models import Notice
from tests.approving import an_approver
from tests.cast import NOON, a_client, at_stockholm
from tests.clients.purchase import an_order, kronor
from tests.credits.agreeing import DAY, HOUR, agreed
from tests.credits.posting import grant, worked
from tests.proofs.crowd import at_once

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=5)
TOMORROW = NOON + timedelta(days=1)


def pay(top_up, finance, at=LATER):
    return topups.mark_paid(top_up=top_up, paid_on=at.date(), amount=top_up.total, payment_reference="x", by=finance, at=at)


def spent(client, at=LATER):
    """All that is available is gone."""
    client.account.refresh_from_db()
    worked(client.account, client.account.available_minutes, at=at)


def refused(verb, kind):
    with pytest.raises(kind) as refusal:
        verb()
    return refusal.value


def test_c2_credit_is_ordered_by_itself_when_the_account_is_low(acme):
    agreement = agreed(acme)

    assert auto_top_ups.order_due(at=LATER) == 1

    top_up = TopUp.objects.get()
    assert (top_up.automatic, top_up.ordered_by, top_up.minutes, top_up.state) == (agreement, acme.approver, DAY, TopUpState.ORDERED)
    assert top_up.cause == f"auto:{agreement.pk}:1"
    told = Notice.objects.get(cause=f"top-up:{top_up.pk}:ordered", person=acme.approver)
    assert "ordered automatically for Acme" in told.body
    assert f"as {acme.approver} has agreed" in told.body


def test_c2_at_the_level_nothing_is_ordered_and_below_it_is(acme, cast):
    grant(acme.account, 2 * HOUR)
    agreed(acme)
    assert auto_top_ups.order_due(at=LATER) == 0

    worked(acme.account, 1)
    assert auto_top_ups.order_due(at=LATER) == 1


def test_c2_nothing_is_ordered_while_an_order_is_on_its_way(acme, cast):
    agreed(acme)
    by_hand = topups.order(account=acme.account, minutes=DAY, cause="hand", by=acme.approver, at=NOON)
    assert auto_top_ups.order_due(at=LATER) == 0

    topups.cancel(top_up=by_hand, by=acme.approver, at=LATER)
    assert [auto_top_ups.order_due(at=TOMORROW) for _tick in range(3)] == [1, 0, 0]


def test_c2_no_more_are_ordered_in_a_month_than_was_agreed(acme, cast):
    agreed(acme)
    for _time in range(2):
        assert auto_top_ups.order_due(at=LATER) == 1
        pay(TopUp.objects.latest("pk"), cast.fia)
        spent(acme)

    assert auto_top_ups.order_due(at=LATER) == 0
    assert auto_top_ups.order_due(at=at_stockholm(2026, 11, 30, 23, 59, 59)) == 0
    assert auto_top_ups.order_due(at=at_stockholm(2026, 12, 1)) == 1


@pytest.mark.parametrize(
    ("last", "following"),
    [
        (
            at_stockholm(2026, 10, 31, 23, 59, 59),
            at_stockholm(2026, 11, 1),
        ),  # winter time since the 25th: the month has 31 days and an hour
        (at_stockholm(2027, 3, 31, 23, 59, 59), at_stockholm(2027, 4, 1)),  # summer time since the 28th: midnight is 22:00 UTC
        (at_stockholm(2026, 12, 31, 23, 59, 59), at_stockholm(2027, 1, 1)),
    ],
)
def test_c2_a_month_is_one_of_the_providers_calendar(acme, cast, last, following):
    first = last.replace(day=1) + timedelta(hours=12)
    agreed(acme, most_a_month=1, at=first)
    assert auto_top_ups.order_due(at=first) == 1
    pay(TopUp.objects.get(), cast.fia, at=first)
    spent(acme, at=first)

    assert auto_top_ups.order_due(at=last) == 0
    assert auto_top_ups.order_due(at=following) == 1


def test_c2_after_one_was_withdrawn_no_more_is_ordered_in_that_month(acme):
    agreed(acme)
    auto_top_ups.order_due(at=LATER)
    topups.cancel(top_up=TopUp.objects.get(), by=acme.approver, at=LATER)

    assert auto_top_ups.order_due(at=TOMORROW) == 0
    assert auto_top_ups.order_due(at=at_stockholm(2026, 12, 1)) == 1


def test_c2_who_lost_the_right_orders_nothing_and_the_client_and_manager_are_told_once(acme, cast):
    second = an_approver(acme, "Sven")
    agreement = agreed(acme)
    Membership.objects.filter(person=acme.approver).update(role=MemberRole.REQUESTER)

    assert [auto_top_ups.order_due(at=LATER + timedelta(minutes=tick)) for tick in range(3)] == [0, 0, 0]

    agreement.refresh_from_db()
    assert not TopUp.objects.exists()
    assert agreement.trouble == f"{acme.approver} agreed to it, and no longer decides about this account."
    told = Notice.objects.filter(cause__startswith=f"auto-top-up:{agreement.pk}:not-ordered")
    assert set(told.values_list("person", flat=True)) == {second.pk, cast.max.pk}
    assert agreement.trouble in told[0].body
    Membership.objects.filter(person=acme.approver).update(role=MemberRole.APPROVER)
    assert auto_top_ups.order_due(at=TOMORROW) == 1
    agreement.refresh_from_db()
    assert (agreement.trouble, agreement.troubled_at) == ("", None)


def test_i8_an_exhausted_purchase_order_stops_it_until_there_is_another_sum(acme):
    order = an_order(acme, 9_000)
    refused(lambda: agreed(acme, reference="po7"), purchase_orders.OrderExhausted)
    order = purchase_orders.change(order, net=order.net * 2, ends_on=order.ends_on, reason="more", by=acme.approver, at=NOON)
    agreed(acme, reference="po7")
    purchase_orders.use(order, net=kronor(9_000), cause="other", at=NOON)

    assert auto_top_ups.order_due(at=LATER) == 0
    assert "PO 7" in AutoTopUp.objects.get().trouble
    purchase_orders.release(cause="other", at=LATER)
    assert auto_top_ups.order_due(at=LATER) == 1
    order.refresh_from_db()
    assert order.used_net == TopUp.objects.get().net.amount


def test_c16_a_client_that_needs_an_order_number_gives_one(acme):
    Organisation.objects.filter(pk=acme.organisation.pk).update(needs_order=True)

    refused(lambda: agreed(acme), OrderNumberMissing)
    assert agreed(acme, reference="4500").reference == "4500"


def test_people_above_their_limit_a_second_approver_agrees_once_and_for_all(acme):
    Membership.objects.filter(person=acme.approver).update(approval_limit=9_000)
    refused(lambda: agreed(acme), NoSecondApprover)
    second = an_approver(acme, "Sven")

    agreement = agreed(acme)
    assert (agreement.state, auto_top_ups.order_due(at=LATER)) == (AutoTopUpState.AWAITING_APPROVAL, 0)
    assert Notice.objects.filter(cause=f"auto-top-up:{agreement.pk}:to_approve").get().person == second
    refused(lambda: auto_top_ups.approve(agreement, by=acme.approver, at=LATER), SecondApproverNeeded)
    refused(lambda: auto_top_ups.approve(agreement, by=acme.requester, at=LATER), NotAllowed)
    for _again in range(2):
        agreement = auto_top_ups.approve(agreement, by=second, at=LATER)

    assert (agreement.state, agreement.approved_by, auto_top_ups.order_due(at=LATER)) == (AutoTopUpState.ON, second, 1)
    top_up = TopUp.objects.get()
    assert (top_up.state, top_up.ordered_by, top_up.approved_by) == (TopUpState.ORDERED, acme.approver, second)


def test_people_an_order_above_the_limit_waits_where_the_second_approver_is_gone(acme):
    Membership.objects.filter(person=acme.approver).update(approval_limit=9_000)
    second, third = an_approver(acme, "Sven"), an_approver(acme, "Tora")
    auto_top_ups.approve(agreed(acme), by=second, at=NOON)
    Membership.objects.filter(person=second).delete()

    assert auto_top_ups.order_due(at=LATER) == 1

    top_up = TopUp.objects.get()
    assert top_up.state == TopUpState.AWAITING_APPROVAL
    assert Notice.objects.get(cause=f"top-up:{top_up.pk}:approval").person == third
    assert auto_top_ups.order_due(at=LATER) == 0


def test_c2_only_who_decides_agrees_within_what_can_be_ordered(acme, borealis, cast):
    for stranger in (acme.requester, borealis.approver, cast.max, cast.fia):
        refused(lambda stranger=stranger: agreed(acme, by=stranger), NotAllowed)
    for wrong in ({"below_minutes": 0}, {"minutes": 10**9}, {"most_a_month": 0}, {"most_a_month": 32}, {"below_minutes": -1}):
        refused(lambda wrong=wrong: agreed(acme, **wrong), auto_top_ups.OutOfRange)
    refused(lambda: agreed(acme, minutes=DAY - 1), topups.BelowMinimum)
    agreed(acme)
    refused(lambda: agreed(acme), auto_top_ups.AlreadyAgreed)


def test_c2_the_same_form_agrees_once(acme):
    wanted = Terms(below_minutes=HOUR, minutes=DAY, most_a_month=1)
    both = [auto_top_ups.agree(account=acme.account, wanted=wanted, cause="form", by=acme.approver, at=NOON) for _again in range(2)]

    assert both[0] == both[1]
    other = Terms(below_minutes=HOUR, minutes=2 * DAY, most_a_month=1)
    refused(
        lambda: auto_top_ups.agree(account=acme.account, wanted=other, cause="form", by=acme.approver, at=NOON), auto_top_ups.AgreedMismatch
    )


def test_c2_it_is_stopped_with_a_reason_and_stays_so(acme, cast, borealis):
    agreement = agreed(acme)
    for stranger in (acme.requester, borealis.approver, cast.tessa.person):
        refused(lambda stranger=stranger: auto_top_ups.stop(agreement, reason="x", by=stranger, at=LATER), NotAllowed)
    refused(lambda: auto_top_ups.stop(agreement, reason=" ", by=cast.max, at=LATER), ReasonMissing)

    for reason in ("Too dear", "again"):
        agreement = auto_top_ups.stop(agreement, reason=reason, by=cast.max, at=LATER)

    assert (agreement.state, agreement.stopped_by, agreement.stopped_why) == (AutoTopUpState.STOPPED, cast.max, "Too dear")
    assert auto_top_ups.order_due(at=LATER) == 0
    refused(lambda: auto_top_ups.approve(agreement, by=acme.approver, at=LATER), auto_top_ups.AutoStopped)
    refused(lambda: auto_top_ups.set_issuing(agreement, at_once=True, by=cast.fia, at=LATER), auto_top_ups.AutoStopped)
    assert agreed(acme).state == AutoTopUpState.ON


def test_c2_finance_says_whether_invoices_go_out_at_once(acme, cast):
    CreditTerms.objects.update(auto_top_ups_invoiced_at_once=True)
    agreement = agreed(acme)
    assert agreement.issues_at_once

    refused(lambda: auto_top_ups.set_issuing(agreement, at_once=False, by=cast.max, at=LATER), NotAllowed)
    assert not auto_top_ups.set_issuing(agreement, at_once=False, by=cast.fia, at=LATER).issues_at_once
    assert agreement.history.count() == 3


def test_p5_nothing_is_ordered_after_the_agreement_or_for_a_closed_account(acme, cast):
    agreement = agreed(acme)
    Agreement.objects.filter(organisation=acme.organisation).update(ends_on=NOON.date())
    Agreement.objects.get_or_create(
        organisation=acme.organisation, defaults={"starts_on": NOON.date() - timedelta(days=9), "ends_on": NOON.date()}
    )

    assert auto_top_ups.order_due(at=LATER) == 0
    closing.close(account=acme.account, reason="done", by=cast.max, at=LATER)

    agreement.refresh_from_db()
    assert (agreement.state, agreement.stopped_why, agreement.stopped_by) == (AutoTopUpState.STOPPED, "done", cast.max)


@pytest.mark.parametrize(
    "break_it",
    [
        lambda agreement: AutoTopUp.objects.update(minutes=1),
        lambda agreement: AutoTopUp.objects.all().delete(),
        lambda agreement: AutoTopUp.objects.update(state="stopped"),
        lambda agreement: AutoTopUp.objects.update(most_a_month=32),
        lambda agreement: TopUp.objects.update(automatic=None),
        lambda agreement: AutoTopUp.objects.create(
            account=agreement.account, cause="x", below_minutes=1, minutes=1, most_a_month=1, agreed_at=NOON, agreed_by=agreement.agreed_by
        ),
    ],
)
def test_c2_the_database_keeps_what_was_agreed(acme, break_it):
    agreement = agreed(acme)
    auto_top_ups.order_due(at=LATER)

    with pytest.raises(IntegrityError), transaction.atomic():
        break_it(agreement)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_c2_two_jobs_at_once_order_once(cast):
    acme = a_client(cast)
    agreed(acme)

    crowd, _meeting = at_once(2, lambda _number: auto_top_ups.order_due(at=LATER))

    assert (sum(crowd.answers.values()), crowd.errors, TopUp.objects.count()) == (1, [], 1)
