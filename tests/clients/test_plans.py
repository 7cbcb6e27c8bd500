"""Plans are offered when somebody is on call for them, and cost something else only with notice (rules P2, P3, S18)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from djmoney.money import Money

from clients import fees, plans
from clients.models import AgreementTarget, OnCallMember, OnCallRota, Plan, PlanFee
from clients.reasons import ReasonMissing
from core.errors import NotAllowed
from tests.cases.opened import a_calendar, a_plan, bind
from tests.cast import NOON
from tests.racing import race

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 18)


@pytest.fixture
def rota(cast):
    return OnCallRota.objects.create(code="on-call", name_en="On call", name_sv="Jour")


@pytest.fixture
def around_the_clock(cast, rota):
    """A plan that is not published, whose first priority counts around the clock."""
    plan = a_plan(published_at=None)
    plan.targets.filter(priority__number=1).update(response_calendar=a_calendar("around", always_open=True), rota=rota)
    return plan


def on_call(rota, person):
    return OnCallMember.objects.create(rota=rota, person=person, position=1)


def test_s18_a_plan_around_the_clock_is_not_published_with_an_empty_rota(around_the_clock, cast):
    with pytest.raises(plans.RotaEmpty) as refused:
        plans.publish(plan=around_the_clock, by=cast.ada, at=NOON)

    assert "On call" in str(refused.value)
    assert Plan.objects.get().published_at is None


def test_s18_nobody_who_cannot_sign_in_counts(around_the_clock, rota, cast):
    on_call(rota, cast.tessa.person)
    type(cast.tessa.person).objects.filter(pk=cast.tessa.person.pk).update(is_active=False)

    with pytest.raises(plans.RotaEmpty):
        plans.publish(plan=around_the_clock, by=cast.ada, at=NOON)


def test_s18_with_somebody_on_call_it_is_published_and_needs_them(around_the_clock, rota, cast):
    on_call(rota, cast.tessa.person)
    before = plans.needs_people(rota)

    published = plans.publish(plan=around_the_clock, by=cast.ada, at=NOON)

    assert (before, published.published_at, plans.needs_people(rota)) == (False, NOON, True)
    assert published.history.latest().history_user == cast.ada


def test_s18_a_lead_is_enough(around_the_clock, rota, cast):
    OnCallRota.objects.update(lead=cast.max)

    assert plans.publish(plan=around_the_clock, by=cast.ada, at=NOON).published_at == NOON


def test_s18_a_target_around_the_clock_without_a_rota_is_refused(around_the_clock, cast):
    around_the_clock.targets.update(rota=None)

    with pytest.raises(plans.RotaMissing):
        plans.publish(plan=around_the_clock, by=cast.ada, at=NOON)


def test_s18_the_database_itself_refuses_it(around_the_clock):
    with pytest.raises(DatabaseError, match="somebody on call"), transaction.atomic():
        Plan.objects.update(published_at=NOON)


@pytest.fixture
def needed(around_the_clock, rota, cast):
    """A published plan needs the rota, whose only member this is."""
    member = on_call(rota, cast.tessa.person)
    plans.publish(plan=around_the_clock, by=cast.ada, at=NOON)
    return member


def refused_by_the_database(run):
    with pytest.raises(IntegrityError, match="somebody has to stay on call"), transaction.atomic():
        run()


def test_s18_the_database_lets_the_last_member_not_leave(needed, rota, cast):
    elsewhere = OnCallRota.objects.create(code="storage", name_en="Storage", name_sv="Lagring")
    second = OnCallMember.objects.create(rota=rota, person=cast.theo.person, position=2)

    refused_by_the_database(lambda: OnCallMember.objects.all().delete())
    second.delete()
    refused_by_the_database(needed.delete)
    refused_by_the_database(lambda: OnCallMember.objects.update(rota=elsewhere))
    refused_by_the_database(lambda: OnCallMember.objects.filter(rota=rota)._raw_delete("default"))

    assert list(OnCallMember.objects.all()) == [needed]


def test_s18_the_database_lets_the_last_lead_not_leave(needed, rota, cast):
    OnCallRota.objects.update(lead=cast.max)
    needed.delete()

    refused_by_the_database(lambda: OnCallRota.objects.update(lead=None))

    OnCallRota.objects.update(lead=cast.ada)
    rota.refresh_from_db()
    assert plans.has_people(rota)


def test_s18_the_last_member_leaves_what_no_published_plan_needs(needed, around_the_clock, cast):
    plans.withdraw(plan=around_the_clock, by=cast.ada, at=NOON)

    needed.delete()

    assert not OnCallMember.objects.exists()


@pytest.mark.parametrize("need", ["outages", "an agreement"])
def test_s18_the_database_knows_every_need_that_the_verbs_know(around_the_clock, rota, acme, cast, need):
    member = on_call(rota, cast.tessa.person)
    target = around_the_clock.targets.get(priority__number=1)
    around_the_clock.targets.update(rota=None, response_calendar=None, response_kind="none", response_minutes=None)
    if need == "outages":
        Plan.objects.update(outage_rota=rota, published_at=NOON)
    else:
        own = {"response_kind": "within", "response_minutes": 60, "response_calendar": target.response_calendar}
        AgreementTarget.objects.create(agreement=acme.organisation.agreements.get(), priority=target.priority, rota=rota, **own)

    refused_by_the_database(member.delete)

    assert plans.needs_people(rota)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_s18_two_who_leave_at_one_moment_leave_one(needed, rota, cast):
    members = [needed, OnCallMember.objects.create(rota=rota, person=cast.theo.person, position=2)]

    outcome = race(2, lambda number: OnCallMember.objects.filter(pk=members[number].pk)._raw_delete("default"))

    assert [type(error) for error in outcome.errors] == [IntegrityError]
    assert OnCallMember.objects.count() == 1


def test_p2_only_an_administrator_publishes_and_withdraws(cast):
    plan = a_plan()

    with pytest.raises(NotAllowed):
        plans.withdraw(plan=plan, by=cast.max, at=NOON)


def test_p2_publishing_twice_is_told(cast):
    plan = a_plan(published_at=None)
    plans.publish(plan=plan, by=cast.ada, at=NOON)

    with pytest.raises(plans.PlanMoved):
        plans.publish(plan=plan, by=cast.ada, at=NOON)


def test_p3_another_fee_begins_with_notice_where_clients_have_the_plan(acme, cast):
    plan = a_plan()
    bind(acme, plan)
    first = TODAY + timedelta(days=60)
    other = fees.OtherFee(fee=Money(90, "SEK"), per="month", starts_on=first, reason="Costs rose")

    with pytest.raises(fees.NoticeTooShort):
        fees.announce(plan=plan, other=replace(other, starts_on=first - timedelta(days=1)), by=cast.ada, at=NOON)
    fees.announce(plan=plan, other=other, by=cast.ada, at=NOON)

    assert fees.fee_on(plan, on=first - timedelta(days=1)) == (Money(0, "SEK"), "")
    assert fees.fee_on(plan, on=first) == (Money(90, "SEK"), "month")
    assert PlanFee.history.get().history_change_reason == "Costs rose"


def test_c14_another_fee_is_announced_with_a_reason_alone(cast):
    plan = a_plan()

    with pytest.raises(ReasonMissing):
        fees.announce(plan=plan, other=fees.OtherFee(fee=Money(90, "SEK"), per="month", starts_on=TODAY, reason=" "), by=cast.fia, at=NOON)

    assert not PlanFee.objects.exists()


def test_p3_where_nobody_has_the_plan_another_fee_begins_at_once(cast):
    plan = a_plan()

    fees.announce(
        plan=plan, other=fees.OtherFee(fee=Money(90, "SEK"), per="month", starts_on=TODAY, reason="Costs rose"), by=cast.fia, at=NOON
    )

    assert fees.fee_on(plan, on=TODAY) == (Money(90, "SEK"), "month")
